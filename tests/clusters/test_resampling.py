import numpy as np
import pytest

from retina_vae.clusters.partitions import KMeansPartition
from retina_vae.clusters.resampling import ambiguous_share, bootstrap_clusters, confirmed_pairs, prediction_strength


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
    assert strengths[:2] == [1, 1]
    assert strengths[2] < 0.8


def test_clusters_far_apart_come_back_from_every_resample() -> None:
    points = blobs()
    labels = KMeansPartition.fit(points, 3, 3, 1).predict(points)
    found = bootstrap_clusters(points, labels, 3, 3, 1, [np.random.default_rng([3, b]) for b in range(5)])
    np.testing.assert_array_equal(found.jaccard, [1, 1, 1])
    assert found.partitions.shape == (5, 180)
    assert ambiguous_share(found.partitions) == 0


def test_similarity_is_that_of_the_patients_drawn() -> None:
    """A known partition against one resample, over the distinct patients of it."""
    points = np.array([[0.0], [1.0], [10.0], [11.0]])
    drawn = np.unique(np.random.default_rng(0).integers(4, size=4))
    labels = np.array([0, 0, 0, 1])
    found = bootstrap_clusters(points, labels, 2, 5, 1, [np.random.default_rng(0)])
    other = found.partitions[0]
    for cluster in range(2):
        own = {i for i in drawn if labels[i] == cluster}
        groups = [{i for i in drawn if other[i] == group} for group in range(2)]
        expected = max(len(own & group) / max(len(own | group), 1) for group in groups)
        assert found.jaccard[cluster] == pytest.approx(expected)


def test_ambiguous_pairs_by_hand() -> None:
    """Ten partitions. Pair (0, 1): always together; (0, 2), (1, 2): in 5; (2, 3): in 4; (0, 3), (1, 3): in 1 of 10."""
    partitions = np.array([[0, 0, 0, 1]] * 4 + [[0, 0, 0, 0]] + [[0, 0, 1, 1]] * 4 + [[0, 0, 1, 2]])
    together = (partitions[:, :, None] == partitions[:, None, :]).mean(axis=0)[np.triu_indices(4, k=1)]
    np.testing.assert_allclose(together, [1, 0.5, 0.1, 0.5, 0.1, 0.5])
    assert ambiguous_share(partitions) == pytest.approx(3 / 6)


def test_one_cluster_has_no_ambiguous_pairs() -> None:
    assert np.isnan(ambiguous_share(np.zeros((3, 5), int)))
