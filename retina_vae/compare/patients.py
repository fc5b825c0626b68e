"""Which patients two runs have in common."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retina_vae.cohort import Column
from retina_vae.compare.contents import ContentMatch, content_keys, match_contents
from retina_vae.compare.runs import FinishedRun

__all__ = ["Overlap", "match_patients"]

IntArray = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Overlap:
    """The patients of run A and run B.

    Attributes:
        a: Positions in A of the patients that are in both, shape (common,).
        b: Their positions in B, in the same order.
        only_a: Number of patients of A that are not in B.
        only_b: Number of patients of B that are not in A.
        renamed: Number of identifiers that are in both but whose patients differ.
        differing: Of these, how many differ in each column that both have.
        columns_only_a: Columns of A's patients that B's lack.
        columns_only_b: Columns of B's patients that A's lack.
        by_content: How many of those that are in both have other identifiers, and were matched by their values.
        ambiguous_a: Patients of A who are in B too by their values, which several have, so that nobody is matched.
        ambiguous_b: The same of B.
        coincident: Patients of A whose values a patient of B has, where that says nothing, as rows do not identify
            patients.
    """

    a: IntArray
    b: IntArray
    only_a: int
    only_b: int
    renamed: int
    differing: dict[str, int]
    columns_only_a: list[str]
    columns_only_b: list[str]
    by_content: int = 0
    ambiguous_a: int = 0
    ambiguous_b: int = 0
    coincident: int = 0


def match_patients(a: FinishedRun, b: FinishedRun) -> Overlap:
    """Match the patients of two runs by identifier and every column that both have; then the others by columns alone.

    The identifier alone does not make a patient the same: simulated patients are called P0001 and so on in every
    cohort. Numbers are equal within 1e-9, so that writing and reading a table as text does not make a patient another;
    two values that are missing are equal.
    """
    places = pd.Index(b.identifiers).get_indexer(pd.Index(a.identifiers)).astype(np.int64)
    named = np.flatnonzero(places >= 0)
    partners = places[named]
    columns = {column.name: column for column in a.schema.columns}
    others = [column.name for column in b.schema.columns]
    unequal = {
        name: _unequal(column, a.patients[name].iloc[named], b.patients[name].iloc[partners])
        for name, column in columns.items()
        if name in others
    }
    other = np.logical_or.reduce([np.zeros(len(named), dtype=np.bool_), *unequal.values()])
    renamed = _without_names(a, b, named[~other], partners[~other])
    own, theirs = (np.concatenate(pair) for pair in ((named[~other], renamed.a), (partners[~other], renamed.b)))
    order = np.argsort(own, kind="stable")
    return Overlap(
        a=own[order],
        b=theirs[order],
        only_a=len(a.patients) - len(own) - renamed.ambiguous_a,
        only_b=len(b.patients) - len(own) - renamed.ambiguous_b,
        renamed=int(other.sum()),
        differing={name: int(own.sum()) for name, own in unequal.items() if own.any()},
        columns_only_a=[name for name in columns if name not in others],
        columns_only_b=[name for name in others if name not in columns],
        by_content=len(renamed.a),
        ambiguous_a=renamed.ambiguous_a,
        ambiguous_b=renamed.ambiguous_b,
        coincident=0 if renamed.identified else renamed.equal,
    )


def _without_names(a: FinishedRun, b: FinishedRun, done_a: IntArray, done_b: IntArray) -> ContentMatch:
    """Match those whom their identifiers do not match; positions are those in the runs."""
    left = [np.setdiff1d(np.arange(len(run.patients)), done) for run, done in ((a, done_a), (b, done_b))]
    keys = content_keys(a.patients.iloc[left[0]], b.patients.iloc[left[1]], (a.schema, b.schema))
    labels = [np.column_stack([run.clusters, run.consensus])[own] for run, own in zip((a, b), left, strict=True)]
    found = match_contents(*keys, *labels)
    return replace(found, a=left[0][found.a], b=left[1][found.b])


def _unequal(column: Column, first: pd.Series, second: pd.Series) -> NDArray[np.bool_]:
    if column.numeric and pd.api.types.is_numeric_dtype(second):
        values = [own.to_numpy(dtype=np.float64, na_value=np.nan) for own in (first, second)]
        return ~np.isclose(values[0], values[1], rtol=1e-9, atol=1e-9, equal_nan=True)
    texts = [own.astype(object).where(own.notna(), None).to_numpy() for own in (first, second)]
    return np.asarray(texts[0] != texts[1], dtype=np.bool_)
