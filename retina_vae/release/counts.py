"""The release of the counts of the clusters, and of Table 1, which is made of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retina_vae.clusters.description.counts import NOT_OBSERVED
from retina_vae.clusters.description.table1 import STATISTICS, count_names
from retina_vae.release.cells import is_few, suppressed_categories
from retina_vae.release.context import Context
from retina_vae.release.suppression import suppressed

__all__ = ["ColumnCells", "column_cells", "hidden_totals", "release_counts", "release_table1"]

BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]


class ColumnCells(NamedTuple):
    """The counts of one column.

    Attributes:
        groups: What is counted: categories, and :data:`NOT_OBSERVED` last where the column has gaps.
        hidden: Which counts are not shown, shape (clusters, groups).
        few_observed: Clusters whose size is not shown, or of whom so few are observed that nothing of these is.
    """

    groups: tuple[str, ...]
    hidden: BoolArray
    few_observed: BoolArray


def release_counts(table: pd.DataFrame, context: Context) -> pd.DataFrame:
    """Leave out counts below the floor, others from which they would follow, and all of a cluster whose size is hidden.

    Args:
        table: ``cluster, column, category, patients``, column by column and in it cluster by cluster.
        context: Of the same run.
    """
    if not context.hides or table.empty:
        return table
    masks = [cells.hidden.ravel() for _, cells in column_cells(context) if cells.groups]
    return table.assign(patients=table["patients"].astype("Int64").mask(np.concatenate(masks)))


def release_table1(table: pd.DataFrame, context: Context) -> pd.DataFrame:
    """Leave out what the counts do not show, minimum and maximum, which are each one patient's, and the rest of few.

    Args:
        table: As from :func:`retina_vae.clusters.description.table1.table1`.
        context: Of the same run.
    """
    if not context.hides:
        return table
    names, schema = count_names(context.schema), context.schema
    shown = {"size": table["size"].astype("Int64").mask(context.hidden_sizes)}
    for name, cells in column_cells(context):
        if schema[name].numeric:
            shown |= {f"{name}_{statistic}": table[f"{name}_{statistic}"] * np.nan for statistic in STATISTICS}
            shown[f"{name}_median"] = table[f"{name}_median"].mask(cells.few_observed)
        for place, group in enumerate(cells.groups):
            own = names[name, group]
            shown[own] = table[own].astype("Int64").mask(cells.hidden[:, place])
    return table.assign(**shown)


def column_cells(context: Context) -> Iterator[tuple[str, ColumnCells]]:
    """The counts of each column that is counted, by its name, inputs first."""
    sizes, counted = context.sizes.to_numpy(dtype=np.int64), dict(iter(context.counts.groupby("column", sort=False)))
    for column in (*context.schema.inputs, *context.schema.tested):
        own = counted.get(column.name)
        categories = column.kind_of.counted(column.categories)
        if own is None:
            yield column.name, ColumnCells((), np.zeros((len(sizes), 0), dtype=np.bool_), context.hidden_sizes)
            continue
        groups = tuple(own["category"].fillna(NOT_OBSERVED).iloc[: len(own) // len(sizes)])
        patients = own["patients"].to_numpy(dtype=np.int64).reshape(len(sizes), len(groups))
        yield column.name, _hide(groups, len(categories), patients, sizes, context)


def hidden_totals(context: Context) -> pd.DataFrame:
    """``column, category`` of every category of which so few patients have it in all that their number is not shown.

    What is said of all others of a cluster gives it, where the cluster's part is shown. With a small number goes the
    next one, from which it would follow. Who is not observed is no category here.
    """
    rows: list[tuple[str, str]] = []
    counted = context.counts.groupby("column", sort=False) if context.hides and len(context.counts) else ()
    for name, own in counted:
        totals = own.assign(category=own["category"].fillna(NOT_OBSERVED)).groupby("category", sort=False)["patients"]
        by_category = totals.sum()
        rest = int(context.sizes.sum()) - int(by_category.sum())
        hidden = suppressed(np.append(by_category.to_numpy(dtype=np.int64), rest), context.floor)[:-1]
        rows += [(str(name), str(category)) for category in by_category.index[hidden] if category != NOT_OBSERVED]
    return pd.DataFrame(rows, columns=["column", "category"])


def _hide(
    groups: tuple[str, ...], categories: int, patients: IntArray, sizes: IntArray, context: Context
) -> ColumnCells:
    missing = patients[:, categories:].sum(axis=1)
    observed = sizes - missing
    # A reader who knows a cluster's size knows how many are in none of the categories.
    others = sizes - patients.sum(axis=1)
    cells = np.column_stack([patients, others]) if others.any() else patients
    few = is_few(observed, context.floor)
    # How many are observed follows from how many are not.
    also = few[:, None] & (np.arange(cells.shape[1]) == categories)
    hidden = suppressed_categories(cells, context.hidden_sizes, context.floor, also=also)
    return ColumnCells(groups, hidden[:, : len(groups)], few | context.hidden_sizes)
