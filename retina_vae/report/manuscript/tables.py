"""Table 1 and the profiles of the clusters as a manuscript prints them: a column per cluster."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from retina_vae.cohort import Column
from retina_vae.report.figures.style import category_label
from retina_vae.report.sections import table1
from retina_vae.report.tables import RunTables
from retina_vae.report.wording import amount, number, percent

__all__ = ["MOST_COLUMNS", "ManuscriptTable", "manuscript_tables"]

MOST_COLUMNS = 8
"""Clusters side by side in one table; the others follow in tables of their own."""


@dataclass(frozen=True)
class ManuscriptTable:
    """A table to be printed.

    Attributes:
        number: From 1; the parts of a table have one number.
        name: A short one, for references to it: letters, digits and hyphens.
        caption: What it shows.
        heads: One per column.
        rows: Cells as text; the first of each row names it.
        notes: What stands below it.
    """

    number: int
    name: str
    caption: str
    heads: list[str]
    rows: list[list[str]]
    notes: list[str] = field(default_factory=list)

    @property
    def wide(self) -> bool:
        """Whether it needs a page in landscape."""
        return len(self.heads) > 6


def manuscript_tables(tables: RunTables) -> list[ManuscriptTable]:
    """Table 1, what the clusters hold; 2, their shares and quartiles; 3, their differences from all others.

    One cluster of all patients has nobody to differ from, and no third table.
    """
    whole = [_counts(tables), _profiles(tables)]
    whole += [] if tables.undivided else [_differences(tables)]
    return [part for table in whole for part in _parts(table)]


def _counts(tables: RunTables) -> ManuscriptTable:
    """Table 1 of the page, turned on its side."""
    shown = table1(tables)
    # The first head is that of the clusters, the first cell of each row a number of them.
    heads = ["Characteristic", *(f"Cluster {row[0]}" for row in shown.rows)]
    rows = [[head, *(row[place] for row in shown.rows)] for place, head in enumerate(shown.heads) if place]
    rows[0][0] = "Patients"
    caption = "What every cluster holds: numbers of patients, and of numbers what the row says."
    return ManuscriptTable(1, "clusters", caption, heads, rows, _hidden(tables))


def _profiles(tables: RunTables) -> ManuscriptTable:
    notes = [
        "Numbers: median (first to third quartile). Categories: share of the patients whose value is known.",
        *_hidden(tables),
    ]
    rows = [["Patients", *(amount(float(size)) for size in _sizes(tables))], *_lines(tables, _inside)]
    return ManuscriptTable(2, "profiles", "The clusters in shares and quartiles.", _heads(tables), rows, notes)


def _differences(tables: RunTables) -> ManuscriptTable:
    inputs = ", ".join(column.label for column in tables.schema.inputs)
    notes = [
        "Cluster less all other patients, over the root of the mean of both variances. Descriptive for the columns "
        f"that the clusters were found on ({inputs}).",
        *_hidden(tables),
    ]
    caption = "Standardised differences between each cluster and all other patients."
    return ManuscriptTable(3, "differences", caption, _heads(tables), list(_lines(tables, _difference)), notes)


def _hidden(tables: RunTables) -> list[str]:
    return [tables.gate.footnote] if tables.gate.footnote else []


def _sizes(tables: RunTables) -> pd.Series[Any]:
    return tables.sizes.sort_index()


def _heads(tables: RunTables) -> list[str]:
    return ["Characteristic", *(f"Cluster {int(str(cluster))}" for cluster in _sizes(tables).index)]


Cell = Callable[[RunTables, Column, pd.DataFrame, str], str]
"""From a cluster's rows of one column, and one of its categories (or none), to what is printed."""


def _lines(tables: RunTables, cell: Cell) -> Iterator[list[str]]:
    """A row per number and per category that describes its column, with a cell per cluster."""
    by_column = dict(tuple(tables.meaning.profiles.groupby("column", sort=False)))
    for column in (*tables.schema.inputs, *tables.schema.tested):
        own = by_column.get(column.name)
        if own is None:
            continue
        parts = [own[own["cluster"] == cluster] for cluster in _sizes(tables).index]
        for category in _described(column, own):
            yield [_label(column, category), *(cell(tables, column, part, category) for part in parts)]


def _described(column: Column, own: pd.DataFrame) -> list[str]:
    """Categories that get a row; the empty one stands for the numbers themselves."""
    if not column.numeric:
        return list(column.kind_of.described(column.categories))
    return ["", *own.loc[own["statistic"] == "share", "category"].unique().tolist()]


def _label(column: Column, category: str) -> str:
    return category_label(column, category) if category else column.axis_label


def _row(part: pd.DataFrame, category: str, statistic: str) -> dict[str, Any]:
    rows = part[(part["category"] == category) & (part["statistic"] == statistic)].to_dict("records")
    return {str(name): value for name, value in rows[0].items()} if rows else {}


def _inside(tables: RunTables, column: Column, part: pd.DataFrame, category: str) -> str:
    if category:
        share = float(_row(part, category, "share").get("inside", math.nan))
        return _blank(tables, part) if math.isnan(share) else percent(share)
    low, middle, high = (float(_row(part, "", name).get("inside", math.nan)) for name in ("q25", "median", "q75"))
    form = tables.formats[column.name]
    if math.isnan(middle):
        return _blank(tables, part)
    return f"{form(middle)} ({form(low)} to {form(high)})"


def _difference(tables: RunTables, column: Column, part: pd.DataFrame, category: str) -> str:
    row = _row(part, category, "share" if category else "mean")
    return number(float(row.get("standardized_difference", math.nan)), 2)


def _blank(tables: RunTables, part: pd.DataFrame) -> str:
    """What stands where there is no number: a dash where nobody's value is known, else the mark of what is hidden."""
    nobody = len(part) and float(part["observed"].iloc[0]) == 0
    return "–" if nobody else tables.gate.mark


def _parts(table: ManuscriptTable) -> Iterator[ManuscriptTable]:
    """The table, in parts of as many clusters as fit on a page."""
    clusters = len(table.heads) - 1
    starts = range(1, clusters + 1, MOST_COLUMNS)
    for place, start in enumerate(starts, start=1):
        columns = [0, *range(start, min(start + MOST_COLUMNS, clusters + 1))]
        several = f" Part {place} of {len(starts)}." if len(starts) > 1 else ""
        yield ManuscriptTable(
            number=table.number,
            name=f"{table.name}-{place}" if several else table.name,
            caption=f"{table.caption}{several}",
            heads=[table.heads[column] for column in columns],
            rows=[[row[column] for column in columns] for row in table.rows],
            notes=table.notes,
        )
