"""The paper's Table 1: what each cluster holds, column by column."""

from __future__ import annotations

from typing import Any

import pandas as pd

from retina_vae.cohort.schema import CohortSchema, Column

__all__ = ["render_table1", "table1"]


def table1(patients: pd.DataFrame, clusters: pd.Series[int], schema: CohortSchema) -> pd.DataFrame:
    """One row per cluster: size, counts per category, [minimum, median, maximum] of numbers, counts per disease.

    Column names are those of the printed table: a category's name, ``<column>_with`` and ``<column>_without`` of a
    finding, ``<column>_min``, ``_median`` and ``_max`` of a number.

    Args:
        patients: The patient table.
        clusters: Cluster number of each patient, in the same order.
        schema: The table's schema.
    """
    groups = patients.groupby(clusters.to_numpy())
    parts: list[pd.DataFrame] = [groups.size().to_frame("size")]
    parts += [_column_part(groups, column) for column in (*schema.inputs, schema.diagnosis)]
    table = pd.concat(parts, axis=1)
    table.index.name = "cluster"
    return table.reset_index()


def render_table1(table: pd.DataFrame, schema: CohortSchema) -> pd.DataFrame:
    """The table as the paper prints it: a number's three statistics in one cell, a finding's two counts in one.

    The heads carry labels and units.
    """
    shown = table[["cluster", "size"]].rename(columns=str.capitalize)
    for column in (*schema.inputs, schema.diagnosis):
        if column.kind == "continuous":
            statistics = table[[f"{column.name}_{name}" for name in ("min", "median", "max")]]
            cells = ["[" + ", ".join(f"{value:.0f}" for value in row) + "]" for row in statistics.to_numpy()]
            shown[f"{column.axis_label} [min, median, max]"] = cells
        elif column.kind == "binary":
            names = _count_names(column)
            words = "with / without" if column.categories == ("absent", "present") else " / ".join(column.categories)
            counts = table[names[::-1] if words.startswith("with") else names]
            shown[f"{column.label} ({words})"] = [f"{a} / {b}" for a, b in counts.to_numpy()]
        else:
            for category, name in zip(column.categories, _count_names(column), strict=True):
                shown[category] = table[name]
    return shown


def _column_part(groups: pd.api.typing.DataFrameGroupBy[Any, Any], column: Column) -> pd.DataFrame:
    values = groups[column.name]
    if column.kind == "continuous":
        statistics = values.agg(["min", "median", "max"])
        return statistics.add_prefix(f"{column.name}_")
    counts = values.value_counts().unstack(fill_value=0)
    counts = counts.reindex(columns=list(column.categories), fill_value=0)
    counts.columns = pd.Index(_count_names(column))
    return counts


def _count_names(column: Column) -> list[str]:
    if column.kind == "binary" and column.categories == ("absent", "present"):
        return [f"{column.name}_without", f"{column.name}_with"]
    return [category.lower() for category in column.categories]
