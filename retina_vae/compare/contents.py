"""Matching patients by their values, where their identifiers do not agree.

A table that was numbered anew or shuffled has the same rows under other names. Equal rows are the same patient only
where rows identify patients, which the duplicates within a run tell: of two unrelated cohorts of the same kind as many
rows are equal by chance as within one of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retina_vae.cohort import CohortSchema

__all__ = ["SURE", "ContentMatch", "content_keys", "match_contents"]

SURE = 0.9
"""Share of the equal rows that must be no coincidence, as estimated, for equal rows to count as the same patients."""

_DIGITS = 9

IntArray = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class ContentMatch:
    """The patients of A and B whose values are equal.

    Attributes:
        a: Positions in A, shape (matched,).
        b: Positions in B, in the same order.
        ambiguous_a: Patients of A whose values several patients have, so that it cannot be told who is whose.
        ambiguous_b: The same of B.
        equal: Patients of A whose values a patient of B has.
        identified: Whether these were taken for the same patients.
    """

    a: IntArray
    b: IntArray
    ambiguous_a: int
    ambiguous_b: int
    equal: int
    identified: bool


_NOBODY: IntArray = np.zeros(0, dtype=np.int64)


def content_keys(
    a: pd.DataFrame, b: pd.DataFrame, schemas: tuple[CohortSchema, CohortSchema]
) -> tuple[IntArray, IntArray]:
    """A number for each patient, the same for two whose values are equal in every column that both runs have.

    Numbers are equal where nine significant digits are; two values that are missing are equal.

    Args:
        a: Patients of run A.
        b: Patients of run B.
        schemas: Of A and of B.

    Returns:
        The keys of A and of B; without a column in common everybody has another key.
    """
    names = [column.name for column in schemas[0].columns if column.name in {own.name for own in schemas[1].columns}]
    if not names:
        keys = np.arange(len(a) + len(b), dtype=np.int64)
        return keys[: len(a)], keys[len(a) :]
    numeric = {name: all(schema[name].numeric for schema in schemas) for name in names}
    both = {name: _values(pd.concat([a[name], b[name]], ignore_index=True), numeric[name]) for name in names}
    found = pd.DataFrame(both).groupby(names, dropna=False, sort=False).ngroup().to_numpy(dtype=np.int64)
    return np.asarray(found[: len(a)]), np.asarray(found[len(a) :])


def _values(values: pd.Series, numeric: bool) -> pd.Series:
    """Numbers cut to the digits that count, all else as text."""
    if not numeric:
        return values.astype(object).where(values.notna(), None).map(str, na_action="ignore")
    numbers = values.to_numpy(dtype=np.float64, na_value=np.nan)
    size = np.floor(np.log10(np.abs(numbers), out=np.zeros_like(numbers), where=numbers != 0))
    unit = 10.0 ** (size - _DIGITS + 1)
    # Adding 0 makes -0 the same as 0.
    return pd.Series(np.round(numbers / unit) * unit + 0.0)


def match_contents(a: IntArray, b: IntArray, labels_a: IntArray, labels_b: IntArray) -> ContentMatch:
    """Match patients whose keys are equal.

    A key that one patient of each run has matches them. One that several have matches as many as the run with fewer
    has, if all of them have the same labels in A and the same in B: whoever is whose, what is counted is the same. Of
    any other such key it is ambiguous who is whose, and nobody is matched.

    Equal rows count as the same patients where both runs have the same rows, each as often, or where by the duplicates
    within the larger run at least :data:`SURE` of them are no coincidence.

    Args:
        a: Keys of patients of A, shape (patients,).
        b: Keys of patients of B.
        labels_a: Clusters of the patients of A, shape (patients, clusterings).
        labels_b: Clusters of the patients of B.
    """
    equal = int(np.isin(a, b).sum())
    if not equal:
        return ContentMatch(_NOBODY, _NOBODY, 0, 0, 0, identified=True)
    if not _identify(a, b):
        return ContentMatch(_NOBODY, _NOBODY, 0, 0, equal, identified=False)
    single_a, single_b = _single(a), _single(b)
    _, own, other = np.intersect1d(a[single_a], b[single_b], assume_unique=True, return_indices=True)
    tied, ambiguous = _match_tied(a, b, (labels_a, labels_b), set(a[single_a][own].tolist()))
    first = np.concatenate([single_a[own], *(pair[0] for pair in tied)])
    second = np.concatenate([single_b[other], *(pair[1] for pair in tied)])
    order = np.argsort(first, kind="stable")
    return ContentMatch(first[order], second[order], *ambiguous, equal, identified=True)


def _match_tied(
    a: IntArray, b: IntArray, labels: tuple[IntArray, IntArray], done: set[int]
) -> tuple[list[tuple[IntArray, IntArray]], tuple[int, int]]:
    """Pairs of positions for every key that several patients have, and how many of A and of B are ambiguous."""
    keys = np.array([key for key in np.intersect1d(a, b).tolist() if key not in done], dtype=np.int64)
    places_a, places_b = (_places(own, keys) for own in (a, b))
    pairs, ambiguous_a, ambiguous_b = [], 0, 0
    for own, other in zip(places_a, places_b, strict=True):
        if (labels[0][own] == labels[0][own[0]]).all() and (labels[1][other] == labels[1][other[0]]).all():
            few = min(len(own), len(other))
            pairs.append((own[:few], other[:few]))
        else:
            ambiguous_a, ambiguous_b = ambiguous_a + len(own), ambiguous_b + len(other)
    return pairs, (ambiguous_a, ambiguous_b)


def _places(values: IntArray, keys: IntArray) -> list[IntArray]:
    """The positions at which each of some sorted keys stands."""
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    ends = zip(np.searchsorted(ordered, keys), np.searchsorted(ordered, keys, side="right"), strict=True)
    return [order[start:end] for start, end in ends]


def _single(keys: IntArray) -> IntArray:
    """Positions of the keys that nobody else has."""
    _, first, counts = np.unique(keys, return_index=True, return_counts=True)
    return first[counts == 1].astype(np.int64)


def _identify(a: IntArray, b: IntArray) -> bool:
    """Whether equal rows are the same patients."""
    if np.array_equal(np.sort(a), np.sort(b)):
        return True
    few, many = (a, b) if len(a) <= len(b) else (b, a)
    counts = np.unique(many, return_counts=True)[1]
    # One more, so that no coincidence at all is never certain.
    chance = float((counts[counts > 1].sum() + 1) / (len(many) + 1))
    found = float(np.isin(few, many).mean())
    return chance < 1 and (found - chance) / (1 - chance) >= SURE * found
