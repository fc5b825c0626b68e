"""What the columns of a cohort hold, beside what they should hold where that is known."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from retina_vae.cohort.kinds import estimates
from retina_vae.cohort.kinds.estimates import Estimate
from retina_vae.cohort.remarks import ABOVE, BELOW, NOT_APPLICABLE, remarks_of
from retina_vae.cohort.schema import CohortSchema, Column
from retina_vae.cohort.simulated.epidemiology import Epidemiology
from retina_vae.cohort.simulated.statistics import Expected

__all__ = [
    "ALL",
    "SHARE_ABOVE",
    "SHARE_BELOW",
    "SHARE_NOT_APPLICABLE",
    "SummaryCell",
    "remark_shares",
    "summarize",
    "summary_cells",
]

ALL = "all"
"""The group of a cohort without an outcome: all patients."""

SHARE_BELOW = "share below a limit of detection"
SHARE_ABOVE = "share above a limit of detection"
SHARE_NOT_APPLICABLE = "share not applicable"

_COLUMNS = [
    *("group", "column", "statistic", "n", "missing", "observed", "standard_error"),
    *("target", "target_standard_error", "z", "source"),
]


def summarize(patients: pd.DataFrame, schema: CohortSchema, epidemiology: Epidemiology | None = None) -> pd.DataFrame:
    """Statistics of every column in every group, and of the epidemiology, side by side.

    The groups are the categories of the column that the epidemiology names, else those of the schema's outcome. Of a
    cohort without an outcome there is one group, :data:`ALL`. Patients whose outcome is not observed are a group
    without a name, the last.

    Args:
        patients: The patient table.
        schema: The table's schema.
        epidemiology: What the statistics should be, of a simulated cohort or of one that is compared with it. Groups
            that no column names are mixed in the table, so that nothing is known of a statistic of all.

    Returns:
        One row per group, column and statistic: ``group, column, statistic, n`` (observed values), ``missing`` (values
        that are not), ``observed, standard_error, target, target_standard_error, z, source``. ``z`` is the difference
        between observed and target in standard errors of the sample under the target and of the target itself; it is
        missing where both are 0. Target, z and source are missing where nothing is known. The column that names the
        groups has no rows. A column with remarks has the shares of the limits among the observed values, and that of
        the patients to whom it does not apply among all; these are among the missing ones.
    """
    cells = summary_cells(patients, schema, _grouping(schema, epidemiology), epidemiology)
    table = pd.DataFrame([row for cell in cells for row in cell.rows()], columns=_COLUMNS)
    return table.astype({"group": "str", "source": "str", "n": "int64", "missing": "int64"})


def summary_cells(
    patients: pd.DataFrame, schema: CohortSchema, grouping: str | None, epidemiology: Epidemiology | None = None
) -> list[SummaryCell]:
    """What the rows of :func:`summarize` speak of, column by column within each group.

    Args:
        patients: The patient table.
        schema: The table's schema.
        grouping: The column whose categories are the groups; None where all patients are one.
        epidemiology: What the statistics should be.
    """
    columns = [column for column in schema.columns if column.name != grouping]
    return [
        SummaryCell(code, column, group, epidemiology)
        for code, group in _groups(patients, schema, grouping)
        for column in columns
    ]


class SummaryCell:
    """A column in one group of patients: what is said of its values.

    Attributes:
        group: The category of the grouping column; None where it is not observed.
        column: The column.
        n: Observed values.
        missing: Values that are not.
        estimates: The statistics.
        remarks: Shares of the patients of whom something else than a value is said; none of a column without remarks.
    """

    def __init__(
        self, group: str | None, column: Column, patients: pd.DataFrame, epidemiology: Epidemiology | None
    ) -> None:
        self.group, self.column = group, column
        codes = column.kind_of.codes(patients[column.name], column.categories)
        known = codes[~np.isnan(codes)]
        self.n, self.missing = len(known), len(codes) - len(known)
        self.estimates = column.kind_of.summary(known, column.categories)
        self.remarks = remark_shares(column, remarks_of(patients, column.name), self.n)
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
        return (self._row(estimate) for estimate in (*self.estimates, *self.remarks))

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


def remark_shares(column: Column, remarks: pd.Series, observed: int) -> tuple[Estimate, ...]:
    """The shares of the limits among the observed values, and of whom the column does not apply to among all."""
    counts = {text: int((remarks == text).sum()) for text in (BELOW, ABOVE, NOT_APPLICABLE)}
    limits = ((SHARE_BELOW, counts[BELOW]), (SHARE_ABOVE, counts[ABOVE])) if column.censored else ()
    none = ((SHARE_NOT_APPLICABLE, counts[NOT_APPLICABLE]),) if column.not_applicable else ()
    return (
        *(estimates.share(name, patients, observed) for name, patients in limits),
        *(estimates.share(name, patients, len(remarks)) for name, patients in none),
    )


def _grouping(schema: CohortSchema, epidemiology: Epidemiology | None) -> str | None:
    """The column whose categories are the groups."""
    if epidemiology is not None and epidemiology.column is not None:
        return epidemiology.column
    return None if schema.outcome is None else schema.outcome.name


def _groups(patients: pd.DataFrame, schema: CohortSchema, name: str | None) -> list[tuple[str | None, pd.DataFrame]]:
    """The groups that have patients, in the order of the categories."""
    if name is None:
        return [(ALL, patients)]
    values = patients[name]
    groups = [(category, patients[values == category]) for category in schema[name].categories]
    return [(code, group) for code, group in [*groups, (None, patients[values.isna()])] if len(group)]
