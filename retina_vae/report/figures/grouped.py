"""A cohort group by group: the shares of categories, without those that tell of few patients."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retina_vae.cohort import CohortSchema, Column
from retina_vae.disclosure import MARK, suppressed, suppressed_categories, suppressed_groups
from retina_vae.report.figures.groups import PatientGroups, patient_groups
from retina_vae.report.standins import outcome_of

__all__ = ["GroupedPatients", "Shares", "grouped_patients"]

FloatArray = NDArray[np.float64]


class Shares(NamedTuple):
    """Share of every category among the patients of a group whose value is known, shape (groups, categories).

    Attributes:
        share: Missing where it is not shown, or no value is known.
        error: Its standard error, sqrt(p (1 - p) / n).
    """

    share: FloatArray
    error: FloatArray


@dataclass(frozen=True, eq=False)
class GroupedPatients:
    """The patients and the groups that a picture of the cohort keeps apart.

    Attributes:
        table: The patient table.
        groups: The groups.
        group: Name of each patient's group, shape (patients,).
        parts: Of what each group is made, row by row: the categories of the outcome.
        floor: Numbers that tell of fewer patients than this are not shown.
    """

    table: pd.DataFrame
    groups: PatientGroups
    group: NDArray[np.str_]
    parts: NDArray[np.str_]
    floor: int

    @property
    def names(self) -> list[str]:
        """The groups in their order."""
        return list(self.groups.looks)

    @property
    def hidden(self) -> dict[str, bool]:
        """Of which groups nothing is shown."""
        kept, belongs = self._parts()
        few = suppressed_groups(self._sizes(kept), self.floor)
        return dict(zip(self.names, (belongs @ few > 0).tolist(), strict=True))

    def amount(self, group: str) -> str:
        """Patients of a group in words."""
        return MARK if self.hidden[group] else f"{int((self.group == group).sum()):,}"

    def observed(self, column: Column) -> str:
        """How many values of a column are known, in words; empty where all are."""
        known = int(self.table[column.name].notna().sum())
        counts = np.array([known, len(self.table) - known])
        if not counts[1]:
            return ""
        return MARK if suppressed(counts, self.floor).any() else f"{known:,}"

    def numbers(self, column: Column, group: str) -> FloatArray:
        """The known numbers of a column in a group."""
        values = self.table.loc[self.group == group, column.name].to_numpy(dtype=np.float64, na_value=np.nan)
        return values[~np.isnan(values)]

    def shares(self, codes: FloatArray, count: int, joined: Sequence[Sequence[int]] | None = None) -> Shares:
        """The shares of categories in every group.

        What is left out is decided for every category of the outcome and of the column, as in the run's tables; a
        share of joined categories is left out where one of theirs is, because the others could be taken from it.

        Args:
            codes: Position of each patient's category, NaN where it is not known, shape (patients,).
            count: Number of categories.
            joined: Positions of the categories that are shown as one, one list for each share; each alone without it.
        """
        kept, belongs = self._parts()
        known, sizes = ~np.isnan(codes), self._sizes(kept)
        place = pd.Index(kept).get_indexer(pd.Index(self.parts))
        counts = np.zeros((len(kept), count), dtype=np.int64)
        np.add.at(counts, (place[known], codes[known].astype(np.int64)), 1)
        few = suppressed_groups(sizes, self.floor)
        mask = suppressed_categories(counts, few, self.floor, sizes)
        together = np.zeros((count, count if joined is None else len(joined)), dtype=np.int64)
        for shown, positions in enumerate([[i] for i in range(count)] if joined is None else joined):
            together[list(positions), shown] = 1
        patients, unseen = belongs @ counts @ together, belongs @ mask.astype(np.int64) @ together > 0
        total = (belongs @ counts).sum(axis=1, keepdims=True)
        with np.errstate(divide="ignore", invalid="ignore"):
            share = np.where(unseen, np.nan, patients / total)
            return Shares(share, np.sqrt(share * (1 - share) / total))

    def _parts(self) -> tuple[list[str], NDArray[np.int64]]:
        """The categories of the outcome, and of which group each is a part, shape (groups, categories)."""
        kept = list(self.groups.names)
        own = [[self.groups.names[part] == name for part in kept] for name in self.names]
        return kept, np.array(own, dtype=np.int64)

    def _sizes(self, kept: Sequence[str]) -> NDArray[np.int64]:
        return np.array([(self.parts == part).sum() for part in kept], dtype=np.int64)


def grouped_patients(patients: pd.DataFrame, schema: CohortSchema, floor: int = 0) -> GroupedPatients:
    """The patients by the schema's outcome, or all as one group."""
    groups = patient_groups(patients, schema)
    return GroupedPatients(patients, groups, groups.of_patients(patients), outcome_of(patients, schema), floor)
