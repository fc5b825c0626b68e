"""Clusters in plain words."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from retina_vae.clusters.description.table1 import table1, withheld_counts
from retina_vae.cohort.schema import CohortSchema, Column
from retina_vae.words import enumerated

__all__ = ["NOT_DESCRIBED", "cluster_sentences"]

NEARLY_ALL = 0.95
"""A category that at least this share of a cluster has is said of the cluster."""

NOT_DESCRIBED = "Not described, because that could tell of few patients"
"""What is said of a cluster whose size is not shown."""

Withheld = Mapping[str, set[str]]
"""By column, the categories whose counts are not shown."""


def cluster_sentences(
    patients: pd.DataFrame, clusters: pd.Series[int], schema: CohortSchema, *, floor: int = 0
) -> pd.DataFrame:
    """One sentence per cluster, such as "Asian men with polyps; 58 years (26-86); 77 % PCV".

    A category is named where at least 95 % of the cluster have it; of a column with several categories, the few that
    together make up 95 % are named, or those that are missing although the cohort has them. Numbers are given as
    median (minimum-maximum), the diagnosis as the share of the most frequent one.

    Args:
        patients: The patient table.
        clusters: Cluster number of each patient, in the same order.
        schema: The table's schema.
        floor: From 2 on, only what Table 1 shows with this floor is said, and of a number the median alone. Of counts
            that it does not show, that they are few is said where they may still be any number below the floor, and
            which diagnosis more than half of the cluster have.

    Returns:
        ``cluster, description``.
    """
    hidden, withheld = _not_shown(patients, clusters, schema, floor)
    rows = []
    for key, group in patients.groupby(clusters.to_numpy()):
        number = int(str(key))
        own = withheld.get(number, {})
        said = NOT_DESCRIBED if number in hidden else _description(group, patients, schema, own, floor)
        rows.append({"cluster": number, "description": said})
    return pd.DataFrame(rows)


def _not_shown(
    patients: pd.DataFrame, clusters: pd.Series[int], schema: CohortSchema, floor: int
) -> tuple[set[int], dict[int, dict[str, set[str]]]]:
    """Clusters whose size is not shown, and by cluster and column the categories whose counts are not."""
    if floor <= 1:
        return set(), {}
    shown = table1(patients, clusters, schema, floor=floor)
    withheld: dict[int, dict[str, set[str]]] = {}
    for cluster, column, category in withheld_counts(shown, schema).itertuples(index=False):
        withheld.setdefault(cluster, {}).setdefault(column, set()).add(category)
    return set(shown.loc[shown["size"].isna(), "cluster"]), withheld


def _description(
    group: pd.DataFrame, cohort: pd.DataFrame, schema: CohortSchema, withheld: Withheld, floor: int
) -> str:
    numbers = [_number(group[column.name], column, floor) for column in schema.inputs if column.numeric]
    diagnosis = _diagnosis(group[schema.diagnosis.name], withheld.get(schema.diagnosis.name, set()), floor)
    return "; ".join([_who(group, cohort, schema, withheld, floor), *numbers, *([diagnosis] if diagnosis else [])])


def _diagnosis(values: pd.Series[str], withheld: set[str], floor: int) -> str:
    shares = values.value_counts(normalize=True)
    if shares.index[0] not in withheld:
        return f"{100 * shares.iloc[0]:.0f} % {shares.index[0]}"
    return f"mostly {shares.index[0]}" if shares.iloc[0] > 0.5 and len(values) / 2 >= floor else ""


def _who(group: pd.DataFrame, cohort: pd.DataFrame, schema: CohortSchema, withheld: Withheld, floor: int) -> str:
    """The categories of a cluster: adjectives, the noun, then attributes."""
    said: dict[str, list[str]] = {"adjective": [], "noun": [], "attribute": []}
    for column in schema.inputs:
        if not column.numeric:
            own = withheld.get(column.name, set())
            phrase = _phrase(group[column.name], cohort[column.name], column, own, floor)
            said[column.part] += [phrase] if phrase else []
    words = [*said["adjective"], " ".join(said["noun"]) or "patients"]
    sentence = " ".join([*words, _join_attributes(said["attribute"])]).strip()
    return sentence[0].upper() + sentence[1:]


def _phrase(values: pd.Series[str], cohort: pd.Series[str], column: Column, withheld: set[str], floor: int) -> str:
    shares = values.value_counts(normalize=True)
    phrases = dict(zip(column.categories, column.phrases or column.categories, strict=True))
    named = shares.index[: int((shares.cumsum() < NEARLY_ALL).sum()) + 1]
    absent = [c for c in column.categories if shares[c] == 0 and c not in withheld]
    missing = [c for c in absent if (cohort == c).mean() >= 1 - NEARLY_ALL]
    # That the others are few bounds their counts, which must leave room for any below the floor.
    sayable = not withheld or (1 - NEARLY_ALL) * len(values) >= floor
    if len(named) == 1 and sayable:
        return phrases[named[0]]
    if column.kind == "binary":
        return ""
    if len(missing) == 1:
        return f"non-{phrases[missing[0]]}"
    if len(named) <= 2 and sayable:
        return " or ".join(phrases[category] for category in named)
    return ""


def _join_attributes(phrases: list[str]) -> str:
    """Findings in one breath: what is there before what is not.

    >>> _join_attributes(["without polyps", "with drusen", "without pain", "without fever"])
    'with drusen, without polyps, pain or fever'
    """
    present = [phrase.removeprefix("with ") for phrase in phrases if phrase.startswith("with ")]
    absent = [phrase.removeprefix("without ") for phrase in phrases if phrase.startswith("without ")]
    other = [phrase for phrase in phrases if not phrase.startswith(("with ", "without "))]
    parts = [*other]
    parts += ["with " + enumerated(present, "and")] if present else []
    parts += ["without " + enumerated(absent, "or")] if absent else []
    return ", ".join(parts)


def _number(values: pd.Series[float], column: Column, floor: int) -> str:
    unit = f" {column.unit}" if column.unit else ""
    median = f"{values.median():.0f}{unit}"
    return f"median {median}" if floor > 1 else f"{median} ({values.min():.0f}–{values.max():.0f})"
