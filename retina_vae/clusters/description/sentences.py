"""Clusters in plain words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from retina_vae.clusters.description.columns import in_sentence, number_words, numbers, shown_decimals
from retina_vae.clusters.description.counts import count_table, withheld_counts
from retina_vae.cohort import CohortSchema, Column
from retina_vae.disclosure import suppressed_groups
from retina_vae.words import enumerated

__all__ = ["NOT_DESCRIBED", "cluster_sentences"]

NEARLY_ALL = 0.95
"""A category that at least this share of a cluster has is said of the cluster."""

FEWEST_OBSERVED = 0.5
"""Of a column that a smaller share of the cluster has, nothing is said."""

NOT_DESCRIBED = "Not described, because that could tell of few patients"
"""What is said of a cluster whose size is not shown."""

Withheld = Mapping[str, set[str]]
"""By column, the categories whose counts are not shown."""


@dataclass(frozen=True, eq=False)
class _Group:
    """One cluster among the patients, and what must not be said of it."""

    patients: pd.DataFrame
    cohort: pd.DataFrame
    withheld: Withheld
    floor: int

    def observed(self, column: Column) -> pd.Series:
        """The observed values of a column; none where they are too few to speak for the cluster."""
        values = self.patients[column.name].dropna()
        few = len(values) < FEWEST_OBSERVED * len(self.patients) or len(values) < self.floor
        return values.iloc[:0] if few else values

    def hidden(self, column: Column) -> set[str]:
        """Categories of a column whose counts are not shown."""
        return self.withheld.get(column.name, set())


def cluster_sentences(
    patients: pd.DataFrame, clusters: pd.Series[int], schema: CohortSchema, *, floor: int = 0
) -> pd.DataFrame:
    """One sentence per cluster, such as "Young men with asthma; 28 years (16-46); 77 % improved".

    A category is named where at least 95 % of the cluster have it; of a column with several categories, the few that
    together make up 95 % are named, or those that are missing although the cohort has them. Numbers are given as
    median (minimum-maximum), outcomes with categories as the share of the most frequent one. All of it counts the
    patients of whom the column is observed; where they are fewer than half of the cluster, nothing is said.

    Categories are said in the column's phrases. Without any, a finding is "with" or "without" the column's label, and
    every other category follows the label. A number follows its label too, unless it is the only one and has a unit.

    Args:
        patients: The patient table.
        clusters: Cluster number of each patient, in the same order.
        schema: The table's schema.
        floor: From 2 on, only what the table of counts shows with this floor is said, and of a number the median alone.
            Of counts that it does not show, that they are few is said where they may still be any number below the
            floor, and which outcome more than half of the cluster have.

    Returns:
        ``cluster, description``.
    """
    withheld = _withheld(patients, clusters, schema, floor)
    sizes = clusters.value_counts()
    unseen = set(sizes.index[suppressed_groups(sizes, floor)])
    rows = []
    for key, members in patients.groupby(clusters.to_numpy()):
        number = int(str(key))
        group = _Group(members, patients, withheld.get(number, {}), floor)
        said = NOT_DESCRIBED if number in unseen else _description(group, schema)
        rows.append({"cluster": number, "description": said})
    return pd.DataFrame(rows, columns=["cluster", "description"])


def _withheld(
    patients: pd.DataFrame, clusters: pd.Series[int], schema: CohortSchema, floor: int
) -> dict[int, dict[str, set[str]]]:
    """By cluster and column the categories whose counts are not shown."""
    found: dict[int, dict[str, set[str]]] = {}
    if floor > 1:
        rows = withheld_counts(count_table(patients, clusters, schema, floor=floor))
        for cluster, column, category in rows.itertuples(index=False):
            found.setdefault(int(cluster), {}).setdefault(column, set()).add(category)
    return found


def _description(group: _Group, schema: CohortSchema) -> str:
    categorical = [column for column in schema.inputs if not column.numeric]
    phrased = [column for column in categorical if _is_phrased(column)]
    numeric = [column for column in schema.inputs if column.numeric]
    alone = len(numeric) == 1
    parts = [
        _who(group, phrased),
        *(_labelled(group, column) for column in categorical if column not in phrased),
        *(_number(group, column, alone) for column in numeric),
        *(_outcome(group, column) for column in schema.outcomes if not column.numeric),
    ]
    return "; ".join(filter(None, parts))


def _is_phrased(column: Column) -> bool:
    """Whether the column's categories can be said without its label before them."""
    return bool(column.phrases) or column.finding is not None or column.part != "attribute"


def _outcome(group: _Group, column: Column) -> str:
    values = group.observed(column)
    if not len(values):
        return ""
    shares = values.value_counts(normalize=True)
    most, share = shares.index[0], float(shares.iloc[0])
    name = column.phrases[column.categories.index(most)] if column.phrases else str(most)
    label = "" if column.phrases else f"{in_sentence(column)}: "
    if not group.hidden(column) & {most, ""}:
        return f"{label}{100 * share:.0f} % {name}"
    return f"{label}mostly {name}" if share > 0.5 and len(values) / 2 >= group.floor else ""


def _who(group: _Group, columns: list[Column]) -> str:
    """The categories of a cluster: adjectives, the noun, then attributes."""
    said: dict[str, list[str]] = {"adjective": [], "noun": [], "attribute": []}
    for column in columns:
        phrase = _phrase(group, column)
        said[column.part] += [phrase] if phrase else []
    words = [*said["adjective"], " ".join(said["noun"]) or "patients"]
    sentence = " ".join([*words, _join_attributes(said["attribute"])]).strip()
    return sentence[0].upper() + sentence[1:]


def _phrase(group: _Group, column: Column) -> str:
    named, missing = _nearly_all(group, column)
    phrases = dict(zip(column.categories, _phrases(column), strict=True))
    if missing and len(named) != 1:
        return f"non-{phrases[missing]}"
    return " or ".join(phrases[category] for category in named)


def _phrases(column: Column) -> tuple[str, ...]:
    """The phrase of each category; made of the label where the schema has none."""
    if column.phrases or column.finding is None:
        return column.phrases or column.categories
    return f"without {in_sentence(column)}", f"with {in_sentence(column)}"


def _labelled(group: _Group, column: Column) -> str:
    named, missing = _nearly_all(group, column)
    if missing and len(named) != 1:
        return f"{in_sentence(column)}: not {missing}"
    return f"{in_sentence(column)}: {enumerated(named, 'or')}" if named else ""


def _nearly_all(group: _Group, column: Column) -> tuple[list[str], str]:
    """The one or two categories that nearly all have, in the schema's order, and the one that nobody has.

    Of two categories only one can be said. Each may be none.
    """
    values, cohort = group.observed(column), group.cohort[column.name].dropna()
    if not len(values):
        return [], ""
    shares = values.value_counts(normalize=True)
    named = [str(category) for category in shares.index[: int((shares.cumsum() < NEARLY_ALL).sum()) + 1]]
    withheld = group.hidden(column)
    absent = [c for c in column.categories if shares.get(c, 0) == 0 and c not in withheld]
    missing = [c for c in absent if (cohort == c).mean() >= 1 - NEARLY_ALL]
    # That the others are few bounds their counts, which must leave room for any below the floor.
    sayable = not withheld or (1 - NEARLY_ALL) * len(values) >= group.floor
    most = 1 if len(column.categories) == 2 else 2
    shown = sorted(named, key=column.categories.index) if sayable and len(named) <= most else []
    return shown, missing[0] if len(missing) == 1 and len(column.categories) > 2 else ""


def _join_attributes(phrases: list[str]) -> str:
    """Findings in one breath: what is there before what is not.

    >>> _join_attributes(["without cough", "with eczema", "without pain", "without fever"])
    'with eczema, without cough, pain or fever'
    """
    present = [phrase.removeprefix("with ") for phrase in phrases if phrase.startswith("with ")]
    absent = [phrase.removeprefix("without ") for phrase in phrases if phrase.startswith("without ")]
    other = [phrase for phrase in phrases if not phrase.startswith(("with ", "without "))]
    parts = [*other]
    parts += ["with " + enumerated(present, "and")] if present else []
    parts += ["without " + enumerated(absent, "or")] if absent else []
    return ", ".join(parts)


def _number(group: _Group, column: Column, alone: bool) -> str:
    known = numbers(group.observed(column))
    if not len(known):
        return ""
    whole, unit = column.kind_of.whole, f" {column.unit}" if column.unit else ""
    decimals = shown_decimals(numbers(group.cohort[column.name]), whole)
    median, low, high = (
        number_words(float(value), decimals, whole) for value in (np.median(known), known.min(), known.max())
    )
    label = "" if alone and column.unit else f"{in_sentence(column)}: "
    if group.floor > 1:
        return f"{label}median {median}{unit}"
    return f"{label}{'median ' if label else ''}{median}{unit} ({low}–{high})"
