"""The columns of a table as a mixture of classes with independent columns measures them.

A column is one or two parts: categories, or a number on the scale of its kind. A number that is often 0 is two, whether
it is above 0 and its logarithm where it is.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import log_ndtr

from retina_vae.cohort import CohortSchema, Column
from retina_vae.cohort.kinds import KINDS, Coding

__all__ = ["CategoryPart", "CountPart", "LevelPart", "NumberPart", "Part", "measure"]

FloatArray = NDArray[np.float64]

SMALLEST_VARIANCE = 1e-6
"""Added to the variance of a z-score, as StepMix and scikit-learn do."""


class Part(ABC):
    """What is measured of a column, with a distribution of its own in each class."""

    column: Column

    @abstractmethod
    def values(self, patients: pd.DataFrame) -> FloatArray:
        """What a mixture is fitted to, shape (patients,); NaN where it is not observed."""

    def codes(self, patients: pd.DataFrame) -> FloatArray:
        """The codes of the column, shape (patients,)."""
        return self.column.kind_of.codes(patients[self.column.name], self.column.categories)


@dataclass(frozen=True)
class CategoryPart(Part):
    """Categories; of a number that is often 0 whether it is above 0."""

    column: Column
    categories: int

    def values(self, patients: pd.DataFrame) -> FloatArray:
        """Position of the category."""
        codes = self.codes(patients)
        return np.where(np.isnan(codes), np.nan, codes > 0) if self.column.numeric else codes

    def log_density(self, patients: pd.DataFrame, probabilities: FloatArray) -> FloatArray:
        """log probability of each patient's category in each class, shape (patients, classes); 0 where none is known.

        Args:
            patients: The table.
            probabilities: Of each class, shape (classes, categories).
        """
        values = self.values(patients)
        known = ~np.isnan(values)
        found = np.log(probabilities).T[np.where(known, values, 0).astype(np.intp)]
        return np.where(known[:, None], found, 0.0)


@dataclass(frozen=True)
class NumberPart(Part):
    """A number on the scale of its kind, as a z-score."""

    column: Column
    coding: Coding

    def values(self, patients: pd.DataFrame) -> FloatArray:
        """The z-score; of a number that is often 0 that of its logarithm, which a 0 has not."""
        return self._scored(self.codes(patients))

    def log_density(self, patients: pd.DataFrame, mean: FloatArray, variance: FloatArray) -> FloatArray:
        """log density of each patient's number in each class, in nats per unit of the column.

        Args:
            patients: The table.
            mean: Of the z-score in each class, shape (classes,).
            variance: Of the z-score in each class, shape (classes,).

        Returns:
            Shape (patients, classes); 0 where there is no number.
        """
        z = self.values(patients)
        density = -0.5 * ((z[:, None] - mean) ** 2 / variance + np.log(2 * np.pi * variance))
        return np.where(np.isnan(z)[:, None], 0.0, density + self.log_jacobian(patients)[:, None])

    def guarded(self, mean: FloatArray, variance: FloatArray) -> FloatArray:
        """Variances of the z-score in each class that no class of equal numbers can bring down to nothing."""
        return variance + SMALLEST_VARIANCE

    def _scored(self, codes: FloatArray) -> FloatArray:
        return (self.column.kind_of.transform(codes) - self.coding.center) / self.coding.scale

    def log_jacobian(self, patients: pd.DataFrame) -> FloatArray:
        """``log |d z-score / d value|`` of each patient in nats, shape (patients,); 0 where there is no number."""
        kind = self.column.kind_of
        features = kind.features(self.codes(patients), self.coding, kind.width(()))
        return kind.log_jacobian(features, self.coding)


@dataclass(frozen=True)
class CountPart(NumberPart):
    """A count: fitted as a number on the scale of its kind, and measured as what it is.

    Its probability is that of the interval of half a unit to either side, and of all below that for 0: a density at
    whole numbers would have no bound where a class holds one count alone.
    """

    def log_density(self, patients: pd.DataFrame, mean: FloatArray, variance: FloatArray) -> FloatArray:
        """log probability of each patient's count in each class, shape (patients, classes); 0 where there is none."""
        codes = self.codes(patients)
        ends = [(end[:, None] - mean) / np.sqrt(variance) for end in self._ends(codes)]
        return np.where(np.isnan(codes)[:, None], 0.0, _log_between(*ends))

    def _ends(self, codes: FloatArray) -> tuple[FloatArray, FloatArray]:
        """The z-scores between which each count lies."""
        below = np.where(codes > 0, self._scored(np.maximum(codes - 0.5, 0.0)), -np.inf)
        return below, self._scored(codes + 0.5)

    def guarded(self, mean: FloatArray, variance: FloatArray) -> FloatArray:
        """At least the variance of the interval of the count at the mean, so that a class does not narrow to one count.

        A fit by the density would gain without bound there, although no count has a probability above 1.
        """
        counts = self.column.kind_of.from_features(mean[:, None], self.coding)
        width = self._scored(counts + 0.5) - self._scored(counts - 0.5)
        return np.maximum(variance, width**2 / 12)


@dataclass(frozen=True)
class LevelPart(CountPart):
    """A number out of a maximum: a count whose largest has the probability of all above it, too."""

    def _ends(self, codes: FloatArray) -> tuple[FloatArray, FloatArray]:
        below, above = super()._ends(codes)
        return below, np.where(codes == self.column.maximum, np.inf, above)

    def guarded(self, mean: FloatArray, variance: FloatArray) -> FloatArray:
        """At least the variance of the interval of a level, as :meth:`CountPart.guarded`; all are as wide."""
        return np.maximum(variance, self.coding.scale**-2 / 12)


def _log_between(low: FloatArray, high: FloatArray) -> FloatArray:
    """log of the probability that a standard normal number lies between the two; the nearer tail is looked at."""
    swapped = low > 0
    low, high = np.where(swapped, -high, low), np.where(swapped, -low, high)
    top = log_ndtr(high)
    return top + np.log(-np.expm1(np.minimum(log_ndtr(low) - top, -1e-300)))


def _categories(column: Column, codes: FloatArray) -> list[Part]:
    return [CategoryPart(column, len(column.categories))]


def _number(column: Column, codes: FloatArray) -> list[Part]:
    return [NumberPart(column, column.kind_of.fit(codes))]


def _count(column: Column, codes: FloatArray) -> list[Part]:
    return [CountPart(column, column.kind_of.fit(codes))]


def _level(column: Column, codes: FloatArray) -> list[Part]:
    # The features of a network are shares of the maximum; here every number weighs as much as the others.
    return [LevelPart(column, KINDS["continuous"].fit(codes))]


def _zeros_and_number(column: Column, codes: FloatArray) -> list[Part]:
    return [CategoryPart(column, 2), NumberPart(column, column.kind_of.fit(codes))]


_PARTS: dict[str, Callable[[Column, FloatArray], list[Part]]] = {
    "nominal": _categories,
    "binary": _categories,
    "ordinal": _categories,
    "continuous": _number,
    "positive": _number,
    "count": _count,
    "level": _level,
    "zero_inflated": _zeros_and_number,
}
"""What is measured of a column, by its kind."""


def measure(patients: pd.DataFrame, schema: CohortSchema) -> tuple[Part, ...]:
    """The parts of all inputs, numbers with the coding of their observed values.

    A part that no patient has says nothing and is left out.
    """
    parts: list[Part] = []
    for column in schema.inputs:
        codes = column.kind_of.codes(patients[column.name], column.categories)
        parts += _PARTS[column.kind](column, codes[~np.isnan(codes)])
    return tuple(part for part in parts if not np.isnan(part.values(patients)).all())
