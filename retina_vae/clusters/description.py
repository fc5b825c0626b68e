"""Clusters in plain words."""

from __future__ import annotations

import pandas as pd

from retina_vae.cohort.schema import CohortSchema, Column

__all__ = ["describe_clusters"]

NEARLY_ALL = 0.95
"""A category that at least this share of a cluster has is said of the cluster."""


def describe_clusters(patients: pd.DataFrame, clusters: pd.Series[int], schema: CohortSchema) -> pd.DataFrame:
    """One sentence per cluster, such as "Asian men with polyps; 58 years (26-86); 77 % PCV".

    A category is named where at least 95 % of the cluster have it; of a column with several categories, the few that
    together make up 95 % are named, or those that are missing although the cohort has them. Numbers are given as
    median (minimum-maximum), the diagnosis as the share of the most frequent one.

    Returns:
        ``cluster, description``.
    """
    rows = []
    for number, group in patients.groupby(clusters.to_numpy()):
        words = _who(group, patients, schema)
        numbers = [_number(group[column.name], column) for column in schema.inputs if column.kind == "continuous"]
        shares = group[schema.diagnosis.name].value_counts(normalize=True)
        diagnosis = f"{100 * shares.iloc[0]:.0f} % {shares.index[0]}"
        rows.append({"cluster": number, "description": "; ".join([words, *numbers, diagnosis])})
    return pd.DataFrame(rows)


def _who(group: pd.DataFrame, cohort: pd.DataFrame, schema: CohortSchema) -> str:
    """The categories of a cluster: adjectives, the noun, then attributes."""
    said: dict[str, list[str]] = {"adjective": [], "noun": [], "attribute": []}
    for column in schema.inputs:
        if column.kind != "continuous":
            phrase = _phrase(group[column.name], cohort[column.name], column)
            said[column.role] += [phrase] if phrase else []
    words = [*said["adjective"], " ".join(said["noun"]) or "patients"]
    sentence = " ".join([*words, _join_attributes(said["attribute"])]).strip()
    return sentence[0].upper() + sentence[1:]


def _phrase(values: pd.Series[str], cohort: pd.Series[str], column: Column) -> str:
    shares = values.value_counts(normalize=True)
    phrases = dict(zip(column.categories, column.phrases or column.categories, strict=True))
    named = shares.index[: int((shares.cumsum() < NEARLY_ALL).sum()) + 1]
    missing = [c for c in column.categories if shares[c] == 0 and (cohort == c).mean() >= 1 - NEARLY_ALL]
    if len(named) == 1:
        return phrases[named[0]]
    if column.kind == "binary":
        return ""
    if len(missing) == 1:
        return f"non-{phrases[missing[0]]}"
    if len(named) <= 2:
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
    parts += ["with " + _enumerate(present, "and")] if present else []
    parts += ["without " + _enumerate(absent, "or")] if absent else []
    return ", ".join(parts)


def _enumerate(words: list[str], last: str) -> str:
    *first, final = words
    return f"{', '.join(first)} {last} {final}" if first else final


def _number(values: pd.Series[float], column: Column) -> str:
    unit = f" {column.unit}" if column.unit else ""
    return f"{values.median():.0f}{unit} ({values.min():.0f}–{values.max():.0f})"
