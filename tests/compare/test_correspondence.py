from __future__ import annotations

import numpy as np
import pytest

from retina_vae.compare.correspondence import Pair, Parts, correspond


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


def test_a_cluster_without_common_patients_is_listed_without_a_partner() -> None:
    found = correspond(*labels([[50, 0], [0, 60]]), only_a=np.array([7, 7]), only_b=np.array([2]))
    assert found.pairs[-1] == Pair(7, None, size_a=0)
    assert found.counts == [[50, 0], [0, 60], [0, 0]]
    assert found.kept == 1
    assert found.splits == found.merges == []
