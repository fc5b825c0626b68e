"""The report's tables and cards, as plain values that the template only lays out."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from retina_vae.clusters.description.table1 import render_table1
from retina_vae.cohort import CohortSchema
from retina_vae.report.tables import RunTables
from retina_vae.report.wording import amount, number, percent
from retina_vae.words import MARK

__all__ = [
    "MOST_MATRIX_REPLICAS",
    "Band",
    "Table",
    "agreement_matrix",
    "cohort_rows",
    "plain_table",
    "probability_bands",
    "replica_table",
    "statistic_label",
    "table1",
]

MOST_MATRIX_REPLICAS = 16
"""With more replicas the matrix of all pairs is left to its CSV file."""


@dataclass(frozen=True)
class Band:
    """Patients whose assignment probability lies in one band; count and share as text, the share for the bar."""

    label: str
    count: str
    text: str
    share: float


@dataclass(frozen=True)
class Table:
    """A table with heads in one or two rows.

    Attributes:
        groups: Upper heads as (text, columns that it spans); empty where there is one row of heads.
        heads: Lower heads, one per column.
        rows: Cells as text; the first of each row is the row's head.
    """

    groups: list[tuple[str, int]]
    heads: list[str]
    rows: list[list[str]]


def cohort_rows(tables: RunTables) -> Table:
    """The cohort in one table: per statistic the observed value of every group with its standard error."""
    summary, schema = tables.summary, tables.schema
    groups = [str(group) for group in summary["group"].unique()]
    gaps = bool((summary["missing"].isna() | (summary["missing"] > 0)).any())
    rows = []
    for (name, statistic), part in summary.groupby(["column", "statistic"], sort=False):
        by_group = part.assign(group=part["group"].astype(str)).set_index("group")
        cells = [_observed(tables, str(name), str(statistic), by_group, group) for group in groups]
        missing = [amount(float(part["missing"].sum(skipna=False)))] if gaps else []
        rows.append([statistic_label(schema, str(name), str(statistic)), *cells, *missing])
    heads = groups if schema.outcome else ["All patients"] * len(groups)
    return Table([], ["Statistic", *heads, *(["Missing values"] if gaps else [])], rows)


def _observed(tables: RunTables, name: str, statistic: str, by_group: pd.DataFrame, group: str) -> str:
    if group not in by_group.index:
        return "–"
    observed, error = (float(by_group[value].loc[group]) for value in ("observed", "standard_error"))
    if math.isnan(observed):
        return tables.gate.mark
    form = tables.formats[name].finer(1) if name in tables.formats and not _of_logarithms(statistic) else number
    if statistic.startswith("share"):
        return f"{percent(observed, 1)} ± {percent(error, 1)}"
    return f"{form(observed)} ± {form(error)}"


def statistic_label(schema: CohortSchema, name: str, statistic: str) -> str:
    """A statistic of one column in words, with its unit."""
    column = schema[name]
    if statistic.startswith("share "):
        return f"{column.label}: {statistic.removeprefix('share ')}"
    square, logarithm = "²" if statistic == "variance" else "", "log " if _of_logarithms(statistic) else ""
    unit = f" ({logarithm}{column.unit}{square})" if column.unit else ""
    return f"{column.label}: {statistic}{unit}"


def _of_logarithms(statistic: str) -> bool:
    """Whether a statistic is one of logarithms, whose size says nothing of the column's own decimals."""
    return statistic.endswith(" of log")


def table1(tables: RunTables) -> Table:
    """Table 1 as :func:`retina_vae.clusters.description.table1.render_table1` makes it."""
    shown = render_table1(tables.table1, tables.schema)
    rows = [[str(cell) for cell in row] for row in shown.itertuples(index=False, name=None)]
    return Table([], [str(head) for head in shown.columns], rows)


def probability_bands(tables: RunTables) -> list[Band]:
    """How many patients lie in each band of assignment probability, from sure to unsure."""
    total, bands = tables.account.patients, []
    for low, high, patients in tables.doubt.bands[["low", "high", "patients"]].itertuples(index=False, name=None):
        if pd.isna(patients):
            bands.append(Band(_band_label(low, high), MARK, MARK, 0.0))
        else:
            bands.append(Band(_band_label(low, high), f"{patients:,.0f}", percent(patients / total), patients / total))
    return bands


def _band_label(lower: float, upper: float) -> str:
    if math.isnan(upper):
        return "1 (every draw)"
    return f"{lower:g} to below {upper:g}" if lower else f"below {upper:g}"


def agreement_matrix(tables: RunTables) -> list[list[float]]:
    """Adjusted Rand index of every two replicas, 1 on the diagonal; empty where there are too few or too many."""
    replicas = [int(replica) for replica in tables.replicas["replica"]]
    if not 2 <= len(replicas) <= MOST_MATRIX_REPLICAS:
        return []
    pairs = {
        (int(a), int(b)): float(ari) for a, b, ari in tables.agreement[["replica_a", "replica_b", "ari"]].to_numpy()
    }
    return [[1.0 if a == b else pairs.get((a, b), pairs.get((b, a), math.nan)) for b in replicas] for a in replicas]


def replica_table(replicas: pd.DataFrame) -> Table:
    """Loss, spread and agreement of every replica, each with as many decimals as it carries."""
    middle = float(replicas["within_ss"].abs().median())
    digits = 0 if math.isnan(middle) or middle == 0 else 3 - math.ceil(math.log10(middle))
    return plain_table(replicas, _REPLICA_HEADS, {"mean_ari": 2, "within_ss": max(0, min(3, digits))})


_REPLICA_HEADS = {
    "replica": "Replica",
    "loss": "Loss in the last epoch (mean per patient)",
    "within_ss": "Within-cluster sum of squares",
    "mean_ari": "Mean ARI with the others",
    "reported": "Reported",
}


def plain_table(table: pd.DataFrame, heads: dict[str, str], decimals: Mapping[str, int] | None = None) -> Table:
    """The columns of ``table`` that ``heads`` names, in its order, with numbers cut to three decimals or as many."""
    names = [name for name in heads if name in table.columns]
    digits = [(decimals or {}).get(name, 3) for name in names]
    rows = [
        [_cell(value, places) for value, places in zip(row, digits, strict=True)]
        for row in table[names].itertuples(index=False)
    ]
    return Table([], [heads[name] for name in names], rows)


def _cell(value: object, decimals: int) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return number(value, decimals) if isinstance(value, float) else str(value)
