"""What is missing, in which clusters, and whether the clusters go with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from retina_vae.clusters.description.missingness import pattern_names
from retina_vae.report.sections import Table
from retina_vae.report.tables import RunTables
from retina_vae.report.wording import amount, number, percent
from retina_vae.words import enumerated

__all__ = [
    "AGREES",
    "CHANCE",
    "MissingValues",
    "agreement_in_words",
    "gap_agreement",
    "missing_shares",
    "missing_values",
]


def missing_shares(tables: RunTables) -> dict[tuple[int, str], tuple[float, float]]:
    """Share of the patients of a cluster, and of all others, whose value is missing, by cluster and column.

    NaN where it is not shown.
    """
    told = tables.meaning.profiles.drop_duplicates(["cluster", "column"])[["cluster", "column", "observed"]]
    missing, shares = tables.cohort.columns["missing"], {}
    for cluster, column, observed in told.itertuples(index=False, name=None):
        size, total = float(tables.sizes[cluster]), float(missing.get(column, np.nan))
        inside = size - float(observed)
        outside = (total - inside) / max(tables.account.patients - size, 1.0)
        shares[int(cluster), str(column)] = inside / size, outside
    return shares


@dataclass(frozen=True)
class MissingValues:
    """The section on missing values.

    Attributes:
        nothing: What is said where nobody lacks anything; empty elsewhere.
        agreement: How far the clusters go with the pattern, in words; empty where there is nothing to say.
        columns: Per input with gaps how many lack it.
        patterns: Which are missing together.
    """

    nothing: str
    agreement: str
    columns: Table
    patterns: Table


MOST_PATTERNS = 12
"""Patterns that the page shows; the CSV file has all."""

AGREES = 0.3
"""Adjusted mutual information from which on the clusters are said to go with the pattern of the gaps."""

CHANCE = 0.05
"""p-value below which they agree better than by chance."""


def missing_values(tables: RunTables) -> MissingValues:
    """What is missing, together with what, and whether the clusters go with it."""
    empty = Table([], [], [])
    if tables.meaning.missingness.empty:
        return MissingValues("No patient lacks a value in any of the inputs.", "", empty, empty)
    return MissingValues("", agreement_in_words(tables), _columns(tables), _patterns(tables))


def gap_agreement(tables: RunTables) -> tuple[float, float]:
    """Adjusted mutual information of the clusters with the pattern of the gaps, and its p-value; NaN without."""
    whole = tables.meaning.missingness
    whole = whole[whole["column"] == ""]
    if whole.empty:
        return np.nan, np.nan
    return float(whole["ami"].iloc[0]), float(whole["p_value"].iloc[0])


def agreement_in_words(tables: RunTables) -> str:
    """How far the clusters go with what is missing."""
    ami, p_value = gap_agreement(tables)
    if tables.undivided or np.isnan(ami):
        return ""
    seen = f"adjusted mutual information {number(ami, 2)} (0 by chance, 1 where one gives the other), p = {p_value:.3f}"
    if p_value >= CHANCE:
        return f"The clusters do not go with what is missing more than by chance: {seen} by permutation."
    if ami < AGREES:
        return f"The clusters go with what is missing a little, and more than by chance: {seen} by permutation."
    return f"The clusters go with what is missing: {seen} by permutation. They may be made by the gaps."


def _columns(tables: RunTables) -> Table:
    """A row per input with gaps, the one that most lack first."""
    own = tables.meaning.missingness.set_index("column").drop(index="")
    missing, total = tables.cohort.columns["missing"], tables.account.patients
    shares, structural = missing_shares(tables), own["not_applicable"].astype(float)
    with_structural = bool((structural.isna() | (structural > 0)).any())
    rows = []
    for name in sorted(own.index, key=lambda name: -np.nan_to_num(float(missing[name]))):
        count, by_cluster = float(missing[name]), _by_cluster(name, tables, shares)
        share = percent(count / total) if count == count else tables.gate.mark
        applies = [amount(structural[name])] if with_structural else []
        effect = number(float(own.loc[name, "effect_size"]), 2)
        cells = [] if tables.undivided else [by_cluster, effect]
        rows.append([tables.schema[name].label, amount(count), share, *applies, *cells])
    heads = ["Column", "Missing", "Share", *(["Not applicable"] if with_structural else [])]
    compared = [] if tables.undivided else ["Share missing by cluster, lowest to highest", "Cramér's V"]
    return Table([], [*heads, *compared], rows)


def _by_cluster(name: str, tables: RunTables, shares: Mapping[tuple[int, str], tuple[float, float]]) -> str:
    """The smallest and the largest share of a cluster that lacks a column."""
    inside = {int(str(c)): shares.get((int(str(c)), name), (np.nan, np.nan))[0] for c in tables.sizes.index}
    known = {cluster: share for cluster, share in inside.items() if share == share}
    if not known:
        return tables.gate.mark
    low, high = min(known, key=lambda c: known[c]), max(known, key=lambda c: known[c])
    return f"{percent(known[low])} (cluster {low}) to {percent(known[high])} (cluster {high})"


def _patterns(tables: RunTables) -> Table:
    """The most frequent patterns, and all others in one row."""
    own, total = tables.meaning.missing_patterns, tables.account.patients
    rows = [
        [_pattern_in_words(str(pattern), tables), amount(float(patients)), percent(float(patients) / total)]
        for pattern, patients in own[["pattern", "patients"]].head(MOST_PATTERNS).itertuples(index=False, name=None)
    ]
    rest = own["patients"].iloc[MOST_PATTERNS:].astype(float)
    if len(rest):
        rows.append([f"{len(rest):,} more", amount(rest.sum()), percent(rest.sum() / total)])
    return Table([], ["Missing together", "Patients", "Share"], rows)


def _pattern_in_words(pattern: str, tables: RunTables) -> str:
    if not pattern:
        return "nothing"
    labels = {column.name: column.label for column in tables.schema.inputs}
    names = pattern_names(pattern)
    if any(name not in labels for name in names):
        return f"{pattern}, some of few patients"
    shown = enumerated([labels[name] for name in names[:6]]) if len(names) <= 6 else ""
    return shown or f"{', '.join(labels[name] for name in names[:5])} and {len(names) - 5} more"
