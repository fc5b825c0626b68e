"""The table of a cluster's card: every column in the cluster and in all other patients."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import pandas as pd

from retina_vae.cohort import Column
from retina_vae.report.figures.style import category_label
from retina_vae.report.tables import RunTables
from retina_vae.report.wording import NumberFormat, number, percent
from retina_vae.words import MARK

__all__ = ["Profile", "profile_lines"]

_SMALL_Q = 0.001


@dataclass(frozen=True)
class Profile:
    """One line of a card's table.

    Attributes:
        label: Column, or column and category.
        repeated: The beginning of the label that the line above has said already.
        inside: Share, or median and quartiles, in the cluster.
        outside: The same of all other patients.
        difference: Standardised difference.
        effect: Effect size of the column's test and its q-value; empty below the first line of a column.
        medoid: What the representative patient has.
        decoded: What the decoder says at the cluster's centre; empty where it cannot.
    """

    label: str
    repeated: str
    inside: str
    outside: str
    difference: str
    effect: str
    medoid: str
    decoded: str


def profile_lines(tables: RunTables, cluster: int) -> list[Profile]:
    """The lines of a cluster's table, inputs first; a column of which nothing is told has none."""
    profiles, differences = tables.meaning.profiles, tables.meaning.differences
    own = profiles[profiles["cluster"] == cluster]
    tests = differences[differences["cluster"] == cluster].to_dict("records")
    effects = {str(test["column"]): _effect(test) for test in tests}
    lines: list[Profile] = []
    for column in (*tables.schema.inputs, *tables.schema.tested):
        part = own[own["column"] == column.name]
        if not len(part):
            continue
        effect, known = effects.get(column.name, "–"), _known(part, float(tables.sizes[cluster]))
        blank = "–" if float(part["observed"].iloc[0]) == 0 else tables.gate.mark
        if column.numeric:
            lines += _number_lines(column, part, effect, known, _Form(tables.formats[column.name], blank))
        else:
            lines += _share_lines(column, part, effect, known, blank)
    # Nobody is outside one cluster of all patients, which is not the same as a number that is not shown.
    return [replace(line, outside="–") for line in lines] if tables.undivided else lines


class _Form(NamedTuple):
    """How numbers are written, and what stands in the place of a missing one."""

    form: NumberFormat
    blank: str

    def __call__(self, value: float) -> str:
        return self.blank if math.isnan(value) else self.form(value)


def _known(part: pd.DataFrame, size: float) -> str:
    """How many of the cluster's patients have a value, behind a label; empty where all have one."""
    observed = float(part["observed"].iloc[0])
    if math.isnan(observed) or math.isnan(size):
        return f", {MARK} observed" if math.isnan(observed) and not math.isnan(size) else ""
    return f", {observed:,.0f} observed" if observed < size else ""


def _effect(row: Mapping[Hashable, Any]) -> str:
    """Effect size and q-value; of the columns that made the clusters, of which q is no evidence, one that is not small.

    It stands in brackets there, because the clusters were cut from these columns.
    """
    if math.isnan(row["effect_size"]):
        return "–"
    size, small = number(row["effect_size"], 2), row["q_value"] < _SMALL_Q
    if row["descriptive"]:
        return size if small else f"{size} (q = {row['q_value']:.3f})"
    return f"{size}, q < {_SMALL_Q:g}" if small else f"{size}, q = {row['q_value']:.3f}"


def _number_lines(column: Column, part: pd.DataFrame, effect: str, known: str, form: _Form) -> list[Profile]:
    by = part[part["category"] == ""].set_index("statistic")
    texts = {side: _quartiles(by[side], form) for side in ("inside", "outside")}
    mean = by.to_dict("index")["mean"]
    medoid, decoded = ("" if math.isnan(mean[name]) else form(mean[name]) for name in ("medoid", "decoded"))
    difference = number(mean["standardized_difference"], 2)
    label = f"{column.axis_label}: median (quartiles){known}"
    line = Profile(label, "", texts["inside"], texts["outside"], difference, effect, medoid, decoded)
    # Of some numbers a group of values is counted too, such as those above 0.
    shares = part[part["statistic"] == "share"].set_index("category").to_dict("index")
    return [line, *(_share_line(column, str(name), row, form.blank) for name, row in shares.items())]


def _quartiles(values: pd.Series[float], form: _Form) -> str:
    low, middle, high = (float(values[name]) for name in ("q25", "median", "q75"))
    return form.blank if math.isnan(middle) else f"{form(middle)} ({form(low)} to {form(high)})"


def _share_lines(column: Column, part: pd.DataFrame, effect: str, known: str, blank: str) -> list[Profile]:
    """One line per category that describes the column: of two categories only the second."""
    rows = part.set_index("category").to_dict("index")
    described = column.kind_of.described(column.categories)
    first, *others = (_share_line(column, category, rows[category], blank) for category in described)
    return [replace(first, label=f"{first.label}{known}", repeated="", effect=effect), *others]


def _share_line(column: Column, category: str, row: Mapping[Hashable, Any], blank: str) -> Profile:
    """A line below the first one of its column."""
    return Profile(
        label=category_label(column, category),
        repeated=f"{column.label}: ",
        inside=_share(row["inside"], blank),
        outside=_share(row["outside"], blank),
        difference=number(row["standardized_difference"], 2),
        effect="",
        medoid="–" if math.isnan(row["medoid"]) else "yes" if row["medoid"] else "no",
        decoded=percent(row["decoded"]) if not math.isnan(row["decoded"]) else "",
    )


def _share(value: float, blank: str) -> str:
    return blank if math.isnan(value) else percent(value)
