"""The ways to cut a column into parts for a cross-table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retina_vae.clusters.description.columns import category_codes, in_sentence, numbers, round_decimals
from retina_vae.cohort import Column
from retina_vae.words import enumerated

__all__ = ["Parts", "parts_of"]

MOST_PARTS = 5
"""Parts that a number is cut into at most."""

FloatArray = NDArray[np.float64]
Labels = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Parts:
    """The part of each patient, shape (patients,), from 0 to ``count`` - 1, and what the parts are in words."""

    words: str
    part: Labels

    @property
    def count(self) -> int:
        """Number of parts."""
        return int(self.part.max()) + 1

    def of(self, patients: NDArray[np.int64]) -> Parts:
        """The same of some of the patients."""
        return Parts(self.words, self.part[patients])

    def __str__(self) -> str:
        return self.words


def parts_of(values: pd.Series, column: Column, labels: Labels) -> list[Parts]:
    """All ways that part the patients at all; one that parts them as an earlier one does is left out.

    Categories: as they are; of three and more, also each against the others or, where they have an order, those from
    each on against those below. Numbers: 2 to 5 parts of as equal size as can be, and 2 to 5 parts by the thresholds
    that a classification tree (entropy) finds one after the other for the labels in this column alone; both at round
    numbers (:func:`~retina_vae.clusters.description.columns.round_decimals`). What is not observed is a part of its
    own.

    Args:
        values: The column, shape (patients,).
        column: Its description.
        labels: What the thresholds are to distinguish, shape (patients,).
    """
    found = _number_parts(values, column, labels) if column.numeric else _category_parts(values, column)
    different: dict[bytes, Parts] = {}
    for words, codes in found:
        part = np.unique(codes, return_inverse=True)[1]
        if part.max() > 0:
            different.setdefault(part.tobytes(), Parts(words, part))
    return list(different.values())


def _category_parts(values: pd.Series, column: Column) -> Iterator[tuple[str, Labels]]:
    codes, name = category_codes(values, column), in_sentence(column)
    yield name, codes
    if len(column.categories) > 2 and column.kind_of.ordered:
        for code, category in enumerate(column.categories[1:], start=1):
            yield f"{name} in 2 parts (from {category} on)", np.where(codes < 0, -1, codes >= code)
    elif len(column.categories) > 2:
        for code, category in enumerate(column.categories):
            yield f"{name} ({category} or not)", np.where(codes < 0, -1, codes == code)


def _number_parts(values: pd.Series, column: Column, labels: Labels) -> Iterator[tuple[str, Labels]]:
    known = numbers(values)
    observed = ~np.isnan(known)
    own, decimals = known[observed], round_decimals(known, column.kind_of.whole)
    for search in (_tree_edges, _quantile_edges):
        for count in range(2, MOST_PARTS + 1):
            edges = np.unique(np.round(search(own, labels[observed], count), decimals))
            codes = np.where(observed, np.searchsorted(edges, known, side="right"), -1)
            yield _words(column, edges), codes


def _tree_edges(values: FloatArray, labels: Labels, count: int) -> FloatArray:
    from sklearn.tree import DecisionTreeClassifier

    if len(values) == 0:
        return np.empty(0)
    tree = DecisionTreeClassifier(criterion="entropy", max_leaf_nodes=count, random_state=0)
    nodes = tree.fit(values[:, None], labels).tree_
    return nodes.threshold[nodes.children_left >= 0]


def _quantile_edges(values: FloatArray, labels: Labels, count: int) -> FloatArray:
    return np.quantile(values, np.arange(1, count) / count) if len(values) else np.empty(0)


def _words(column: Column, edges: FloatArray) -> str:
    if len(edges) == 0:
        return in_sentence(column)
    unit = f" {column.unit}" if column.unit else ""
    where = enumerated([f"{edge:g}" for edge in edges])
    return f"{in_sentence(column)} in {len(edges) + 1} parts (at {where}{unit})"
