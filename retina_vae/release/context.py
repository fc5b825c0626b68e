"""What the rules of a run's tables share, so that linked tables are protected together."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retina_vae.cohort import CohortSchema
from retina_vae.release.cells import suppressed_groups

__all__ = ["Context"]

BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Context:
    """The full tables that decide what of others may be shown.

    What is hidden of a cluster or of a category is decided once, from these, and holds in every table that speaks of
    them.

    Attributes:
        floor: Numbers from 1 to ``floor - 1`` of patients are not shown; 0 and 1 hide nothing.
        schema: Of the patients.
        patients: One row per patient.
        clusters: The cluster of each of them, from 1, in the same order.
        counts: ``cluster, column, category, patients``, all of them
            (:func:`retina_vae.clusters.description.counts.count_table`).
    """

    floor: int
    schema: CohortSchema
    patients: pd.DataFrame
    clusters: pd.Series[int]
    counts: pd.DataFrame

    @property
    def hides(self) -> bool:
        """Whether anything is hidden where it is small."""
        return self.floor > 1

    @cached_property
    def sizes(self) -> pd.Series[Any]:
        """Patients of every cluster that has any, by its number, in order."""
        return self.clusters.value_counts().sort_index()

    @cached_property
    def hidden_clusters(self) -> frozenset[int]:
        """Clusters whose size is not shown; nothing that was computed from their patients is."""
        return frozenset(int(number) for number in self.sizes.index[suppressed_groups(self.sizes, self.floor)])

    @cached_property
    def hidden_sizes(self) -> BoolArray:
        """Which of :attr:`sizes` are not shown, shape (clusters,)."""
        return self.sizes.index.isin(list(self.hidden_clusters))

    @cached_property
    def withheld(self) -> pd.DataFrame:
        """``cluster, column, category`` of every count that is not shown; of those not observed an empty category."""
        from retina_vae.release.counts import release_counts

        shown = release_counts(self.counts, self)
        return shown.loc[shown["patients"].isna(), ["cluster", "column", "category"]].reset_index(drop=True)

    def of_hidden(self, table: pd.DataFrame) -> BoolArray:
        """Which rows of a table with a column ``cluster`` speak of a cluster whose size is not shown."""
        rows: BoolArray = table["cluster"].isin(list(self.hidden_clusters)).to_numpy()
        return rows
