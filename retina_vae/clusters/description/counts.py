"""How many patients of each cluster have what: the one table of counts, which others are read from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retina_vae.clusters.description.columns import counted_codes, observed_codes
from retina_vae.cohort import CohortSchema, Column

__all__ = ["NOT_OBSERVED", "ColumnCounts", "count_table", "counts_by_column"]

NOT_OBSERVED = ""
"""What stands in the place of a category for patients of whom the column is not observed."""

IntArray = NDArray[np.int64]


class ColumnCounts(NamedTuple):
    """Patients of one column.

    Attributes:
        groups: What is counted: categories, and :data:`NOT_OBSERVED` last where the column has gaps.
        patients: Their numbers, shape (clusters, groups).
    """

    groups: tuple[str, ...]
    patients: IntArray


def count_table(patients: pd.DataFrame, clusters: pd.Series[int], schema: CohortSchema) -> pd.DataFrame:
    """Patients of every cluster and category, of the inputs and of the columns that the model does not see.

    A number is counted only where its kind counts something of it, such as those above 0. Columns with gaps, numbers
    too, have rows with an empty category, which count the patients of whom the column is not observed.

    Args:
        patients: The patient table.
        clusters: Cluster number of each patient, in the same order.
        schema: The table's schema.

    Returns:
        ``cluster, column, category, patients``.
    """
    numbers, parts = np.unique(clusters.to_numpy(dtype=np.int64)), []
    for column, counts in counts_by_column(patients, clusters, schema):
        shape = counts.patients.shape
        table = {
            "cluster": np.repeat(numbers, shape[1]),
            "column": column.name,
            "category": np.tile(np.array(counts.groups, dtype=object), shape[0]),
            "patients": pd.Series(counts.patients.ravel(), dtype="Int64"),
        }
        parts.append(pd.DataFrame(table))
    empty = pd.DataFrame({"cluster": [], "column": [], "category": [], "patients": pd.Series([], dtype="Int64")})
    counted = [part for part in parts if len(part)]
    return pd.concat(counted, ignore_index=True) if counted else empty


def counts_by_column(
    patients: pd.DataFrame, clusters: pd.Series[int], schema: CohortSchema
) -> Iterator[tuple[Column, ColumnCounts]]:
    """The counts of each column in turn, inputs first; arguments as in :func:`count_table`."""
    numbers, places = np.unique(clusters.to_numpy(), return_inverse=True)
    for column in (*schema.inputs, *schema.tested):
        yield column, _count_column(patients[column.name], column, places, len(numbers))


def _count_column(values: pd.Series, column: Column, places: IntArray, clusters: int) -> ColumnCounts:
    categories = column.kind_of.counted(column.categories)
    codes = counted_codes(values, column)
    cells = np.zeros((clusters, len(categories) + 2), dtype=np.int64)
    # Beside those of a category: who is observed and in none, and who is not observed.
    last = np.where(np.isnan(observed_codes(values, column)), len(categories), len(categories) + 1)
    np.add.at(cells, (places, np.where(codes < 0, last, codes)), 1)
    gaps = bool(cells[:, len(categories)].any())
    groups = (*categories, *([NOT_OBSERVED] if gaps else []))
    return ColumnCounts(groups, cells[:, : len(groups)])
