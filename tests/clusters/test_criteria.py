import numpy as np
import pytest
from scipy.spatial.distance import cdist
from sklearn.metrics import calinski_harabasz_score, silhouette_score

from retina_vae.clusters.criteria import (
    gap_statistic,
    log_sampling_error,
    reference_points,
    sampled_share,
    silhouette,
    smallest_within_error,
    spread_of,
    within_sums,
)


def test_separation_of_two_pairs_by_hand() -> None:
    """Points 0, 2 and 10, 12: silhouettes (11-2)/11 and (9-2)/9; CH (100/1)/(4/2)."""
    points, labels = np.array([[0.0], [2.0], [10.0], [12.0]]), np.array([0, 0, 1, 1])
    assert silhouette(cdist(points, points), labels, 0).mean == pytest.approx((9 / 11 + 7 / 9) / 2)
    assert spread_of(points, labels, 2) == (pytest.approx(4), pytest.approx(50), 2)


def test_both_indices_are_those_of_scikit_learn_with_lonely_points_and_empty_clusters() -> None:
    rng = np.random.default_rng(3)
    points, labels = rng.normal(size=(200, 3)), rng.choice([0, 1, 3, 4], size=200)
    labels[0] = 5
    assert silhouette(cdist(points, points), labels, 0).mean == pytest.approx(silhouette_score(points, labels))
    spread = spread_of(points, labels, 7)
    assert spread.calinski_harabasz == pytest.approx(calinski_harabasz_score(points, labels))
    assert spread.smallest == 0


def test_one_cluster_has_no_separation() -> None:
    points, labels = np.arange(6.0)[:, None], np.zeros(6, int)
    assert np.isnan(silhouette(cdist(points, points), labels, 0)).all()
    assert np.isnan(spread_of(points, labels, 1).calinski_harabasz)


def test_the_error_of_a_silhouette_is_the_spread_over_samples() -> None:
    """Of 2,000 points 200 are drawn again and again; labels that divide the plane stay as they are."""
    rng = np.random.default_rng(5)
    points = rng.normal(size=(2000, 2)) + rng.choice([-2.0, 2.0], size=(2000, 1))
    labels = (points.sum(axis=1) > 0).astype(int)
    found = []
    for _ in range(60):
        sample = rng.choice(2000, 200, replace=False)
        found.append(silhouette(cdist(points[sample], points[sample]), labels[sample], sampled_share(200, 2000)))
    means, errors = np.array(found).T
    assert means.std(ddof=1) == pytest.approx(errors.mean(), rel=0.25)
    everyone = silhouette(cdist(points, points), labels, sampled_share(2000, 2000))
    assert everyone.error == 0
    assert abs(means.mean() - everyone.mean) < 3 * errors.mean() / np.sqrt(60) + 0.005


def test_the_sampling_error_of_a_logarithm_is_the_spread_over_samples() -> None:
    rng = np.random.default_rng(6)
    squares = rng.chisquare(3, size=4000)
    samples = [rng.choice(squares, 500, replace=False) for _ in range(200)]
    spread = np.std([np.log(sample.sum()) for sample in samples], ddof=1)
    errors = [log_sampling_error(sample, sampled_share(500, 4000)) for sample in samples]
    assert np.mean(errors) == pytest.approx(spread, rel=0.2)
    assert log_sampling_error(squares, sampled_share(4000, 4000)) == 0


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
    sums = [within_sums(points, 1, 1, np.random.default_rng([1, b]))[0] for b in range(5)]
    np.testing.assert_allclose(sums, 4000 * 101 / 12, rtol=0.06)


def test_a_gap_that_creeps_up_within_its_error_chooses_one() -> None:
    """R: maxSE(c(.1,.2,.3,.29), c(.12,.12,.12,.12), "Tibs2001SEmax") is 1."""
    gaps, errors = np.array([0.1, 0.2, 0.3, 0.29]), np.full(4, 0.12)
    assert smallest_within_error(gaps, errors) == 1


def test_a_gap_that_only_rises_chooses_the_largest() -> None:
    gaps, errors = np.arange(4.0), np.full(4, 0.1)
    assert smallest_within_error(gaps, errors) == 4
