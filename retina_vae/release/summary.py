"""The release of what the columns of the cohort hold."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retina_vae.cohort.summary import SHARE_NOT_APPLICABLE, SummaryCell, summary_cells
from retina_vae.release.cells import suppressed_groups
from retina_vae.release.context import Context
from retina_vae.release.suppression import suppressed

__all__ = ["release_summary"]

BoolArray = NDArray[np.bool_]
_Key = tuple[str, str, str]

_NOTHING = (math.nan, False)


def release_summary(table: pd.DataFrame, context: Context) -> pd.DataFrame:
    """Leave out of ``cohort/summary.csv`` what tells of few patients, and what it would follow from.

    These are shares, numbers of values that are not observed, statistics that are read off the values of few patients,
    and everything observed of a small group. Where the number of missing values is not shown, other values of the
    column are rounded and without an error, so that it does not follow. Shares of remarks are shown where none of them,
    in no group, is of few patients.
    """
    if not context.hides:
        return table
    grouping = {column.name for column in context.schema.columns} - set(table["column"])
    cells = summary_cells(context.patients, context.schema, grouping.pop() if grouping else None)
    width = sum(cell.group == cells[0].group for cell in cells)
    sizes = np.array([cell.n + cell.missing for cell in cells[::width]], dtype=np.int64)
    small = suppressed_groups(sizes, context.floor)
    taken = [_taken(cells[place::width], small, context.floor) for place in range(width)]
    remarks = [_remarks_shown(cells[place::width], taken[place], small, context.floor) for place in range(width)]
    told: dict[_Key, tuple[float, bool]] = {}
    for number, cell in enumerate(cells):
        row, place = divmod(number, width)
        mask = taken[place][row]
        values = [math.nan] * len(cell.estimates) if small[row] else _shown(cell, mask, context.floor)
        for estimate, value in zip(cell.estimates, values, strict=True):
            told[str(cell.group), cell.column.name, estimate.statistic] = value, not (small[row] or mask[-1])
        for estimate in cell.remarks:
            value = estimate.observed if remarks[place] else math.nan
            told[str(cell.group), cell.column.name, estimate.statistic] = value, not (small[row] or mask[-1])
    keys = zip(table["group"].fillna("None"), table["column"], table["statistic"], strict=True)
    # Of a statistic that is not known here, nothing is.
    shown = [told.get((str(group), str(column), str(statistic)), _NOTHING) for group, column, statistic in keys]
    observed = pd.Series([value for value, _ in shown], index=table.index, dtype=np.float64)
    exact = pd.Series([counted for _, counted in shown], index=table.index)
    said = exact & observed.notna()
    return table.assign(
        observed=observed,
        **{name: table[name].astype("Int64").where(exact) for name in ("n", "missing")},
        **{name: table[name].where(said) for name in ("standard_error", "z")},
    )


def _counts(cell: SummaryCell) -> list[int]:
    """Disjoint numbers of patients that add up to the group: those that shares count, the others, the missing."""
    told = [estimate.patients for estimate in cell.estimates if estimate.patients is not None]
    return [*told, cell.n - sum(told), cell.missing]


def _taken(cells: Sequence[SummaryCell], small: BoolArray, floor: int) -> BoolArray:
    """Which counts of a column must not be shown, shape (groups, counts).

    The sizes of the groups and the sums of the counts are known to a reader, but for those that are themselves
    suppressed.
    """
    counts = np.array([_counts(cell) for cell in cells], dtype=np.int64)
    # Categories that nobody has may help to hide others; that nobody else and nobody missing is there, is no secret.
    used = counts.any(axis=0) | (np.arange(counts.shape[1]) < counts.shape[1] - 2)
    known = ~suppressed(counts[:, used].sum(axis=0), floor)
    whole = np.broadcast_to(small[:, None], counts[:, used].shape)
    mask = np.zeros(counts.shape, dtype=np.bool_)
    mask[:, used] = suppressed(counts[:, used], floor, ~small, known, whole)
    return mask


def _remarks_shown(cells: Sequence[SummaryCell], taken: BoolArray, small: BoolArray, floor: int) -> bool:
    """Whether the shares of a column's remarks may be shown, in every group or in none.

    Nobody or at least ``floor`` patients must be in each of them and in what is left: measured numbers, values that
    nobody wrote down. So no number of them follows from the others, whatever else is known of all groups.
    """
    if small.any() or taken[:, -1].any():
        return False
    counts = []
    for cell in cells:
        by_name = {estimate.statistic: estimate.patients or 0 for estimate in cell.remarks}
        none = by_name.pop(SHARE_NOT_APPLICABLE, 0)
        counts += [*by_name.values(), cell.n - sum(by_name.values()), none, cell.missing - none]
    return not any(0 < count < floor for count in counts)


def _shown(cell: SummaryCell, taken: BoolArray, floor: int) -> Iterator[float]:
    """The value of each statistic as it may be shown, NaN where it may not, given which counts may not.

    A share or a mean to all its digits gives away of how many patients it is. Where the missing ones must not be
    counted, no share is shown, and other values are rounded to a step no finer than their standard error: then every
    other number of patients near theirs fits as well.
    """
    *told, rest, missing = taken.tolist()
    places = iter(told)
    for estimate in cell.estimates:
        hidden = cell.n < floor
        if estimate.patients is not None:
            hidden |= next(places) or rest or missing
        if estimate.beyond is not None:
            hidden |= estimate.beyond < floor or any(told)
        value = _rounded(estimate.observed, estimate.standard_error) if missing else estimate.observed
        yield math.nan if hidden else value


def _rounded(value: float, least: float) -> float:
    """The nearest multiple of the smallest of .., 0.1, 0.2, 0.5, 1, 2, 5, .. that is no smaller than ``least``."""
    if not least > 0:
        return value
    power = math.floor(math.log10(least))
    step = next(step for step in (1, 2, 5, 10) if step * 10.0**power >= least)
    return round(round(value / (step * 10.0**power)) * step * 10.0**power, max(-power, 0))
