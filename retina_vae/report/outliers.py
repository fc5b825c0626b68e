"""Columns with values far outside the rest, or in two units, as the report tells of them."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from retina_vae.cohort import Column
from retina_vae.cohort.kinds import NumericKind
from retina_vae.cohort.outliers import FENCE
from retina_vae.report.sections import Table
from retina_vae.report.tables import RunTables
from retina_vae.report.wording import NumberFormat, amount, percent
from retina_vae.words import enumerated

__all__ = ["far_columns", "mixed_columns", "named", "outlier_table", "outliers_caption"]

_FAR, _FAR_IN_LOGARITHMS = 2.0, 10.0
"""Distance from which an alert speaks of a column: what lies less far outside may be the tail of a distribution, which
is longer for numbers that are read on the logarithmic scale."""


def outlier_table(tables: RunTables) -> Table | None:
    """The columns with values beyond their fences or in two units; None where there are none."""
    rows = [row for _, row in tables.outliers.iterrows() if _has_some(row)]
    if not rows:
        return None
    heads = ["Column", "Usual from", "to", "Values below", "above", "Furthest beyond", "Two units?"]
    return Table([], heads, [_cells(tables, row) for row in rows])


def outliers_caption() -> str:
    """What the table says."""
    return (
        f"Values far outside: more than {FENCE:g} robust standard deviations (1.4826 times the median absolute "
        "deviation) from the median, on the logarithmic scale of positive numbers and counts"
    )


def far_columns(tables: RunTables) -> list[str]:
    """The inputs some value of which lies so far out that its unit should be looked at, with how far."""
    table = _of_inputs(tables)
    table = table.assign(times=table[["below_times", "above_times"]].max(axis=1))
    far = table[table["times"] >= table["column"].map(lambda name: _far(tables.schema[str(name)]))]
    far = far.sort_values("times", ascending=False)
    return [
        f"{tables.schema[str(name)].label} (over {times:g} times beyond the usual range)"
        for name, times in zip(far["column"], far["times"], strict=True)
    ]


def mixed_columns(tables: RunTables) -> list[str]:
    """The inputs that seem to hold two units, in words."""
    table = _of_inputs(tables)
    mixed = table[table["mixed_times"].notna()]
    return [f"{tables.schema[str(row['column'])].label} ({_mixed(row)})" for _, row in mixed.iterrows()]


def _of_inputs(tables: RunTables) -> pd.DataFrame:
    """What the clusters are made of; a slip in another column does not change them."""
    return tables.outliers[tables.outliers["column"].isin([column.name for column in tables.schema.inputs])]


def _far(column: Column) -> float:
    kind = column.kind_of
    return _FAR_IN_LOGARITHMS if isinstance(kind, NumericKind) and kind.lowest == 0.0 else _FAR


def _has_some(row: pd.Series[Any]) -> bool:
    # A number that is not shown is one of few.
    return bool(pd.notna(row["low"]) and (row["below"] != 0 or row["above"] != 0)) or pd.notna(row["mixed_times"])


def _cells(tables: RunTables, row: pd.Series[Any]) -> list[str]:
    column = tables.schema[str(row["column"])]
    form = NumberFormat(0, whole=True) if column.kind_of.whole else _plain
    ends = [form(float(row[name])) if pd.notna(row[name]) else "" for name in ("low", "high")]
    counts = [amount(float(row[name])) if pd.notna(row[name]) else tables.gate.mark for name in ("below", "above")]
    times = [float(row[name]) for name in ("below_times", "above_times") if pd.notna(row[name])]
    furthest = f"over {max(times):g} times" if times and max(times) > 1 else ("just beyond" if times else "")
    return [column.axis_label, *ends, *counts, furthest, _mixed(row) if pd.notna(row["mixed_times"]) else ""]


def _plain(value: float) -> str:
    return f"{value:.2g}" if abs(value) < 100 else f"{value:,.0f}"


def _mixed(row: pd.Series[Any]) -> str:
    share = float(row["mixed_share"])
    who = "some values" if math.isnan(share) else f"{percent(share)} of the values"
    return f"{who} about {row['mixed_times']:g} times {row['mixed_side']}"


def named(columns: list[str], most: int = 4) -> str:
    """The first columns, and how many more there are."""
    more = f" and {len(columns) - most} more" if len(columns) > most else ""
    return enumerated(columns[:most]) + more
