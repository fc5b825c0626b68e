from itertools import permutations

import numpy as np

from retina_vae.clusters.numbering import contingency, match_numbers, number_by_size


def test_the_largest_cluster_comes_first() -> None:
    labels = np.random.default_rng(0).integers(0, 6, size=500)
    sizes = np.bincount(number_by_size(labels, 6)[labels])
    assert (np.diff(sizes) <= 0).all()


def test_a_permutation_is_undone() -> None:
    rng = np.random.default_rng(1)
    reference = rng.integers(0, 5, size=300)
    order = rng.permutation(5)
    labels = order[reference]
    np.testing.assert_array_equal(match_numbers(labels, reference, 5, 5)[labels], reference)


def test_no_other_matching_keeps_more_patients() -> None:
    rng = np.random.default_rng(2)
    labels, reference = rng.integers(0, 4, size=(2, 60))
    table = contingency(labels, reference, 4, 4)
    best = max(sum(table[i, j] for i, j in enumerate(order)) for order in permutations(range(4)))
    numbers = match_numbers(labels, reference, 4, 4)
    assert (numbers[labels] == reference).sum() == best


def test_surplus_clusters_come_last_and_missing_ones_leave_no_gap() -> None:
    labels, reference = np.array([0, 0, 1, 2, 2, 2, 3]), np.array([1, 1, 1, 0, 0, 0, 0])
    numbers = match_numbers(labels, reference, 4, 2)
    assert numbers.tolist() == [1, 2, 0, 3]
    few = match_numbers(np.array([0, 0, 1]), np.array([2, 2, 0]), 2, 3)
    assert few.tolist() == [1, 0]
