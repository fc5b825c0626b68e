"""Clusters in plain words, from tables alone: facts on counts, and the statistics of Table 1."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retina_vae.clusters.description.columns import in_sentence, number_words, numbers, shown_decimals
from retina_vae.cohort import CohortSchema, Column
from retina_vae.words import as_sentence, enumerated

__all__ = [
    "ABSENT",
    "MOST",
    "NEARLY",
    "NEARLY_ALL",
    "NOT_DESCRIBED",
    "SHARE",
    "cluster_facts",
    "cluster_sentences",
    "number_decimals",
]

NEARLY_ALL = 0.95
"""A category that at least this share of a cluster has is said of the cluster."""

FEWEST_OBSERVED = 0.5
"""Of a column that a smaller share of the cluster has, nothing is said."""

NOT_DESCRIBED = "Not described, because that could tell of few patients"
"""What is said of a cluster of which nothing is known."""

NEARLY, ABSENT, SHARE, MOST = "nearly all", "absent", "share", "most"
"""Kinds of facts; see :func:`cluster_facts`."""

FloatArray = NDArray[np.float64]


def cluster_facts(counts: pd.DataFrame, sizes: pd.Series[Any], schema: CohortSchema) -> pd.DataFrame:
    """What a sentence says of the categories of a cluster, as facts that can be left out one by one.

    Args:
        counts: ``cluster, column, category, patients`` of all clusters
            (:func:`~retina_vae.clusters.description.counts.count_table`).
        sizes: Patients of every cluster, by its number.
        schema: Of the patients.

    Returns:
        ``cluster, column, fact, category, share``. ``nearly all``: a category that, alone or with one more, at least
        95 % have; ``absent``: the one category that nobody has although 5 % of the cohort have it; ``share``: the most
        frequent category of an outcome, and which share of the cluster has it. All of it counts the patients of whom
        the column is observed; where they are fewer than half of the cluster, there is no fact.
    """
    rows = [fact for column in schema.columns for fact in _column_facts(counts, sizes, column)]
    return pd.DataFrame(rows, columns=["cluster", "column", "fact", "category", "share"])


def cluster_sentences(
    facts: pd.DataFrame, table1: pd.DataFrame, schema: CohortSchema, decimals: Mapping[str, int]
) -> pd.DataFrame:
    """One sentence per cluster, such as "Young men with asthma; 28 years (16-46); 77 % improved".

    Numbers are given as median (minimum-maximum), outcomes with categories as the share of the most frequent one.
    Categories are said in the column's phrases. Without any, a finding is "with" or "without" the column's label, and
    every other category follows the label. A number follows its label too, unless it is the only one and has a unit.

    Args:
        facts: As from :func:`cluster_facts`. Instead of a share, an outcome may have the fact ``most``: more than half
            have the category.
        table1: As from :func:`~retina_vae.clusters.description.table1.table1`; what is missing in it is not said, and
            nothing of a cluster whose size is.
        schema: Of the patients.
        decimals: With which the numbers of each numeric column are said (:func:`number_decimals`).

    Returns:
        ``cluster, description``.
    """
    rows = []
    for row in table1.to_dict("records"):
        number = int(row["cluster"])
        if pd.isna(row["size"]):
            rows.append((number, NOT_DESCRIBED))
            continue
        known = {str(name): value for name, value in row.items()}
        cluster = _Cluster(facts[facts["cluster"] == number], known, decimals)
        rows.append((number, _description(cluster, schema)))
    return pd.DataFrame(rows, columns=["cluster", "description"])


def number_decimals(patients: pd.DataFrame, schema: CohortSchema) -> dict[str, int]:
    """Decimals with which a reader is shown each number, by the range that it has in the patients."""
    numeric = [column for column in schema.columns if column.numeric]
    return {column.name: shown_decimals(numbers(patients[column.name]), column.kind_of.whole) for column in numeric}


def _column_facts(
    counts: pd.DataFrame, sizes: pd.Series[Any], column: Column
) -> Iterator[tuple[int, str, str, str, float]]:
    own = counts[counts["column"] == column.name]
    if column.numeric or own.empty:
        return
    table = own.pivot(index="cluster", columns="category", values="patients").astype(np.float64)
    table = table.reindex(columns=list(column.categories))
    cohort = table.sum() / max(float(table.sum().sum()), 1.0)
    for key, row in table.iterrows():
        cluster, observed = int(str(key)), float(row.sum())
        if observed == 0 or observed < FEWEST_OBSERVED * float(sizes.loc[cluster]):
            continue
        shares = (row / observed).sort_values(ascending=False, kind="stable")
        named = [str(name) for name in shares.index[: int((shares.cumsum() < NEARLY_ALL).sum()) + 1]]
        if len(named) <= (1 if len(column.categories) == 2 else 2):
            for name in sorted(named, key=column.categories.index):
                yield cluster, column.name, NEARLY, name, float("nan")
        absent = [name for name in column.categories if row[name] == 0 and cohort[name] >= 1 - NEARLY_ALL]
        if len(absent) == 1 and len(column.categories) > 2:
            yield cluster, column.name, ABSENT, absent[0], float("nan")
        if column.role == "outcome":
            yield cluster, column.name, SHARE, str(shares.index[0]), float(shares.iloc[0])


class _Cluster(NamedTuple):
    """What is known of one cluster: its facts, and its row of Table 1."""

    facts: pd.DataFrame
    row: Mapping[str, Any]
    decimals: Mapping[str, int]

    def categories(self, column: Column, fact: str) -> list[str]:
        """The categories of which a fact speaks."""
        own = self.facts[(self.facts["column"] == column.name) & (self.facts["fact"] == fact)]
        return [str(name) for name in own["category"]]

    def most(self, column: Column) -> Mapping[str, Any] | None:
        """The fact on the most frequent category of an outcome."""
        own = self.facts[(self.facts["column"] == column.name) & self.facts["fact"].isin([SHARE, MOST])]
        return None if own.empty else {str(name): value for name, value in own.iloc[0].items()}


def _description(cluster: _Cluster, schema: CohortSchema) -> str:
    categorical = [column for column in schema.inputs if not column.numeric]
    phrased = [column for column in categorical if _is_phrased(column)]
    numeric = [column for column in schema.inputs if column.numeric]
    alone = len(numeric) == 1
    parts = [
        _who(cluster, phrased),
        *(_labelled(cluster, column) for column in categorical if column not in phrased),
        *(_number(cluster, column, alone) for column in numeric),
        *(_outcome(cluster, column) for column in schema.outcomes if not column.numeric),
    ]
    return "; ".join(filter(None, parts))


def _is_phrased(column: Column) -> bool:
    """Whether the column's categories can be said without its label before them."""
    return bool(column.phrases) or column.finding is not None or column.part != "attribute"


def _outcome(cluster: _Cluster, column: Column) -> str:
    fact = cluster.most(column)
    if fact is None:
        return ""
    most = fact["category"]
    name = column.phrases[column.categories.index(most)] if column.phrases else most
    label = "" if column.phrases else f"{in_sentence(column)}: "
    extent = "mostly" if fact["fact"] == MOST else f"{100 * fact['share']:.0f} %"
    return f"{label}{extent} {name}"


def _who(cluster: _Cluster, columns: list[Column]) -> str:
    """The categories of a cluster: adjectives, the noun, then attributes."""
    said: dict[str, list[str]] = {"adjective": [], "noun": [], "attribute": []}
    for column in columns:
        phrase = _phrase(cluster, column)
        said[column.part] += [phrase] if phrase else []
    words = [*said["adjective"], " ".join(said["noun"]) or "patients"]
    return as_sentence(" ".join([*words, _join_attributes(said["attribute"])]).strip())


def _phrase(cluster: _Cluster, column: Column) -> str:
    named, missing = cluster.categories(column, NEARLY), cluster.categories(column, ABSENT)
    phrases = dict(zip(column.categories, _phrases(column), strict=True))
    if missing and len(named) != 1:
        return f"non-{phrases[missing[0]]}"
    return " or ".join(phrases[category] for category in named)


def _phrases(column: Column) -> tuple[str, ...]:
    """The phrase of each category; made of the label where the schema has none."""
    if column.phrases or column.finding is None:
        return column.phrases or column.categories
    return f"without {in_sentence(column)}", f"with {in_sentence(column)}"


def _labelled(cluster: _Cluster, column: Column) -> str:
    named, missing = cluster.categories(column, NEARLY), cluster.categories(column, ABSENT)
    if missing and len(named) != 1:
        return f"{in_sentence(column)}: not {missing[0]}"
    return f"{in_sentence(column)}: {enumerated(named, 'or')}" if named else ""


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


def _number(cluster: _Cluster, column: Column, alone: bool) -> str:
    low, median, high = (float(cluster.row[f"{column.name}_{name}"]) for name in ("min", "median", "max"))
    if np.isnan(median) or _few_observed(cluster, column):
        return ""
    whole, unit = column.kind_of.whole, f" {column.unit}" if column.unit else ""
    label = "" if alone and column.unit else f"{in_sentence(column)}: "
    middle, *ends = (number_words(value, cluster.decimals[column.name], whole) for value in (median, low, high))
    if np.isnan(low):
        return f"{label}median {middle}{unit}"
    return f"{label}{'median ' if label else ''}{middle}{unit} ({ends[0]}–{ends[1]})"


def _few_observed(cluster: _Cluster, column: Column) -> bool:
    missing = cluster.row.get(f"{column.name}_not_observed", 0)
    return not pd.isna(missing) and cluster.row["size"] - missing < FEWEST_OBSERVED * cluster.row["size"]
