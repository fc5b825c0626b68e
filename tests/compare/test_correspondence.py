from __future__ import annotations

import numpy as np
import pytest

from retina_vae.compare.correspondence import Pair, Parts, correspond
from tests.release.attacker import possible, sums_of


def labels(counts: list[list[int]]) -> tuple[np.ndarray, np.ndarray]:
    """Two clusterings, from 1, that share so many patients."""
    table = np.array(counts)
    rows, columns = np.indices(table.shape)
    return tuple((np.repeat(numbers.ravel(), table.ravel()) + 1).astype(np.int64) for numbers in (rows, columns))


def test_a_clustering_corresponds_to_itself_under_any_numbers() -> None:
    own = np.random.default_rng(1).integers(1, 6, size=300)
    found = correspond(own, np.array([0, 4, 2, 5, 1, 3])[own])
    assert [(pair.a, pair.b) for pair in found.pairs] == [(1, 4), (2, 2), (3, 5), (4, 1), (5, 3)]
    assert all(pair.jaccard == 1 and pair.shared == pair.size_a == pair.size_b for pair in found.pairs)
    assert (found.kept, found.splits, found.merges) == (1, [], [])


def test_the_match_keeps_as_many_patients_as_possible() -> None:
    """Taking the largest overlap first, 50, would leave 10 + 1; the match keeps 40 + 45 instead of 50 + 1."""
    found = correspond(*labels([[50, 40], [45, 1]]))
    assert [(pair.a, pair.b, pair.shared) for pair in found.pairs] == [(1, 2, 40), (2, 1, 45)]
    assert found.kept == pytest.approx(85 / 136)
    assert found.pairs[0].jaccard == pytest.approx(40 / (90 + 41 - 40))


def test_splits_merges_and_clusters_without_a_partner() -> None:
    found = correspond(*labels([[60, 0, 40, 0], [0, 50, 0, 0], [0, 30, 0, 0], [0, 0, 0, 100]]))
    assert found.pairs == [
        Pair(1, 1, 100, 60, 60, 0.6),
        Pair(2, 2, 50, 80, 50, 0.625),
        Pair(3, None, size_a=30),
        Pair(4, 4, 100, 100, 100, 1.0),
        Pair(None, 3, size_b=40),
    ]
    assert found.splits == [Parts(1, [(1, 0.6), (3, 0.4)])]
    assert found.merges == [Parts(2, [(2, 0.625), (3, 0.375)])]
    assert found.counts[0] == [60, 0, 40, 0]


@pytest.mark.parametrize(("small", "split"), [(25, True), (24, False)])
def test_a_part_counts_from_a_quarter_of_the_cluster_on(small: int, split: bool) -> None:
    """The small part is no large part of the other cluster either, which has 100 more."""
    found = correspond(*labels([[100 - small, small], [0, 100]]))
    assert bool(found.splits) is split


def test_a_small_cluster_that_was_split_off_counts_however_large_the_rest_is() -> None:
    found = correspond(*labels([[95, 5], [0, 4]]))
    assert found.splits == [Parts(1, [(1, 0.95), (2, 0.05)])]


def test_splits_of_the_one_way_are_merges_of_the_other() -> None:
    a, b = labels((np.random.default_rng(3).gamma(0.3, 60, (4, 7)) + 1).astype(int).tolist())
    there, back = correspond(a, b), correspond(b, a)
    assert there.splits == back.merges
    assert there.merges == back.splits
    assert there.splits
    assert there.merges
    assert {(pair.a, pair.b) for pair in there.pairs} == {(pair.b, pair.a) for pair in back.pairs}


def test_numbers_of_few_patients_are_not_shown_and_do_not_follow() -> None:
    counts = np.array([[80, 4, 0], [3, 90, 30], [0, 25, 60]])
    found = correspond(*labels(counts.tolist()), floor=11)
    hidden = np.array([[count is None for count in row] for row in found.counts])
    assert hidden[(counts > 0) & (counts < 11)].all()
    bounds = possible(counts.ravel(), hidden.ravel(), sums_of(counts.shape), 1)
    assert all(low < high for low, high in bounds.values())
    for pair in found.pairs:
        assert (pair.shared is None) == (pair.jaccard is None) == hidden[pair.a - 1, pair.b - 1]
    assert found.kept == round(found.kept, 2)


def test_of_a_cluster_of_few_patients_nothing_is_shown() -> None:
    found = correspond(*labels([[5, 0, 0], [0, 40, 0], [0, 3, 90]]), floor=11)
    assert found.counts[0] == found.counts[1] == [None] * 3
    assert (found.pairs[0].size_a, found.pairs[0].size_b, found.pairs[0].shared) == (None, None, None)
    assert found.pairs[2].size_a == 93


def test_a_part_that_is_not_shown_is_not_told_by_a_split() -> None:
    """6 of 20 patients are more than a quarter, but fewer than 11."""
    tables = labels([[14, 6, 0], [30, 40, 50]])
    assert [one.cluster for one in correspond(*tables).splits] == [1, 2]
    assert [one.cluster for one in correspond(*tables, floor=11).splits] == []


def test_how_many_of_a_cluster_are_in_one_run_alone_does_not_follow_either() -> None:
    """The sizes of A's clusters are known, and 40 patients are in A alone: 4 of the first, 36 of the second."""
    counts, only_a = np.array([[90, 30], [40, 80]]), np.repeat([1, 2], [4, 36])
    found = correspond(*labels(counts.tolist()), floor=11, only_a=only_a)
    table = np.column_stack([counts, [4, 36]])
    # What is not shown, of the pairs and of the sizes in both runs, from which the last column follows.
    last = [[pair.size_a is None] for pair in found.pairs]
    hidden = np.hstack([[[count is None for count in row] for row in found.counts], last])
    assert hidden[:, 2].all()
    bounds = possible(table.ravel(), hidden.ravel(), sums_of(table.shape), 1)
    assert all(low < high for low, high in bounds.values())
    assert bounds[2][0] <= 1 < 10 <= bounds[2][1]
    assert all(pair.jaccard is None for pair in found.pairs)


def test_a_cluster_without_common_patients_is_listed_without_a_partner() -> None:
    found = correspond(*labels([[50, 0], [0, 60]]), only_a=np.array([7, 7]), only_b=np.array([2]))
    assert found.pairs[-1] == Pair(7, None, size_a=0)
    assert found.counts == [[50, 0], [0, 60], [0, 0]]
    assert found.kept == 1
    assert found.splits == found.merges == []
