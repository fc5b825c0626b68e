"""A cohort group by group: bars and curves of its columns, as the gate released them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retina_vae.cohort import Column
from retina_vae.report.figures.groups import PatientGroups
from retina_vae.report.released import CohortTables
from retina_vae.words import MARK

__all__ = ["GroupedPatients", "Shares"]

FloatArray = NDArray[np.float64]


class Shares(NamedTuple):
    """Share of every category among the patients of a group whose value is known, shape (groups, categories).

    Attributes:
        share: Missing where it is not shown, or no value is known.
        error: Its standard error.
        hidden: Whether it is not shown.
    """

    share: FloatArray
    error: FloatArray
    hidden: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class GroupedPatients:
    """What a picture of the cohort knows of the groups that it distinguishes."""

    tables: CohortTables

    @property
    def groups(self) -> PatientGroups:
        """The groups with their looks."""
        return self.tables.groups

    @property
    def names(self) -> list[str]:
        """The groups in their order."""
        return list(self.groups.looks)

    def amount(self, group: str) -> str:
        """Patients of a group in words."""
        size = self.tables.sizes[group]
        return MARK if pd.isna(size) else f"{size:,.0f}"

    def observed(self, column: Column) -> str:
        """How many values of a column are known, in words; empty where all are."""
        known, missing = (float(self.tables.columns[name].loc[column.name]) for name in ("observed", "missing"))
        if math.isnan(missing):
            return MARK
        return f"{known:,.0f}" if missing else ""

    def bar_names(self, column: Column) -> list[str]:
        """The names of a column's bars; none where no value is known."""
        own = self.tables.bars[self.tables.bars["column"] == column.name]
        return [str(name) for name in own.drop_duplicates("place").sort_values("place")["bar"]]

    def shares(self, column: Column) -> Shares:
        """The bars of a column, shape (groups, bars)."""
        own = self.tables.bars[self.tables.bars["column"] == column.name]
        tables = [own.pivot(index="group", columns="place", values=name) for name in Shares._fields]
        share, error, hidden = (table.reindex(self.names) for table in tables)
        return Shares(share.to_numpy(np.float64), error.to_numpy(np.float64), hidden.to_numpy(np.bool_))

    def curves(self, column: Column) -> tuple[FloatArray, dict[str, FloatArray]]:
        """Places, and the density of each group that has one, in the order of the groups."""
        own = self.tables.curves[self.tables.curves["column"] == column.name]
        heights = {str(name): part["height"].to_numpy(np.float64) for name, part in own.groupby("group", sort=False)}
        shown = {name: heights[name] for name in self.names if name in heights}
        places = own["place"].to_numpy(np.float64)
        return places[: len(places) // max(len(shown), 1)], shown
