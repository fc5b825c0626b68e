"""Clusters by name: by what they differ in most from all other patients, with the shares that say so."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from retina_vae.clusters.description.columns import in_sentence
from retina_vae.clusters.description.profiles import share_difference
from retina_vae.clusters.description.sentences import FEWEST_OBSERVED, NOT_DESCRIBED
from retina_vae.cohort import Column
from retina_vae.report.tables import RunTables
from retina_vae.report.wording import NumberFormat, percent
from retina_vae.words import as_sentence

__all__ = ["Mark", "cluster_marks", "cluster_names"]

_MOST = 3
_FIRST, _NEXT = 0.2, 0.5
"""Standardised differences that a name takes for one: the largest from a small one on, the others from a middle one.

J. Cohen, Statistical Power Analysis for the Behavioral Sciences, 1988.
"""

Row = Mapping[Hashable, Any]


@dataclass(frozen=True)
class Mark:
    """What one column says of a cluster, where it differs most from all other patients.

    Attributes:
        column: Name of the column.
        what: The category, grade or number in words.
        inside: What it is in the cluster, as text.
        outside: The same of all other patients.
        unit: Behind the number inside; may be empty.
        difference: Standardised; infinite where all have what no other has.
        gap: Difference of the shares, which orders infinite differences; 1 for numbers.
    """

    column: str
    what: str
    inside: str
    outside: str
    unit: str
    difference: float
    gap: float

    def __str__(self) -> str:
        return self.against("others ")

    def against(self, others: str = "") -> str:
        """The mark in words, the value of all other patients in brackets behind ``others``."""
        unit = f" {self.unit}" if self.unit else ""
        return f"{self.what}\N{NO-BREAK SPACE}{self.inside}{unit}\N{NO-BREAK SPACE}({others}{self.outside})"


def cluster_names(tables: RunTables) -> dict[int, str]:
    """A name for every cluster, such as "Polyps 95 % (others 11 %), age 60 years (72)".

    Up to three columns that the model sees, by size of the difference: of a category its share, of grades the share of
    one or higher ones, of numbers the median. "Others" are all patients outside the cluster. Made of released tables,
    so that nothing is said that they do not say.
    """
    return {int(str(cluster)): _name(tables, int(str(cluster))) for cluster in tables.sizes.index}


def cluster_marks(tables: RunTables, cluster: int) -> list[Mark]:
    """The columns in which a cluster differs from all other patients, largest difference first.

    Columns of which fewer than half of the cluster's patients have a value are left out, and those that are not shown.
    """
    profiles, size = tables.meaning.profiles, float(tables.sizes[cluster])
    parts = dict(iter(profiles[profiles["cluster"] == cluster].groupby("column")))
    marks = []
    for column in tables.schema.inputs:
        part = parts.get(column.name)
        if part is not None and float(part["observed"].iloc[0]) >= FEWEST_OBSERVED * size:
            marks += _best(part, column, tables.formats)
    return sorted(marks, key=lambda mark: (-abs(mark.difference), -mark.gap))


def _name(tables: RunTables, cluster: int) -> str:
    if tables.undivided:
        return "All patients"
    if math.isnan(float(tables.sizes[cluster])):
        return NOT_DESCRIBED
    marks = cluster_marks(tables, cluster)
    said = [mark for place, mark in enumerate(marks[:_MOST]) if abs(mark.difference) >= (_NEXT if place else _FIRST)]
    if not said:
        return "Like all other patients in every column"
    words = ", ".join([str(said[0]), *(mark.against() for mark in said[1:])])
    return as_sentence(words)


def _best(part: pd.DataFrame, column: Column, formats: Mapping[str, NumberFormat]) -> list[Mark]:
    """The one mark of a column, or none where no value of it is shown."""
    marks = _numbers(part, column, formats[column.name]) if column.numeric else _categories(part, column)
    known = [mark for mark in marks if not math.isnan(mark.difference)]
    # Differences of two categories are opposite and equal but for last digits: what there is more of is said.
    return [max(known, key=_by_size)] if known else []


def _by_size(mark: Mark) -> tuple[float, float, bool]:
    return round(abs(mark.difference), 9), round(mark.gap, 9), mark.difference > 0


def _categories(part: pd.DataFrame, column: Column) -> Iterator[Mark]:
    shares = part[part["statistic"] == "share"].set_index("category")[["inside", "outside"]].astype(float)
    if column.finding is not None:
        yield _share(column, in_sentence(column), *shares.loc[column.finding])
    elif column.kind_of.ordered:
        # From the highest on, so that of grades that say as much the one is named that says most.
        for place, grade in reversed(list(enumerate(column.categories))[1:]):
            higher = shares.reindex(column.categories[place:]).sum(skipna=False)
            rest = "" if place == len(column.categories) - 1 else " or more"
            yield _share(column, f"{in_sentence(column)} {grade}{rest}", higher["inside"], higher["outside"])
    else:
        for category, row in shares.iterrows():
            yield _share(column, _category(column, str(category)), row["inside"], row["outside"])


def _category(column: Column, category: str) -> str:
    """A category as it is said alone, where the schema has a phrase for it; else behind the column's label."""
    if column.phrases:
        return column.phrases[column.categories.index(category)]
    return f"{in_sentence(column)} {category}"


def _share(column: Column, what: str, inside: float, outside: float) -> Mark:
    return Mark(
        column=column.name,
        what=what,
        inside=percent(inside),
        outside=percent(outside),
        unit="",
        difference=share_difference(inside, outside),
        gap=abs(inside - outside),
    )


def _numbers(part: pd.DataFrame, column: Column, form: NumberFormat) -> Iterator[Mark]:
    """The number by its median, by its mean where the medians are alike; and groups of values that are counted."""
    by = part[part["category"] == ""].set_index("statistic")
    label, unit = in_sentence(column), column.unit or ""
    what, (inside, outside) = label, (form(float(by[side]["median"])) for side in ("inside", "outside"))
    if inside == outside:
        finer = form.finer(1)
        what, (inside, outside) = f"mean {label}", (finer(float(by[side]["mean"])) for side in ("inside", "outside"))
    difference = float(by["standardized_difference"]["mean"])
    # A number that is not shown is no mark, however large its difference.
    hidden = math.isnan(float(by["inside"]["median"])) or math.isnan(float(by["outside"]["median"]))
    yield Mark(column.name, what, inside, outside, unit, math.nan if hidden else difference, 1.0)
    for row in part[part["statistic"] == "share"].to_dict("records"):
        yield _share(column, f"{label} {row['category']}", float(row["inside"]), float(row["outside"]))
