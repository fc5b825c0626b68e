import numpy as np
import pytest

from retina_vae.clusters.resampling import confirmed_pairs, prediction_strength


def blobs(distance: float = 20.0) -> np.ndarray:
    rng = np.random.default_rng(0)
    return np.concatenate([rng.normal([at, 0], 1.0, size=(60, 2)) for at in (0.0, distance, 2 * distance)])


def test_confirmed_pairs_are_counted_pair_by_pair() -> None:
    """The definition, eq. 2.1 of Tibshirani and Walther (2005), with its double sum written out."""
    rng = np.random.default_rng(1)
    own, predicted = rng.integers(0, 3, size=(2, 40))
    shares = []
    for cluster in range(3):
        members = np.flatnonzero(own == cluster)
        pairs = [predicted[a] == predicted[b] for a in members for b in members if a != b]
        shares.append(np.mean(pairs))
    assert confirmed_pairs(own, predicted, 3) == pytest.approx(min(shares))


def test_a_lonely_patient_confirms_nothing_and_an_empty_cluster_is_passed_over() -> None:
    assert confirmed_pairs(np.array([0, 0, 1]), np.array([0, 0, 1]), 2) == 0
    assert confirmed_pairs(np.array([0, 0, 2, 2]), np.array([1, 1, 0, 0]), 3) == 1


def test_strength_is_one_for_clusters_that_are_there_and_small_for_halves_of_them() -> None:
    strengths = [prediction_strength(blobs(), k, 3, 1, 4, np.random.default_rng(2)) for k in (1, 3, 4)]
    assert strengths[:2] == [(1, 0)] * 2
    assert strengths[2][0] < 0.8


def test_the_standard_error_is_the_spread_of_the_mean_over_the_splits() -> None:
    """Halves drawn afresh 200 times: the reported errors are about the spread of the reported means."""
    found = np.array([prediction_strength(blobs(3.0), 3, 1, 1, 3, np.random.default_rng([3, i])) for i in range(200)])
    assert np.sqrt((found[:, 1] ** 2).mean()) == pytest.approx(found[:, 0].std(), rel=0.2)
