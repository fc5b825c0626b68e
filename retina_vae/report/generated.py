"""Generated patients beside the cohort: every column on its own, and the pairs of columns that differ most."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from retina_vae.cohort import CohortSchema
from retina_vae.report.figures.style import category_label
from retina_vae.report.sections import Table, statistic_label
from retina_vae.report.wording import number, percent

__all__ = ["MOST_PAIRS", "GeneratedPart", "generated_part"]

MOST_PAIRS = 5
"""Correlations that the report shows; the others are left to the CSV file."""

_HEADS = ["Statistic", "Generated", "Cohort", "Standard error of the difference", "z"]
_CORRELATION = "correlation"

Row = Mapping[Hashable, Any]


@dataclass(frozen=True)
class GeneratedPart:
    """A table of statistics and, in words, what it leaves out and the largest difference of all."""

    table: Table
    sentence: str


def generated_part(check: pd.DataFrame, schema: CohortSchema) -> GeneratedPart:
    """What a report shows of the check of generated patients.

    Args:
        check: ``column, statistic, generated, cohort, standard_error, z``; of a pair of columns, ``column`` is their
            names with a colon between them.
        schema: Their labels.
    """
    pairs = check["statistic"].str.startswith(_CORRELATION)
    largest = check[pairs].sort_values("z", key=lambda z: z.abs(), ascending=False, kind="stable").head(MOST_PAIRS)
    rows = [_cells(row, schema) for row in pd.concat([check[~pairs], largest]).to_dict("records")]
    parts = [_largest(check.dropna(subset=["z"]), schema)]
    if unmeasured := int(check["z"].isna().sum()):
        parts.append(f"{unmeasured} more would need more patients, or patients that vary.")
    if pairs.sum() > len(largest):
        parts.append(f"Of {int(pairs.sum())} correlations, the table shows the {len(largest)} with the largest |z|.")
    return GeneratedPart(Table([], _HEADS, rows), " ".join(parts))


def _cells(row: Row, schema: CohortSchema) -> list[str]:
    three = (_value(row, name) for name in ("generated", "cohort", "standard_error"))
    return [_label(row, schema), *three, number(row["z"], 1)]


def _value(row: Row, name: str) -> str:
    value = float(row[name])
    known = value == value
    return percent(value, 1) if known and row["statistic"].startswith("share") else number(value, 2)


def _label(row: Row, schema: CohortSchema) -> str:
    if not row["statistic"].startswith(_CORRELATION):
        return statistic_label(schema, row["column"], row["statistic"])
    columns = [schema[name] for name in row["column"].split(":")]
    # A number has no category in the statistic's name.
    categories = iter(row["statistic"].removeprefix(_CORRELATION).strip().split(", "))
    sides = [column.label if column.numeric else category_label(column, next(categories)) for column in columns]
    return f"Correlation of {sides[0]} and {sides[1]}"


def _largest(known: pd.DataFrame, schema: CohortSchema) -> str:
    if known.empty:
        return "No difference could be measured in standard errors."
    worst = known.iloc[int(known["z"].abs().argmax())].to_dict()
    return (
        f"The largest of {len(known)} differences is {number(abs(worst['z']), 1)} standard errors "
        f"({_label(worst, schema)}: {_value(worst, 'generated')} generated, {_value(worst, 'cohort')} in the cohort); "
        f"{int((known['z'].abs() > 3).sum())} of them exceed 3."
    )
