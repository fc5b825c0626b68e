"""Which counts of a table are left out, so that no small one follows from those that are shown.

A count below the floor is a primary suppression. Where totals are known it could still be computed from the rest of
its row or column, so further, complementary, cells are suppressed. They are found by the linear programme of Kelly,
Golden and Assad (1992), "Cell suppression: disclosure protection for sensitive tabular data", Networks 22: the cheapest
change of the table that gives the small count another value and leaves every total as it is. The changed table agrees
with everything that is shown, which proves that the count does not follow from it.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import linprog

__all__ = ["suppressed"]

BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]
Known = bool | BoolArray

# A change of a suppressed cell costs nearly nothing, one of a shown cell as much per patient as it counts, one of a
# shown zero more than all of them.
_SUPPRESSED_PRICE = 1e-3
# Of a run several artefacts hold the same counts: Table 1 in three formats, the counts, the descriptions, the profiles.
_REMEMBERED = 4096


def suppressed(
    counts: IntArray,
    floor: int,
    row_totals_known: Known = True,
    column_totals_known: Known = True,
    also: BoolArray | None = None,
) -> BoolArray:
    """The cells of a table of counts that must not be shown.

    A reader who knows the shown cells and the totals cannot compute any suppressed count, and of a count below the
    floor can rule out no number from 1 to ``floor - 1`` but where the totals themselves do. Since zeros are shown, the
    reader also knows that a suppressed count is at least 1; this is allowed for. Zeros are suppressed only where
    nothing else helps.

    Args:
        counts: Numbers of patients, shape (rows, columns), or (groups,) for one row.
        floor: Counts from 1 to ``floor - 1`` are suppressed; 0 and 1 suppress nothing.
        row_totals_known: Whether a reader may know the rows' totals. An array of shape (rows,) says which of them; the
            others are suppressed as well, and must not follow from the cells, but their sum is known.
        column_totals_known: The same of the columns; without meaning for one row.
        also: Cells that are suppressed in any case, in the shape of ``counts``. Zeros and counts from ``floor`` on
            among them are shown nevertheless where they follow from the totals.

    Returns:
        True where a cell is suppressed, in the shape of ``counts``.

    >>> suppressed(np.array([3, 20, 15, 40]), floor=11)
    array([ True, False,  True, False])
    """
    cells = np.atleast_2d(np.asarray(counts, dtype=np.int64))
    if floor <= 1:
        return np.zeros(np.shape(counts), dtype=np.bool_)
    rows, columns = _totals(row_totals_known), _totals(column_totals_known) if np.ndim(counts) == 2 else False
    asked = np.zeros(cells.size, dtype=np.bool_) if also is None else np.asarray(also, dtype=np.bool_)
    found = _suppressed(cells.tobytes(), (cells.shape[0], cells.shape[1]), floor, rows, columns, asked.tobytes())
    return np.frombuffer(found, dtype=np.bool_).reshape(np.shape(counts)).copy()


def _totals(known: Known) -> bool | bytes:
    """Which totals are known, in a form that can be looked up."""
    return known if isinstance(known, bool) else np.asarray(known, dtype=np.bool_).tobytes()


@lru_cache(_REMEMBERED)
def _suppressed(
    counts: bytes, shape: tuple[int, int], floor: int, rows: bool | bytes, columns: bool | bytes, also: bytes
) -> bytes:
    """The same of arrays as bytes, so that a table that was asked about before is not searched again."""
    cells, asked = np.frombuffer(counts, dtype=np.int64).reshape(shape), np.frombuffer(also, dtype=np.bool_)
    known = (_as_array(rows), _as_array(columns))
    hidden = [_hidden(one, size) for one, size in zip(known, cells.shape, strict=True)]
    totals = np.concatenate([cells.sum(axis=1 - axis)[hidden[axis]] for axis in (0, 1)])
    search = _Search(
        values=np.concatenate([cells.ravel(), totals]),
        equations=_equations(cells.shape, known, hidden),
        asked=np.concatenate([asked, np.zeros(len(totals), dtype=np.bool_)]),
        totals=np.arange(cells.size + len(totals)) >= cells.size,
        floor=floor,
    )
    return search.run()[: cells.size].tobytes()


def _as_array(known: bool | bytes) -> Known:
    return known if isinstance(known, bool) else np.frombuffer(known, dtype=np.bool_)


def _hidden(known: Known, size: int) -> BoolArray:
    """Totals that are suppressed beside others that are known, shape (size,)."""
    return np.zeros(size, dtype=np.bool_) if isinstance(known, bool) else ~np.asarray(known, dtype=np.bool_)


def _equations(shape: tuple[int, int], known: tuple[Known, Known], hidden: list[BoolArray]) -> sparse.csr_array:
    """What a reader knows, as sums of cells and hidden totals that stay as they are, shape (sums, values)."""
    rows, columns = shape
    sums = (np.kron(np.eye(rows), np.ones(columns)), np.kron(np.ones(rows), np.eye(columns)))
    minus = [-np.eye(len(own))[:, own] for own in hidden]
    count = [own.sum() for own in hidden]
    parts = []
    for axis in (0, 1):
        if known[axis] is not False:
            beside = [minus[axis] if other == axis else np.zeros((shape[axis], count[other])) for other in (0, 1)]
            parts.append(np.hstack([sums[axis], *beside]))
            own = [np.full(count[other], float(other == axis)) for other in (0, 1)]
            parts.append(np.concatenate([np.zeros(rows * columns), *own])[None])
    return sparse.csr_array(np.vstack([np.zeros((0, rows * columns + sum(count))), *parts]))


class _Search:
    """A search for tables that agree with what is shown; what differs in them from the true one gets suppressed.

    The equations are those of a network: each cell stands in one row's sum and one column's. So the linear programme
    has a solution in whole numbers, and the simplex method ends in one.
    """

    def __init__(
        self, values: IntArray, equations: sparse.csr_array, asked: BoolArray, totals: BoolArray, floor: int
    ) -> None:
        self.values, self.asked, self.floor = values, asked, floor
        # Of what is added to the values, and of what is taken from them.
        self.equations = sparse.hstack([equations, -equations], format="csr")
        self.primary = (values > 0) & (values < floor)
        self.mask = self.primary | asked | totals
        # Where zeros are asked for, a suppressed count may be one.
        self.lowest = np.where(asked, 0, np.minimum(values, 1))
        self.least, self.most = values.copy(), values.copy()

    def run(self) -> BoolArray:
        """The suppressed values, shape (values,)."""
        if self.equations.shape[0] == 0:
            return self.mask
        order = np.flatnonzero(self.mask)
        order = order[np.argsort(self.values[order], kind="stable")]
        # The smallest counts need the widest change, of which others profit.
        for value in order[self.primary[order]].tolist():
            self._move(value, max(self.floor - 1, 2), self.values > 0)
            self._move(value, 1, self.values > 0)
        for value in order[~self.primary[order]].tolist():
            may = self.mask if self.asked[value] else self.values > 0
            for target in (self.values[value] + 1, self.values[value] - 1):
                if self.least[value] == self.most[value]:
                    self._move(value, target, may)
        exact = self.mask & (self.least == self.most)
        self.mask &= ~(exact & self.asked & ~self.primary)
        self._resort_to_zeros(np.flatnonzero(exact & self.mask))
        return self.mask

    def _resort_to_zeros(self, exact: IntArray) -> None:
        if not len(exact):
            return
        # A reader who sees that zeros are suppressed does not know of any suppressed count that it is none.
        self.lowest = np.zeros_like(self.values)
        everything = np.ones(len(self.values), dtype=np.bool_)
        for value in exact.tolist():
            for target in (self.values[value] + 1, self.values[value] - 1):
                if self.least[value] == self.most[value]:
                    self._move(value, target, everything)
        for zero in np.flatnonzero(self.values == 0).tolist():
            if not self.mask[self.values == 0].any():
                self._move(zero, 1, everything)

    def _move(self, value: int, target: int, may: BoolArray) -> None:
        """Look for the cheapest table with ``target`` at ``value``, or as near to it as the totals let it come."""
        if self.least[value] <= target <= self.most[value]:
            return
        change = self._cheapest_change(value, target - self.values[value], may | self.mask)
        self.mask |= change != 0
        self.least = np.minimum(self.least, self.values + change)
        self.most = np.maximum(self.most, self.values + change)

    def _cheapest_change(self, value: int, amount: int, may: BoolArray) -> IntArray:
        count = len(self.values)
        price = np.where(self.mask, _SUPPRESSED_PRICE, np.maximum(self.values, 1.0))
        price[~self.mask & (self.values == 0)] = price.sum()
        # Of cells of equal price, the first.
        price *= 1 + 1e-3 * np.arange(count) / count
        up = np.where(may, np.inf, 0.0)
        down = np.where(may, self.values - self.lowest, 0).astype(np.float64)
        cost, limits = np.concatenate([price, price]), np.concatenate([up, down])
        chosen, opposite = (value, count + value) if amount > 0 else (count + value, value)
        limits[chosen], limits[opposite] = min(limits[chosen], abs(amount)), 0
        cost[chosen] = -2 * price.sum()
        bounds = np.column_stack([np.zeros(2 * count), limits])
        sums = np.zeros(self.equations.shape[0])
        found = linprog(cost, A_eq=self.equations, b_eq=sums, bounds=bounds, method="highs-ds")
        steps = np.rint(found.x).astype(np.int64)
        return steps[:count] - steps[count:]
