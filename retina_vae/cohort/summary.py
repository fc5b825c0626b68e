"""What the columns of a cohort hold, beside what they should hold where that is known."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retina_vae.cohort.kinds.estimates import Estimate
from retina_vae.cohort.schema import CohortSchema, Column
from retina_vae.cohort.simulated.epidemiology import Epidemiology
from retina_vae.cohort.simulated.statistics import Expected
from retina_vae.disclosure import suppressed_groups
from retina_vae.suppression import suppressed

__all__ = ["ALL", "summarize"]

ALL = "all"
"""The group of a cohort without an outcome: all patients."""

_COLUMNS = [
    *("group", "column", "statistic", "n", "missing", "observed", "standard_error"),
    *("target", "target_standard_error", "z", "source"),
]


def summarize(
    patients: pd.DataFrame, schema: CohortSchema, epidemiology: Epidemiology | None = None, floor: int = 0
) -> pd.DataFrame:
    """Statistics of every column in every group, and of the epidemiology, side by side.

    The groups are the categories of the column that the epidemiology names, else those of the schema's outcome. Of a
    cohort without an outcome there is one group, :data:`ALL`. Patients whose outcome is not observed are a group
    without a name, the last.

    Args:
        patients: The patient table.
        schema: The table's schema.
        epidemiology: What the statistics should be, of a simulated cohort or of one that is compared with it. Groups
            that no column names are mixed in the table, so that nothing is known of a statistic of all.
        floor: Nothing is shown that tells of fewer patients than this, nor what it would follow from
            (:mod:`retina_vae.suppression`): shares, numbers of values that are not observed, statistics that are read
            off the values of few patients, everything observed of a small group. Where the number of missing values
            is not shown, other values of the column are rounded and without an error, so that it does not follow.

    Returns:
        One row per group, column and statistic: ``group, column, statistic, n`` (observed values), ``missing`` (values
        that are not), ``observed, standard_error, target, target_standard_error, z, source``. ``z`` is the difference
        between observed and target in standard errors of the sample under the target and of the target itself; it is
        missing where both are 0. Target, z and source are missing where nothing is known. The column that names the
        groups has no rows.
    """
    groups = _groups(patients, schema, epidemiology)
    columns = [column for column in schema.columns if column.name != _grouping(schema, epidemiology)]
    cells = [
        _Cell(code, column, column.kind_of.codes(group[column.name], column.categories), epidemiology)
        for code, group in groups
        for column in columns
    ]
    table = pd.DataFrame([row for cell in cells for row in cell.rows()], columns=_COLUMNS)
    table = table.astype({"group": "str", "source": "str", "n": "int64", "missing": "int64"})
    if floor <= 1:
        return table
    return _suppressed(table, cells, np.array([len(group) for _, group in groups]), floor)


class _Cell:
    """A column in one group: the codes of its values and what is said of them."""

    def __init__(
        self, group: str | None, column: Column, codes: NDArray[np.float64], epidemiology: Epidemiology | None
    ) -> None:
        self.group, self.column = group, column
        known = codes[~np.isnan(codes)]
        self.n, self.missing = len(known), len(codes) - len(known)
        self.estimates = column.kind_of.summary(known, column.categories)
        self.expected: dict[str, Expected] = {}
        self.source: str | None = None
        if epidemiology is not None and epidemiology.column is not None and group is not None:
            statistic = epidemiology.groups[group].columns[column.name]
            self.expected, self.source = statistic.expected(column, self.n or math.nan), statistic.source

    @property
    def counts(self) -> list[int]:
        """Disjoint numbers of patients that add up to the group: those that shares count, the others, the missing."""
        told = [estimate.patients for estimate in self.estimates if estimate.patients is not None]
        return [*told, self.n - sum(told), self.missing]

    def rows(self) -> Iterator[dict[str, Any]]:
        """One row per statistic."""
        return (self._row(estimate) for estimate in self.estimates)

    def _row(self, estimate: Estimate) -> dict[str, Any]:
        context = {"group": self.group, "column": self.column.name, "n": self.n, "missing": self.missing}
        shown = estimate._asdict() | context | {"source": self.source}
        if estimate.statistic not in self.expected:
            return shown | dict.fromkeys(("target", "target_standard_error", "z"), math.nan)
        target, sampling_error, standard_error = self.expected[estimate.statistic]
        spread = math.hypot(sampling_error, standard_error or 0.0)
        return shown | {
            "target": target,
            "target_standard_error": math.nan if standard_error is None else standard_error,
            "z": (estimate.observed - target) / spread if spread > 0 else math.nan,
        }

    def shown(self, taken: NDArray[np.bool_], floor: int) -> Iterator[float]:
        """The value of each statistic as it may be shown, NaN where it may not, given which counts may not.

        A share or a mean to all its digits gives away of how many patients it is. Where the missing ones must not be
        counted, no share is shown, and other values are rounded to a step no finer than their standard error: then
        every other number of patients near theirs fits as well.
        """
        *told, rest, missing = taken.tolist()
        cells = iter(told)
        for estimate in self.estimates:
            hidden = self.n < floor
            if estimate.patients is not None:
                hidden |= next(cells) or rest or missing
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


def _grouping(schema: CohortSchema, epidemiology: Epidemiology | None) -> str | None:
    """The column whose categories are the groups."""
    if epidemiology is not None and epidemiology.column is not None:
        return epidemiology.column
    return None if schema.outcome is None else schema.outcome.name


def _groups(
    patients: pd.DataFrame, schema: CohortSchema, epidemiology: Epidemiology | None
) -> list[tuple[str | None, pd.DataFrame]]:
    """The groups that have patients, in the order of the categories."""
    name = _grouping(schema, epidemiology)
    if name is None:
        return [(ALL, patients)]
    values = patients[name]
    groups = [(category, patients[values == category]) for category in schema[name].categories]
    return [(code, group) for code, group in [*groups, (None, patients[values.isna()])] if len(group)]


def _suppressed(table: pd.DataFrame, cells: list[_Cell], sizes: NDArray[np.int64], floor: int) -> pd.DataFrame:
    """The table without what tells of few patients."""
    small = suppressed_groups(sizes, floor)
    width = len(cells) // len(sizes)
    taken = [_taken(cells[place::width], small, floor) for place in range(width)]
    observed: list[float] = []
    counted: list[bool] = []
    for number, cell in enumerate(cells):
        row, place = divmod(number, width)
        mask = taken[place][row]
        observed += [math.nan] * len(cell.estimates) if small[row] else cell.shown(mask, floor)
        counted += [not (small[row] or mask[-1])] * len(cell.estimates)
    exact = pd.Series(counted)
    said = exact & pd.Series(observed).notna()
    return table.assign(
        observed=observed,
        **{name: table[name].astype("Int64").where(exact) for name in ("n", "missing")},
        **{name: table[name].where(said) for name in ("standard_error", "z")},
    )


def _taken(cells: list[_Cell], small: NDArray[np.bool_], floor: int) -> NDArray[np.bool_]:
    """Which counts of a column must not be shown, shape (groups, counts).

    The sizes of the groups and the sums of the counts are known to a reader, but for those that are themselves
    suppressed.
    """
    counts = np.array([cell.counts for cell in cells], dtype=np.int64)
    # Categories that nobody has may help to hide others; that nobody else and nobody missing is there, is no secret.
    used = counts.any(axis=0) | (np.arange(counts.shape[1]) < counts.shape[1] - 2)
    known = ~suppressed(counts[:, used].sum(axis=0), floor)
    whole = np.broadcast_to(small[:, None], counts[:, used].shape)
    mask = np.zeros(counts.shape, dtype=np.bool_)
    mask[:, used] = suppressed(counts[:, used], floor, ~small, known, whole)
    return mask
