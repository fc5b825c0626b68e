"""The report's tables and cards, as plain values that the template only lays out."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from retina_vae.cohort import CohortSchema, Column
from retina_vae.disclosure import MARK, suppressed
from retina_vae.report.tables import RunTables
from retina_vae.report.wording import amount, number, percent

__all__ = [
    "MOST_MATRIX_REPLICAS",
    "Band",
    "Table",
    "agreement_matrix",
    "cohort_rows",
    "plain_table",
    "probability_bands",
    "statistic_label",
    "table1",
]

MOST_MATRIX_REPLICAS = 16
"""With more replicas the matrix of all pairs is left to its CSV file."""

_BANDS = (1.0, 0.9, 0.8, 0.5, 0.0)


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
    """The cohort in one table: per statistic the observed value of every disease with its standard error."""
    summary, schema = tables.summary, tables.schema
    rows = []
    for (name, statistic), part in summary.groupby(["column", "statistic"], sort=False):
        by_disease = part.set_index(schema.diagnosis.name if schema.diagnosis.name in part else "disease")
        cells = [_observed(by_disease, disease, str(statistic)) for disease in schema.diagnosis.categories]
        rows.append([statistic_label(schema, str(name), str(statistic)), *cells])
    return Table([], ["Statistic", *schema.diagnosis.categories], rows)


def _observed(by_disease: pd.DataFrame, disease: str, statistic: str) -> str:
    if disease not in by_disease.index:
        return "–"
    observed, error = (float(by_disease[name].loc[disease]) for name in ("observed", "standard_error"))
    if statistic.startswith("share"):
        return f"{percent(observed, 1)} ± {percent(error, 1)}"
    return f"{observed:.1f} ± {error:.1f}"


def statistic_label(schema: CohortSchema, name: str, statistic: str) -> str:
    """A statistic of one column in words, with its unit."""
    column = schema[name]
    if statistic.startswith("share "):
        return f"{column.label}: {statistic.removeprefix('share ')}"
    unit = f" ({column.unit}{'²' if statistic == 'variance' else ''})" if column.unit else ""
    return f"{column.label}: {statistic}{unit}"


def table1(tables: RunTables) -> Table:
    """Table 1 with the columns of one patient column under a common head."""
    source = tables.table1
    groups, heads, names = [("", 2)], ["Cluster", "Patients"], ["cluster", "size"]
    for column in (*tables.schema.inputs, *tables.schema.tested):
        own = [(name, head) for name, head in _table1_columns(column) if name in source.columns]
        if own:
            groups.append((column.axis_label, len(own)))
            names += [name for name, _ in own]
            heads += [head for _, head in own]
    rows = [[amount(float(value)) for value in row] for row in source[names].itertuples(index=False)]
    return Table(groups, heads, rows)


def _table1_columns(column: Column) -> list[tuple[str, str]]:
    """The names that the clusters stage gives to this column's counts or statistics, with a head for each."""
    if column.numeric:
        return [(f"{column.name}_{word}", word) for word in ("min", "median", "max")]
    if column.finding is not None:
        return [(f"{column.name}_{word}", word) for word in ("with", "without")]
    return [(category.lower(), category) for category in column.categories]


def probability_bands(tables: RunTables) -> list[Band]:
    """How many patients lie in each band of assignment probability, from sure to unsure."""
    probability = tables.doubt.patients["probability"].to_numpy()
    uppers = (math.inf, *_BANDS[:-1])
    counts = [int(((probability >= low) & (probability < up)).sum()) for low, up in zip(_BANDS, uppers, strict=True)]
    hidden = suppressed(np.array(counts), tables.configuration.small_cell_floor)
    return [
        Band(_band_label(low, up), MARK, MARK, 0.0)
        if hide
        else Band(_band_label(low, up), f"{count:,}", percent(count / len(probability)), count / len(probability))
        for low, up, count, hide in zip(_BANDS, uppers, counts, hidden, strict=True)
    ]


def _band_label(lower: float, upper: float) -> str:
    if math.isinf(upper):
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


def plain_table(table: pd.DataFrame, heads: dict[str, str]) -> Table:
    """The columns of ``table`` that ``heads`` names, in its order, with numbers cut to three decimals."""
    names = [name for name in heads if name in table.columns]
    rows = [[_cell(value) for value in row] for row in table[names].itertuples(index=False)]
    return Table([], [heads[name] for name in names], rows)


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return number(value) if isinstance(value, float) else str(value)
