"""Which values are missing together, and whether the clusters go with what is missing."""

from __future__ import annotations

import csv
from collections.abc import Iterable

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.metrics import adjusted_mutual_info_score

from retina_vae.cohort import CohortSchema
from retina_vae.cohort.remarks import NOT_APPLICABLE, remarks_of
from retina_vae.cohort.schema import Column

__all__ = ["PERMUTATIONS", "missing_patterns", "missingness_table", "pattern_names", "pattern_of", "pattern_text"]

PERMUTATIONS = 999
"""Random orders of the clusters that the agreement is compared with."""

_RARE = 5
"""Patterns of fewer patients count as one where agreement is measured."""

_QUOTE = '"'

_COLUMNS = ["column", "not_applicable", "effect_size", "ami", "p_value", "permutations"]

IntArray = NDArray[np.int64]


def pattern_of(patients: pd.DataFrame, schema: CohortSchema) -> pd.Series:
    """The inputs that each patient lacks, in words: their names with semicolons between; empty of nothing."""
    names = np.array([column.name for column in schema.inputs], dtype=object)
    lacking = patients[list(names)].isna().to_numpy()
    kinds, place = np.unique(lacking, axis=0, return_inverse=True)
    words = np.array([pattern_text(names[kind]) for kind in kinds], dtype=object)
    return pd.Series(words[place.ravel()], dtype=object)


def pattern_text(names: Iterable[str]) -> str:
    """Names with semicolons between; one that holds a semicolon or a quotation mark stands in quotation marks.

    >>> pattern_text(["crp", "dose; mg"])
    'crp; "dose; mg"'
    """
    return "; ".join(f'"{name.replace(_QUOTE, 2 * _QUOTE)}"' if {";", _QUOTE} & set(name) else name for name in names)


def pattern_names(text: str) -> list[str]:
    """The names of a pattern; none of the empty one.

    >>> pattern_names('crp; "dose; mg"'), pattern_names("")
    (['crp', 'dose; mg'], [])
    """
    return next(csv.reader([text], delimiter=";", skipinitialspace=True), [])


def missing_patterns(patients: pd.DataFrame, schema: CohortSchema) -> pd.DataFrame:
    """``pattern, columns`` (how many are missing), ``patients``: the most frequent pattern first."""
    counts = pattern_of(patients, schema).value_counts()
    table = pd.DataFrame({"pattern": counts.index.astype(object), "patients": counts.to_numpy()})
    table.insert(1, "columns", [len(pattern_names(text)) for text in table["pattern"]])
    return table.sort_values(["patients", "pattern"], ascending=[False, True]).reset_index(drop=True)


def missingness_table(
    patients: pd.DataFrame, clusters: IntArray, schema: CohortSchema, most: int, seed: int
) -> pd.DataFrame:
    """How far the clusters go with what is missing.

    Args:
        patients: A validated patient table.
        clusters: Of the same patients.
        schema: Of them.
        most: Patients at most, drawn at random, whose agreement is measured.
        seed: Of those drawn, and of the permutations.

    Returns:
        ``column, not_applicable`` (gaps where nothing applies), ``effect_size`` (Cramér's V of missing or not with the
        clusters), ``ami, p_value, permutations``. The last three stand in the first row, without a column, which is of
        the whole pattern: its adjusted mutual information with the clusters, and how often one as large comes about
        where patients and clusters are matched at random (a permutation test). Then a row per input that somebody
        lacks; no rows at all where nobody lacks any.
    """
    lacked = [column for column in schema.inputs if patients[column.name].isna().any()]
    if not lacked:
        return pd.DataFrame(columns=_COLUMNS)
    rng = np.random.default_rng(seed)
    chosen = np.sort(rng.choice(len(patients), min(most, len(patients)), replace=False))
    patterns = _frequent(pattern_of(patients, schema).to_numpy()[chosen])
    ami, p_value = _agreement(patterns, clusters[chosen], rng)
    rows: list[tuple[str, float, float, float, float, float]] = [("", np.nan, np.nan, ami, p_value, PERMUTATIONS)]
    for column in lacked:
        gaps = patients[column.name].isna().to_numpy()
        effect = _cramers_v(gaps.astype(np.int64), clusters)
        rows.append((column.name, _not_applicable(patients, column), effect, np.nan, np.nan, np.nan))
    return pd.DataFrame(rows, columns=_COLUMNS).astype({"not_applicable": "Int64", "permutations": "Int64"})


def _not_applicable(patients: pd.DataFrame, column: Column) -> int:
    return int((remarks_of(patients, column.name) == NOT_APPLICABLE).sum())


def _frequent(patterns: NDArray[np.object_]) -> IntArray:
    """A number for each pattern; rare ones share one."""
    _, place, counts = np.unique(patterns.astype(str), return_inverse=True, return_counts=True)
    return np.where(counts[place] < _RARE, -1, place)


def _agreement(patterns: IntArray, clusters: IntArray, rng: np.random.Generator) -> tuple[float, float]:
    """Adjusted mutual information, and its p-value by permutation; not a number where either does not vary."""
    rows, groups = (np.unique(values, return_inverse=True)[1] for values in (patterns, clusters))
    if rows.max() == 0 or groups.max() == 0:
        return np.nan, np.nan
    # With the margins given, the adjusted one rises with the plain one, which is quicker.
    observed = _information(rows, groups)
    reached = sum(_information(rows, rng.permutation(groups)) >= observed - 1e-12 for _ in range(PERMUTATIONS))
    return float(adjusted_mutual_info_score(rows, groups)), (1 + reached) / (1 + PERMUTATIONS)


def _information(rows: IntArray, groups: IntArray) -> float:
    """Mutual information in nats, but for the entropies of the margins."""
    counts = np.bincount(rows * (groups.max() + 1) + groups)
    counts = counts[counts > 0]
    return float((counts * np.log(counts)).sum() / len(rows))


def _cramers_v(gaps: IntArray, clusters: IntArray) -> float:
    """Cramér's V of missing or not with the clusters; not a number for one cluster."""
    groups = np.unique(clusters, return_inverse=True)[1]
    counts = np.bincount(gaps * (groups.max() + 1) + groups, minlength=2 * (groups.max() + 1)).reshape(2, -1)
    if counts.shape[1] < 2 or (counts.sum(axis=1) == 0).any():
        return np.nan
    expected = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / counts.sum()
    return float(np.sqrt(((counts - expected) ** 2 / expected).sum() / counts.sum()))
