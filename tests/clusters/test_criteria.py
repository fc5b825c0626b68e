import numpy as np
import pytest

from retina_vae.clusters.criteria import (
    gap_statistic,
    reference_points,
    separation,
    smallest_within_error,
    within_sums,
)


def test_separation_of_two_pairs_by_hand() -> None:
    """Points 0, 2 and 10, 12: silhouettes (11-2)/11 and (9-2)/9; CH (100/1)/(4/2)."""
    points, labels = np.array([[0.0], [2.0], [10.0], [12.0]]), np.array([0, 0, 1, 1])
    found = separation(points, labels, np.arange(4))
    assert found.silhouette == pytest.approx((9 / 11 + 7 / 9) / 2)
    assert found.calinski_harabasz == pytest.approx(50)


def test_one_cluster_has_no_separation() -> None:
    found = separation(np.arange(6.0)[:, None], np.zeros(6, int), np.arange(6))
    assert np.isnan([found.silhouette, found.calinski_harabasz]).all()


def test_gap_and_its_error_by_hand() -> None:
    gap, error = gap_statistic(2.0, np.array([4.0, 8.0, 16.0]))
    assert gap == pytest.approx(np.log(8) - np.log(2))
    assert error == pytest.approx(np.log(2) * np.sqrt(2 / 3) * np.sqrt(4 / 3))


def test_references_fill_the_box_along_the_principal_axes() -> None:
    """A thin line at 30 degrees has a thin box, which a box along the coordinates would not be."""
    rng = np.random.default_rng(0)
    line = rng.uniform(-1, 1, size=(500, 1)) * [np.cos(np.pi / 6), np.sin(np.pi / 6)] + rng.normal(0, 1e-3, (500, 2))
    reference = reference_points(line, rng)
    assert reference.shape == line.shape
    assert np.ptp(reference, axis=0)[0] > 1.9
    assert np.ptp(reference, axis=0)[1] < 0.01


def test_within_sum_of_one_cluster_is_that_of_the_box() -> None:
    """A rectangle of 10 by 1 is its own box: variance 100/12 and 1/12."""
    points = np.random.default_rng(1).uniform(size=(4000, 2)) * [10, 1]
    sums = within_sums(points, 1, 1, 1, 5, [1])
    np.testing.assert_allclose(sums, 4000 * 101 / 12, rtol=0.06)


def test_a_gap_that_creeps_up_within_its_error_chooses_one() -> None:
    """R: maxSE(c(.1,.2,.3,.29), c(.12,.12,.12,.12), "Tibs2001SEmax") is 1."""
    gaps, errors = np.array([0.1, 0.2, 0.3, 0.29]), np.full(4, 0.12)
    assert smallest_within_error(gaps, errors) == 1


def test_a_gap_that_only_rises_chooses_the_largest() -> None:
    gaps, errors = np.arange(4.0), np.full(4, 0.1)
    assert smallest_within_error(gaps, errors) == 4
