"""Factors: what is known of the items beside their codes, and the groups that they are counted in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retina_vae.cohort.schema import CohortSchema

__all__ = ["RARE", "Factor", "code_bins", "column_factors"]

FloatArray = NDArray[np.float64]
Levels = NDArray[np.int64]

RARE = 20
"""Items that a category needs: of fewer, a share says little, and a number that is made of them could tell of them."""
_MOST_BINS = 20
_ITEMS_PER_CELL = 5


def code_bins(items: int) -> int:
    """Bins of a coordinate: 20, as disentanglement_lib has them, fewer of few items.

    A table of 20 x 10 cells wants 5 items in each, so it is the square root of a fifth of the items: mutual information
    that is counted in cells lies too high by (rows - 1)(columns - 1) / (2 items) nats (Miller 1955).
    """
    return int(np.clip(np.sqrt(items / _ITEMS_PER_CELL), 2, _MOST_BINS))


@dataclass(frozen=True)
class Factor:
    """Something known of each item.

    Attributes:
        name: What it is called.
        values: A number or the position of a category, shape (items,); NaN where it is not known.
        numeric: Whether the values are numbers, rather than categories.
    """

    name: str
    values: FloatArray
    numeric: bool

    @cached_property
    def levels(self) -> Levels:
        """The group of each item, shape (items,), from 0; -1 of a gap or a category of fewer than ``RARE`` items.

        Numbers lie in half as many groups of the same size as a coordinate has bins; equal ones share a group.
        """
        known = ~np.isnan(self.values)
        groups = self.values.copy()
        if self.numeric and known.any():
            bins = max(2, code_bins(int(known.sum())) // 2)
            inner = np.unique(np.quantile(self.values[known], np.arange(1, bins) / bins))
            # A number that many items have, such as 0, is an edge, and a group without those above it.
            groups[known] = np.searchsorted(inner, self.values[known], side="left")
        return _without_rare(groups, known)

    @property
    def measurable(self) -> bool:
        """Whether there are two groups at least."""
        return int(self.levels.max(initial=-1)) > 0

    def take(self, items: NDArray[np.int64]) -> Factor:
        """The same of some of the items."""
        return Factor(self.name, self.values[items], self.numeric)


def _without_rare(groups: FloatArray, known: NDArray[np.bool_]) -> Levels:
    levels = np.full(len(groups), -1)
    found, place, counts = np.unique(groups[known], return_inverse=True, return_counts=True)
    kept = counts >= RARE
    renamed = np.where(kept, np.cumsum(kept) - 1, -1)
    levels[known] = renamed[place] if len(found) else -1
    return levels


def column_factors(patients: pd.DataFrame, schema: CohortSchema) -> list[Factor]:
    """The inputs of a cohort as factors, in their order; numbers on the scale on which they are about symmetric.

    Args:
        patients: Of the cohort.
        schema: Of their columns, in words (:attr:`~retina_vae.cohort.schema.CohortSchema.in_words`).
    """
    factors = []
    for column in schema.inputs:
        codes = column.kind_of.codes(patients[column.name], column.categories)
        factors.append(Factor(column.name, codes.astype(np.float64), column.numeric))
    return factors


def measurable(factors: Sequence[Factor]) -> list[Factor]:
    """Those that two groups of items differ in."""
    return [factor for factor in factors if factor.measurable]
