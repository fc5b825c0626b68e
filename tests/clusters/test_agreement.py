import numpy as np
import pytest
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import pdist, squareform
from sklearn.metrics import adjusted_rand_score

from retina_vae.clusters.agreement import (
    average_linkage,
    consensus_partition,
    mean_agreement,
    pairwise_agreement,
    representative_replica,
)


def noisy_copies(share: float, replicas: int = 7, k: int = 5, patients: int = 400) -> tuple[np.ndarray, np.ndarray]:
    """A partition, and copies in which a share of the patients is put anywhere and the numbers are shuffled."""
    rng = np.random.default_rng(3)
    truth = rng.integers(0, k, size=patients)
    copies = []
    for _ in range(replicas):
        noisy = np.where(rng.random(patients) < share, rng.integers(0, k, size=patients), truth)
        copies.append(rng.permutation(k)[noisy])
    return truth, np.stack(copies)


def test_agreement_does_not_see_numbers_and_is_zero_for_chance() -> None:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 4, size=5000)
    matrix = pairwise_agreement(np.stack([labels, rng.permutation(4)[labels], rng.integers(0, 4, size=5000)]))
    assert matrix[0, 1] == 1
    assert abs(matrix[0, 2]) < 0.01
    np.testing.assert_array_equal(matrix, matrix.T)


def test_the_mean_leaves_the_replica_itself_out() -> None:
    matrix = np.array([[1, 0.5, 0.7], [0.5, 1, 0.9], [0.7, 0.9, 1]])
    np.testing.assert_allclose(mean_agreement(matrix), [0.6, 0.7, 0.8])
    assert representative_replica(matrix) == 2
    assert np.isnan(mean_agreement(np.ones((1, 1)))).all()


def test_consensus_of_equal_partitions_is_that_partition() -> None:
    truth, copies = noisy_copies(0.0)
    assert adjusted_rand_score(consensus_partition(copies, 5), truth) == 1


def test_consensus_is_nearer_to_the_truth_than_any_copy() -> None:
    truth, copies = noisy_copies(0.25)
    consensus = adjusted_rand_score(consensus_partition(copies, 5), truth)
    assert consensus > max(adjusted_rand_score(copy, truth) for copy in copies)
    assert consensus == pytest.approx(1, abs=0.1)


def test_consensus_of_one_replica_is_that_replica() -> None:
    truth, _ = noisy_copies(0.0)
    assert adjusted_rand_score(consensus_partition(truth[None], 5), truth) == 1


def test_weighted_linkage_is_the_librarys_linkage_of_repeated_points() -> None:
    rng = np.random.default_rng(8)
    points, weights = rng.normal(size=(25, 2)), rng.integers(1, 5, size=25)
    repeated = np.repeat(points, weights, axis=0)
    expected = fcluster(linkage(pdist(repeated), "average"), 6, "maxclust")
    found = average_linkage(squareform(pdist(points)), weights, 6)
    assert adjusted_rand_score(np.repeat(found, weights), expected) == 1


def test_consensus_has_k_clusters_even_where_replicas_tie() -> None:
    """Two replicas that each split what the other joins leave pairs that are equally near."""
    first, second = np.repeat([0, 0, 1, 2], 5), np.repeat([0, 1, 2, 2], 5)
    assert len(np.unique(consensus_partition(np.stack([first, second]), 3))) == 3


def test_of_many_patterns_the_frequent_are_joined_and_the_others_go_where_they_are_nearest() -> None:
    """Four groups that 12 replicas find with 5 % of the patients misplaced: nearly every pattern of a few is rare."""
    rng = np.random.default_rng(0)
    truth = rng.integers(4, size=2000)
    labels = np.where(rng.random((12, 2000)) < 0.05, rng.integers(4, size=(12, 2000)), truth)
    patterns = len(np.unique(labels.T, axis=0))
    whole, some = consensus_partition(labels, 4), consensus_partition(labels, 4, most=60)
    assert patterns > 200
    assert adjusted_rand_score(whole, truth) > 0.99
    assert adjusted_rand_score(some, truth) > 0.99


def test_a_rare_pattern_goes_to_the_group_of_the_smallest_mean_distance() -> None:
    """Ten patients of each of two patterns, and one who is with the second in two replicas of three."""
    labels = np.array([[0] * 10 + [1] * 10 + [1], [0] * 10 + [1] * 10 + [1], [0] * 10 + [1] * 10 + [0]])
    assert consensus_partition(labels, 2, most=2).tolist() == [0] * 10 + [1] * 11
