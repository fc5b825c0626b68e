"""Generated patients beside the cohort: every column on its own, and the pairs of columns that differ most."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

import pandas as pd

from retina_vae.cohort import CohortSchema, Column
from retina_vae.report.figures.style import category_label
from retina_vae.report.sections import Table, statistic_label
from retina_vae.report.wording import NumberFormat, number, percent

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


def generated_part(check: pd.DataFrame, schema: CohortSchema, formats: Mapping[str, NumberFormat]) -> GeneratedPart:
    """What a report shows of the check of generated patients.

    Args:
        check: ``column, statistic, generated, cohort, standard_error, z``; of a pair of columns, ``column`` is their
            names with a colon between them.
        schema: Their labels.
        formats: How the numbers of each numeric column are written.
    """
    pairs = check["statistic"].str.startswith(_CORRELATION)
    largest = check[pairs].sort_values("z", key=lambda z: z.abs(), ascending=False, kind="stable").head(MOST_PAIRS)
    rows = [_cells(row, schema, formats) for row in pd.concat([check[~pairs], largest]).to_dict("records")]
    parts = [_largest(check.dropna(subset=["z"]), schema, formats)]
    if unmeasured := int(check["z"].isna().sum()):
        parts.append(f"{unmeasured} more would need more patients, or patients that vary.")
    if pairs.sum() > len(largest):
        parts.append(f"Of {int(pairs.sum())} correlations, the table shows the {len(largest)} with the largest |z|.")
    return GeneratedPart(Table([], _HEADS, rows), " ".join(parts))


def _cells(row: Row, schema: CohortSchema, formats: Mapping[str, NumberFormat]) -> list[str]:
    three = (_value(row, name, formats) for name in ("generated", "cohort", "standard_error"))
    return [_label(row, schema), *three, number(row["z"], 1)]


def _value(row: Row, name: str, formats: Mapping[str, NumberFormat]) -> str:
    value, statistic = float(row[name]), row["statistic"]
    if statistic.startswith("share") and not math.isnan(value):
        return percent(value, 1)
    form = None if statistic.startswith(_CORRELATION) else formats.get(row["column"])
    return form.finer(2)(value) if form else number(value, 2)


def _label(row: Row, schema: CohortSchema) -> str:
    if not row["statistic"].startswith(_CORRELATION):
        return statistic_label(schema, row["column"], row["statistic"])
    columns = _pair(row["column"], schema)
    said = row["statistic"].removeprefix(_CORRELATION).strip()
    # A number has no category in the statistic's name, and a category may hold a comma itself.
    sides = next(both for both in product(*map(_categories, columns)) if ", ".join(filter(None, both)) == said)
    labels = [
        category_label(column, category) if category else column.label
        for column, category in zip(columns, sides, strict=True)
    ]
    return f"Correlation of {labels[0]} and {labels[1]}"


def _categories(column: Column) -> tuple[str, ...]:
    """What a statistic may say of the column: of a number nothing, or what it is counted by, such as "above 0"."""
    return ("", *column.kind_of.counted(())) if column.numeric else column.categories


def _pair(names: str, schema: CohortSchema) -> tuple[Column, Column]:
    """The two columns whose names have a colon between them; a name may hold colons itself."""
    columns = {column.name: column for column in schema.columns}
    places = [place for place, sign in enumerate(names) if sign == ":"]
    return next(
        (columns[names[:place]], columns[names[place + 1 :]])
        for place in places
        if names[:place] in columns and names[place + 1 :] in columns
    )


def _beyond_three(z: pd.Series[float]) -> str:
    count = int((z.abs() > 3).sum())
    return f"{count or 'none'} of them {'exceed' if count > 1 else 'exceeds'} 3"


def _largest(known: pd.DataFrame, schema: CohortSchema, formats: Mapping[str, NumberFormat]) -> str:
    if known.empty:
        return "No difference could be measured in standard errors."
    worst = known.iloc[int(known["z"].abs().argmax())].to_dict()
    made, had = (_value(worst, name, formats) for name in ("generated", "cohort"))
    return (
        f"The largest of {len(known)} differences is {number(abs(worst['z']), 1)} standard errors "
        f"({_label(worst, schema)}: {made} generated, {had} in the cohort); "
        f"{_beyond_three(known['z'])}."
    )
