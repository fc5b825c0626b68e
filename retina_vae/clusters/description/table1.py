"""Table 1: what each cluster holds, column by column, as the table of baseline characteristics of a study."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from retina_vae.clusters.description.columns import number_words, shown_decimals
from retina_vae.clusters.description.counts import NOT_OBSERVED, counts_by_column
from retina_vae.cohort import CohortSchema, Column
from retina_vae.words import MARK

__all__ = ["STATISTICS", "count_names", "render_table1", "table1", "table1_html", "table1_markdown"]

STATISTICS = ("min", "median", "max")
"""What is said of a number in Table 1."""

_NOTHING = "–"


class _Cells(NamedTuple):
    """A column of the table that is shown."""

    head: str
    cells: pd.Series[Any] | list[str]


def table1(patients: pd.DataFrame, clusters: pd.Series[int], schema: CohortSchema) -> pd.DataFrame:
    """One row per cluster: size, counts per category, minimum, median and maximum of numbers.

    The counts are those of :func:`~retina_vae.clusters.description.counts.count_table`, named as :func:`count_names`
    says; a number has ``<column>_min``, ``_median`` and ``_max`` of the observed values, NaN where there are none.

    Args:
        patients: The patient table.
        clusters: Cluster number of each patient, in the same order.
        schema: The table's schema.
    """
    groups = patients.groupby(clusters.to_numpy())
    table, names = groups.size().to_frame("size"), count_names(schema)
    for column, counts in counts_by_column(patients, clusters, schema):
        if column.numeric:
            table = table.join(groups[column.name].agg(list(STATISTICS)).add_prefix(f"{column.name}_"))
        for place, category in enumerate(counts.groups):
            table[names[column.name, category]] = counts.patients[:, place]
    return table.rename_axis("cluster").reset_index()


def count_names(schema: CohortSchema) -> dict[tuple[str, str], str]:
    """The names of Table 1's counts, by column and category; an empty category counts those who are not observed.

    ``<column>_with`` and ``<column>_without`` of a finding; of other columns the category in lower case where it is a
    word, stands in no order and is that of one column alone, else ``<column>_<category>``; ``<column>_not_observed``.
    """
    taken = Counter(["cluster", "size", *(f"{c.name}_{s}" for c in schema.columns for s in STATISTICS if c.numeric)])
    words = Counter(category.lower() for column in schema.columns for category in column.categories)
    named: dict[tuple[str, str], str] = {}
    for column in schema.columns:
        for category in (*column.kind_of.counted(column.categories), NOT_OBSERVED):
            plain = _stands_alone(column, category, words) and category.lower() not in taken
            name = category.lower() if plain else f"{column.name}_{_suffix(column, category)}"
            # Names such as a_b of a column c and b_c of a column a would be the same.
            named[column.name, category] = f"{name}_{taken[name] + 1}" if taken[name] else name
            taken[name] += 1
    return named


def render_table1(table: pd.DataFrame, schema: CohortSchema) -> pd.DataFrame:
    """The table as a reader sees it: a number's three statistics in one cell, the counts of two categories in one.

    The heads carry labels and units. What is missing is marked as not shown; where that is every minimum and maximum,
    a number's cell holds its median alone.

    Args:
        table: As from :func:`table1`.
        schema: The schema of the patients.
    """
    shown = table[["cluster"]].rename(columns=str.capitalize).assign(Size=_marked(table["size"]))
    names = count_names(schema)
    for column in (*schema.inputs, *schema.tested):
        for head, cells in _cells(table, column, names, schema):
            shown[head if head not in shown else f"{head} ({column.name})"] = cells
    return shown


def table1_markdown(table: pd.DataFrame, schema: CohortSchema) -> str:
    """Table 1 as a reader sees it, in Markdown."""
    # A bar in a name would end the cell of a table.
    escaped = render_table1(table, schema).rename(columns=lambda head: head.replace("|", "\\|"))
    return escaped.to_markdown(index=False) + "\n"


def table1_html(table: pd.DataFrame, schema: CohortSchema) -> str:
    """Table 1 as a reader sees it, in HTML."""
    return render_table1(table, schema).to_html(index=False, border=0) + "\n"


def _stands_alone(column: Column, category: str, words: Counter[str]) -> bool:
    """Whether the category says by itself what is counted."""
    kind = column.kind_of
    return words[category.lower()] == 1 and category[:1].isalpha() and not kind.ordered and column.finding is None


def _suffix(column: Column, category: str) -> str:
    if category == NOT_OBSERVED:
        return "not_observed"
    if column.finding is not None:
        return "with" if category == column.finding else "without"
    return category.lower().replace(" ", "_") if column.numeric else category.lower()


def _cells(
    table: pd.DataFrame, column: Column, names: dict[tuple[str, str], str], schema: CohortSchema
) -> Iterator[_Cells]:
    """Everything that is shown of one column."""
    categories = column.kind_of.counted(column.categories)
    counts = {category: _marked(table[names[column.name, category]]) for category in categories}
    if column.numeric:
        yield _number_cells(table, column)
    if len(categories) == 2:
        # A finding is read before its absence.
        order = categories[::-1] if column.finding is not None else categories
        words = "with / without" if column.finding is not None else " / ".join(order)
        both = [f"{a} / {b}" for a, b in zip(counts[order[0]], counts[order[1]], strict=True)]
        yield _Cells(f"{column.label} ({words})", both)
    else:
        words_of_all = Counter(category.lower() for other in schema.columns for category in other.categories)
        for category in categories:
            alone = _stands_alone(column, category, words_of_all)
            yield _Cells(category if alone else f"{column.label}: {category}", counts[category])
    missing = names[column.name, NOT_OBSERVED]
    if missing in table:
        yield _Cells(f"{column.label}: not observed", _marked(table[missing]))


def _number_cells(table: pd.DataFrame, column: Column) -> _Cells:
    statistics = table[[f"{column.name}_{name}" for name in STATISTICS]].astype(np.float64)
    decimals, whole = shown_decimals(statistics.to_numpy().ravel(), column.kind_of.whole), column.kind_of.whole

    def words(value: float, missing: str) -> str:
        return missing if np.isnan(value) else number_words(value, decimals, whole)

    if statistics.iloc[:, [0, 2]].isna().all(axis=None):
        return _Cells(f"{column.axis_label} median", [words(value, MARK) for value in statistics.iloc[:, 1]])
    cells = ["[" + ", ".join(words(value, _NOTHING) for value in row) + "]" for row in statistics.to_numpy()]
    return _Cells(f"{column.axis_label} [min, median, max]", cells)


def _marked(counts: pd.Series[Any]) -> pd.Series[Any]:
    """The counts as text, with the mark where one is not shown."""
    return counts.map(lambda count: MARK if pd.isna(count) else f"{count:,.0f}")
