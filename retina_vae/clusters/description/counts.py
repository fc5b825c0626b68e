"""How many patients of each cluster have what: the one table of counts, which others are read from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retina_vae.clusters.description.columns import counted_codes, observed_codes
from retina_vae.cohort import CohortSchema, Column
from retina_vae.disclosure import suppressed_categories, suppressed_groups

__all__ = ["NOT_OBSERVED", "ColumnCounts", "count_table", "counts_by_column", "withheld_counts"]

NOT_OBSERVED = ""
"""What stands in the place of a category for patients of whom the column is not observed."""

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


class ColumnCounts(NamedTuple):
    """Patients of one column.

    Attributes:
        groups: What is counted: categories, and :data:`NOT_OBSERVED` last where the column has gaps.
        patients: Their numbers, shape (clusters, groups).
        hidden: Which of them are not shown, shape (clusters, groups).
        few_observed: Clusters whose size is not shown, or of whom so few are observed that nothing of these is.
    """

    groups: tuple[str, ...]
    patients: IntArray
    hidden: BoolArray
    few_observed: BoolArray


def count_table(
    patients: pd.DataFrame, clusters: pd.Series[int], schema: CohortSchema, *, floor: int = 0
) -> pd.DataFrame:
    """Patients of every cluster and category, of the inputs and of the columns that the model does not see.

    A number is counted only where its kind counts something of it, such as those above 0. Columns with gaps, numbers
    too, have rows with an empty category, which count the patients of whom the column is not observed.

    Args:
        patients: The patient table.
        clusters: Cluster number of each patient, in the same order.
        schema: The table's schema.
        floor: Counts below it are missing, with others from which they would follow
            (:func:`retina_vae.suppression.suppressed`), and all of a cluster whose size is.

    Returns:
        ``cluster, column, category, patients``.
    """
    numbers, parts = np.unique(clusters.to_numpy(dtype=np.int64)), []
    for column, counts in counts_by_column(patients, clusters, schema, floor=floor):
        shape = counts.patients.shape
        table = {
            "cluster": np.repeat(numbers, shape[1]),
            "column": column.name,
            "category": np.tile(np.array(counts.groups, dtype=object), shape[0]),
            "patients": pd.Series(counts.patients.ravel(), dtype="Int64").mask(counts.hidden.ravel()),
        }
        parts.append(pd.DataFrame(table))
    empty = pd.DataFrame({"cluster": [], "column": [], "category": [], "patients": pd.Series([], dtype="Int64")})
    counted = [part for part in parts if len(part)]
    return pd.concat(counted, ignore_index=True) if counted else empty


def withheld_counts(counts: pd.DataFrame) -> pd.DataFrame:
    """The counts that are not shown.

    Args:
        counts: As from :func:`count_table`.

    Returns:
        ``cluster, column, category``.
    """
    return counts.loc[counts["patients"].isna(), ["cluster", "column", "category"]].reset_index(drop=True)


def counts_by_column(
    patients: pd.DataFrame, clusters: pd.Series[int], schema: CohortSchema, *, floor: int = 0
) -> Iterator[tuple[Column, ColumnCounts]]:
    """The counts of each column in turn, inputs first; arguments as in :func:`count_table`."""
    _, places, sizes = np.unique(clusters.to_numpy(), return_inverse=True, return_counts=True)
    whole = suppressed_groups(sizes, floor)
    for column in (*schema.inputs, *schema.tested):
        yield column, _count_column(patients[column.name], column, places, whole, floor)


def _count_column(values: pd.Series, column: Column, places: IntArray, whole: BoolArray, floor: int) -> ColumnCounts:
    categories = column.kind_of.counted(column.categories)
    observed = ~np.isnan(observed_codes(values, column))
    # A reader who knows a cluster's size knows how many are in none of the categories.
    last = np.where(observed, len(categories), len(categories) + 1)
    codes = counted_codes(values, column)
    cells = np.zeros((len(whole), len(categories) + 2), dtype=np.int64)
    np.add.at(cells, (places, np.where(codes < 0, last, codes)), 1)
    inside = cells[:, :-1].sum(axis=1)
    *kept, others, missing = range(cells.shape[1])
    groups = (*categories, *([NOT_OBSERVED] if cells[:, missing].any() else []))
    kept += [place for place in (missing, others) if cells[:, place].any()]
    cells = cells[:, kept]
    few = (inside > 0) & (inside < floor)
    # How many are observed follows from how many are not.
    also = few[:, None] & (np.arange(cells.shape[1]) == len(categories))
    hidden = suppressed_categories(cells, whole, floor, also=also) if groups else np.zeros(cells.shape, dtype=np.bool_)
    return ColumnCounts(groups, cells[:, : len(groups)], hidden[:, : len(groups)], few | whole)
