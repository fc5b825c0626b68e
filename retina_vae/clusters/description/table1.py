"""The paper's Table 1: what each cluster holds, column by column."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from retina_vae.cohort.schema import CohortSchema, Column
from retina_vae.disclosure import MARK, suppressed_categories, suppressed_groups

__all__ = ["render_table1", "table1", "withheld_counts"]


def table1(patients: pd.DataFrame, clusters: pd.Series[int], schema: CohortSchema, *, floor: int = 0) -> pd.DataFrame:
    """One row per cluster: size, counts per category, [minimum, median, maximum] of numbers, counts per disease.

    Column names are those of the printed table: a category's name, ``<column>_with`` and ``<column>_without`` of a
    finding, ``<column>_min``, ``_median`` and ``_max`` of a number.

    Args:
        patients: The patient table.
        clusters: Cluster number of each patient, in the same order.
        schema: The table's schema.
        floor: Counts below it are missing, with others from which they would follow
            (:func:`retina_vae.suppression.suppressed`). From 2 on the minimum and the maximum are missing, which are
            each one patient's, and everything of a cluster whose size is.
    """
    groups = patients.groupby(clusters.to_numpy())
    parts: list[pd.DataFrame] = [groups.size().to_frame("size")]
    parts += [_column_part(groups, column) for column in (*schema.inputs, *schema.tested)]
    table = pd.concat(parts, axis=1)
    table.index.name = "cluster"
    return (table if floor <= 1 else _suppressed(table, schema, floor)).reset_index()


def render_table1(table: pd.DataFrame, schema: CohortSchema) -> pd.DataFrame:
    """The table as the paper prints it: a number's three statistics in one cell, a finding's two counts in one.

    The heads carry labels and units. What is missing is marked as not shown; where that is every minimum and maximum,
    a number's cell holds its median alone.
    """
    shown = table[["cluster"]].rename(columns=str.capitalize).assign(Size=_marked(table["size"]))
    for column in (*schema.inputs, *schema.tested):
        names = _count_names(column)
        if column.numeric:
            head, cells = _number_cells(table, column)
            shown[head] = cells
        elif column.kind == "binary":
            words = "with / without" if column.finding is not None else " / ".join(column.categories)
            first, second = names[::-1] if words.startswith("with") else names
            both = zip(_marked(table[first]), _marked(table[second]), strict=True)
            shown[f"{column.label} ({words})"] = [f"{a} / {b}" for a, b in both]
        else:
            for category, name in zip(column.categories, names, strict=True):
                shown[category] = _marked(table[name])
    return shown


def withheld_counts(table: pd.DataFrame, schema: CohortSchema) -> pd.DataFrame:
    """The counts that Table 1 leaves out.

    Args:
        table: As from :func:`table1`.
        schema: The table's schema.

    Returns:
        ``cluster, column, category``.
    """
    rows = [
        (cluster, column.name, category)
        for column in schema.columns
        if not column.numeric
        for category, name in zip(column.categories, _count_names(column), strict=True)
        for cluster in table.loc[table[name].isna(), "cluster"]
    ]
    return pd.DataFrame(rows, columns=["cluster", "column", "category"])


def _suppressed(table: pd.DataFrame, schema: CohortSchema, floor: int) -> pd.DataFrame:
    hidden, sizes = suppressed_groups(table["size"], floor), table["size"].to_numpy(dtype=np.int64)
    shown = table.assign(size=table["size"].astype("Int64").mask(hidden))
    for column in schema.columns:
        if column.numeric:
            shown[[f"{column.name}_min", f"{column.name}_max"]] = np.nan
            shown[f"{column.name}_median"] = table[f"{column.name}_median"].mask(hidden)
        else:
            names = _count_names(column)
            mask = suppressed_categories(table[names].to_numpy(dtype=np.int64), hidden, floor, sizes)
            shown[names] = table[names].astype("Int64").mask(mask)
    return shown


def _number_cells(table: pd.DataFrame, column: Column) -> tuple[str, list[str]]:
    """Head and cells of a number's column."""
    statistics = table[[f"{column.name}_{name}" for name in ("min", "median", "max")]]
    if statistics.iloc[:, [0, 2]].isna().all(axis=None):
        return f"{column.axis_label} median", [_rounded(value) for value in statistics.iloc[:, 1]]
    cells = ["[" + ", ".join(_rounded(value) for value in row) + "]" for row in statistics.to_numpy()]
    return f"{column.axis_label} [min, median, max]", cells


def _rounded(value: float) -> str:
    return MARK if np.isnan(value) else f"{value:.0f}"


def _marked(counts: pd.Series[Any]) -> pd.Series[Any]:
    """The counts, as text where one is not shown."""
    if not counts.isna().any():
        return counts
    return counts.map(lambda count: MARK if pd.isna(count) else f"{count:.0f}")


def _column_part(groups: pd.api.typing.DataFrameGroupBy[Any, Any], column: Column) -> pd.DataFrame:
    values = groups[column.name]
    if column.numeric:
        statistics = values.agg(["min", "median", "max"])
        return statistics.add_prefix(f"{column.name}_")
    counts = values.value_counts().unstack(fill_value=0)
    counts = counts.reindex(columns=list(column.categories), fill_value=0)
    counts.columns = pd.Index(_count_names(column))
    return counts


def _count_names(column: Column) -> list[str]:
    if column.finding is not None:
        return [f"{column.name}_without", f"{column.name}_with"]
    return [category.lower() for category in column.categories]
