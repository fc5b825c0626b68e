from __future__ import annotations

import itertools

import numpy as np
import pytest

from retina_vae.release.suppression import suppressed
from tests.release.attacker import possible, sums_of


def random_table(seed: int) -> tuple[np.ndarray, int]:
    """A table of two to five rows and columns with many small counts and zeros, and a floor."""
    rng = np.random.default_rng([seed, 11])
    shape = rng.integers(2, 6, size=2)
    counts = rng.poisson(rng.gamma(0.6, 25, shape)) * (rng.random(shape) > 0.2)
    return counts.astype(np.int64), int(rng.choice([2, 3, 5, 11]))


def bounds(counts: np.ndarray, mask: np.ndarray, rows: bool = True, columns: bool = True, lowest: int | None = None):
    """What a reader finds out, who knows that zeros are shown where none is suppressed."""
    if lowest is None:
        lowest = 0 if (mask & (counts == 0)).any() else 1
    return possible(counts.ravel(), mask.ravel(), sums_of(counts.shape, rows, columns), lowest)


@pytest.mark.parametrize(("rows", "columns"), [(True, True), (True, False), (False, True), (False, False)])
@pytest.mark.parametrize("seed", range(12))
def test_no_suppressed_count_can_be_computed(seed: int, rows: bool, columns: bool) -> None:
    counts, floor = random_table(seed)
    mask = suppressed(counts, floor, rows, columns)
    assert mask[(counts > 0) & (counts < floor)].all()
    everything = bounds(counts, np.ones_like(mask), rows, columns)
    for place, (low, high) in bounds(counts, mask, rows, columns).items():
        hopeless = everything[place][0] == everything[place][1]
        assert low < high or hopeless, (counts, mask, place)


@pytest.mark.parametrize("seed", range(20))
def test_a_small_count_may_be_any_below_the_floor(seed: int) -> None:
    counts, floor = random_table(seed)
    mask = suppressed(counts, floor)
    if (mask & (counts == 0)).any():
        return
    positive = bounds(counts, counts > 0, lowest=1)
    for place, (low, high) in bounds(counts, mask).items():
        if counts.ravel()[place] < floor:
            assert low <= max(1, positive[place][0])
            assert high >= min(max(floor - 1, 2), positive[place][1])


def test_enough_random_tables_need_no_suppressed_zero() -> None:
    tables = [random_table(seed) for seed in range(30)]
    assert sum(not (suppressed(counts, floor) & (counts == 0)).any() for counts, floor in tables) > 15


def tables_like(counts: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Every table of whole numbers with the same totals and the same shown cells, by trying all, shape (tables, n)."""
    most = np.minimum.outer(counts.sum(axis=1), counts.sum(axis=0))
    cells = zip(most.ravel(), mask.ravel(), counts.ravel(), strict=True)
    choices = [np.arange(top + 1) if hidden else [own] for top, hidden, own in cells]
    tables = np.stack(np.meshgrid(*choices, indexing="ij"), axis=-1).reshape(-1, counts.size)
    sums = sums_of(counts.shape)
    return tables[(tables @ sums.T == sums @ counts.ravel()).all(axis=1)]


@pytest.mark.parametrize("seed", range(15))
def test_trying_all_tables_finds_none_exact(seed: int) -> None:
    counts = np.random.default_rng(seed).integers(0, 4, size=(2, 3))
    mask = suppressed(counts, 3)
    ways, all_ways = tables_like(counts, mask), tables_like(counts, np.ones_like(mask))
    for place in np.flatnonzero(mask):
        if len(set(all_ways[:, place])) > 1:
            assert len(set(ways[:, place])) > 1


@pytest.mark.parametrize("floor", [0, 1])
def test_without_a_floor_everything_is_shown(floor: int) -> None:
    counts = np.array([[1, 2, 0], [1, 0, 30]])
    assert not suppressed(counts, floor, also=np.ones_like(counts, dtype=bool)).any()
    assert not suppressed(counts[0], floor).any()


def test_without_small_counts_everything_is_shown() -> None:
    assert not suppressed(np.array([[11, 0, 40], [25, 12, 0]]), 11).any()


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        # 20 + 40 + 50 patients are the fewest that make a rectangle with the 3.
        ([[3, 20, 30], [40, 50, 60], [70, 80, 90]], [[1, 1, 0], [1, 1, 0], [0, 0, 0]]),
        # The two small counts and their neighbours protect each other already: 9 + 9 leaves 1 to 17.
        ([[9, 9, 50], [9, 9, 60], [70, 80, 90]], [[1, 1, 0], [1, 1, 0], [0, 0, 0]]),
        # 2 + 3 would tell that both are below 5, so 30 goes too, and the cells of another row that make it move.
        ([[2, 3, 30], [40, 50, 60]], [[1, 1, 1], [1, 1, 1]]),
        # Zeros are shown, so the third column cannot help.
        ([[4, 40, 0], [50, 60, 0], [70, 80, 90]], [[1, 1, 0], [1, 1, 0], [0, 0, 0]]),
    ],
)
def test_small_examples_by_hand(counts: list[list[int]], expected: list[list[int]]) -> None:
    np.testing.assert_array_equal(suppressed(np.array(counts), 11), np.array(expected, dtype=bool))


@pytest.mark.parametrize(
    ("counts", "known", "expected"),
    [
        ([3, 20, 15, 40], True, [1, 0, 1, 0]),
        ([3, 20, 15, 40], False, [1, 0, 0, 0]),
        ([5, 8, 40], True, [1, 1, 0]),
        ([1, 2, 40, 60], True, [1, 1, 1, 0]),
        ([10, 0, 0, 12], True, [1, 0, 0, 1]),
        ([0, 11, 12], True, [0, 0, 0]),
    ],
)
def test_one_row_of_groups(counts: list[int], known: bool, expected: list[int]) -> None:
    np.testing.assert_array_equal(suppressed(np.array(counts), 11, known), np.array(expected, dtype=bool))


def test_known_rows_alone_need_a_partner_in_the_row_alone() -> None:
    counts = np.array([[3, 20, 30], [40, 50, 60]])
    np.testing.assert_array_equal(suppressed(counts, 11, True, False), [[True, True, False], [False] * 3])
    np.testing.assert_array_equal(suppressed(counts, 11, False, True), [[True, False, False], [True, False, False]])


def test_zeros_are_suppressed_where_nothing_else_helps() -> None:
    """The first column's 2 follows from its total as long as the other zeros are shown."""
    counts = np.array([[2, 234], [353, 0], [0, 299]])
    mask = suppressed(counts, 11)
    assert mask[0].all()
    assert mask.sum() == 4
    assert all(low < high for low, high in bounds(counts, mask).values())


def test_that_a_count_is_not_zero_does_not_give_it_away() -> None:
    """Totals of 2 leave 1 and 1 where both are known to be at least 1, so a zero is suppressed with them."""
    counts = np.array([[1, 1, 0], [1, 1, 0], [20, 30, 40]])
    mask = suppressed(counts, 11)
    assert mask[counts == 0].any()
    assert all(low < high for low, high in bounds(counts, mask).values())


@pytest.mark.parametrize("seed", range(14))
def test_totals_that_are_not_known_cannot_be_computed_either(seed: int) -> None:
    counts, floor = random_table(seed)
    rows, columns = (suppressed(counts.sum(axis=axis), floor) for axis in (1, 0))
    also = np.broadcast_to(rows[:, None], counts.shape)
    mask = suppressed(counts, floor, ~rows, ~columns, also)
    values, hidden, sums = with_totals(counts, mask, rows, columns)
    _, all_hidden, _ = with_totals(counts, np.ones_like(mask), rows, columns)
    # Among what a hidden row holds there may be zeros.
    lowest = np.where(np.concatenate([also.ravel(), np.zeros(len(values) - counts.size, dtype=bool)]), 0, 1)
    lowest = np.zeros_like(lowest) if (mask & ~also & (counts == 0)).any() else lowest
    everything = possible(values, all_hidden, sums)
    for place, (low, high) in possible(values, hidden, sums, lowest).items():
        assert low < high or everything[place][0] == everything[place][1], (counts, mask, place)


def test_large_totals_that_are_not_known_are_kept_from_being_computed() -> None:
    counts = np.array([[20, 30, 40], [50, 60, 70]])
    columns = np.array([True, True, False])
    mask = suppressed(counts, 11, True, ~columns)
    np.testing.assert_array_equal(mask, [[True, True, False], [False] * 3])
    values, hidden, sums = with_totals(counts, mask, np.zeros(2, dtype=bool), columns)
    assert all(low < high for low, high in possible(values, hidden, sums).values())


def with_totals(counts: np.ndarray, mask: np.ndarray, rows: np.ndarray, columns: np.ndarray):
    """The table and its totals as one vector, what of it is hidden, and the sums that are known to be 0 or known."""
    values = np.concatenate([counts.ravel(), counts.sum(axis=1), counts.sum(axis=0)])
    hidden = np.concatenate([mask.ravel(), rows, columns])
    sums = np.hstack([sums_of(counts.shape), -np.eye(sum(counts.shape))])
    whole = np.zeros((2, len(values)))
    whole[0, counts.size : counts.size + len(rows)] = 1
    whole[1, counts.size + len(rows) :] = 1
    return values, hidden, np.vstack([sums, whole])


def test_cells_that_are_asked_for_are_suppressed_unless_they_follow_anyway() -> None:
    counts = np.array([[4, 8, 0], [20, 30, 0], [50, 60, 70]])
    also = np.array([True, True, False])[:, None] & np.ones(3, dtype=bool)
    mask = suppressed(counts, 11, np.array([False, False, True]), True, also)
    # The third column's zeros follow from its total, which the third row reaches alone.
    np.testing.assert_array_equal(mask, [[True, True, False], [True, True, False], [False] * 3])


def test_as_few_cells_as_trying_all_finds_or_nearly() -> None:
    """Over small tables, no more than one cell in ten is suppressed without need."""
    found = best = 0
    for seed in range(6):
        counts = np.random.default_rng([seed, 3]).choice([1, 2, 6, 9, 14], size=(3, 3))
        found += suppressed(counts, 3).sum()
        best += fewest(counts, 3)
    assert best <= found <= 1.1 * best


def fewest(counts: np.ndarray, floor: int) -> int:
    """The fewest suppressed cells that leave every small count room from 1 to below the floor, and none exact."""
    primary = (counts > 0) & (counts < floor)
    others = np.argwhere(~primary)
    for more in range(len(others) + 1):
        for chosen in itertools.combinations(range(len(others)), more):
            mask = primary.copy()
            mask[tuple(others[list(chosen)].T)] = True
            if all(
                low < high and (counts.ravel()[place] >= floor or (low == 1 and high >= floor - 1))
                for place, (low, high) in bounds(counts, mask).items()
            ):
                return int(mask.sum())
    return counts.size


def test_an_answer_that_was_changed_is_given_again_as_it_was() -> None:
    counts = np.array([3, 20, 15, 40])
    answer = suppressed(counts, 11)
    answer[:] = ~answer
    assert suppressed(counts, 11).tolist() == [True, False, True, False]
    assert not suppressed(counts, 2).any()
    assert suppressed(counts, 11, also=np.array([False, True, False, False])).tolist() == [True, True, False, False]
