"""How probable it is that a patient like the cohort is scored as low, and which of many new patients stand out.

The scores of a new patient and of the reference are exchangeable where the patient is like the cohort. Its rank among
them is then uniform, whatever the model (Vovk, Gammerman and Shafer 2005, section 2.2; Bates, Candes, Lei, Romano and
Sesia 2023, section 2.1).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["DISCOVERED", "PVALUE_DIGITS", "Calibration", "PValues", "no_more_typical", "q_values"]

FloatArray = NDArray[np.float64]

# Scores come from single precision, in which the same patient in another row is not always the same to the last bit.
_ROUNDING = 1e-6

# So that a bound of 1 % holds for 3 of 300, however either is written in binary.
_EQUAL = 1e-9

DISCOVERED = 0.1
"""The false-discovery rate that a summary speaks of."""

PVALUE_DIGITS = 8
"""Digits after the point with which p-values are written, which keep those of 10 million patients apart."""


def no_more_typical(reference: FloatArray, typicality: FloatArray) -> NDArray[np.int64]:
    """How many of the reference are no more typical than each patient, shape (n,); equal but for rounding is equal.

    Args:
        reference: Ascending scores.
        typicality: Scores, shape (n,).
    """
    bound = typicality + _ROUNDING * (1 + np.abs(typicality))
    return np.searchsorted(reference, bound, side="right")


@dataclass(frozen=True, eq=False)
class Calibration:
    """The scores that new patients are ranked among.

    Attributes:
        scores: Of the reference patients, ascending.
        held_out: Whether each was scored by a model that was not trained on it. A model knows those it was trained on
            better than it knows fresh ones, so without it a fresh patient's p-value is too small on average, the more
            so the fewer patients there were.
    """

    scores: FloatArray
    held_out: bool

    @classmethod
    def of(cls, training: FloatArray, held_out: FloatArray | None) -> Calibration:
        """Held-out scores where there are any; where one is not a number, no patient is less typical."""
        if held_out is None:
            return cls(np.sort(training), held_out=False)
        return cls(np.sort(np.where(np.isnan(held_out), -np.inf, held_out)), held_out=True)

    @property
    def smallest(self) -> float:
        """The smallest p-value that there is, 1 / (n + 1) of n reference patients."""
        return 1 / (len(self.scores) + 1)

    def p_value(self, typicality: FloatArray) -> FloatArray:
        """Conformal p-values (1 + #{reference <= score}) / (n + 1) of patients, shape (patients,)."""
        return (1 + no_more_typical(self.scores, typicality)) / (len(self.scores) + 1)

    def is_unlike(self, p_value: FloatArray, percent: float) -> NDArray[np.bool_]:
        """Whether each p-value is at most so many per cent; one that is not a number is not."""
        return 100 * p_value <= percent * (1 + _EQUAL)


class PValues:
    """The p-values of many patients, of which only how often each comes is kept.

    There are at most n + 1 of them for n reference patients, however many patients come.
    """

    def __init__(self) -> None:
        self._counts: Counter[float] = Counter()

    def add(self, p_value: FloatArray) -> None:
        """Count the p-values of some patients; those that are not a number are passed over."""
        values, counts = np.unique(p_value[~np.isnan(p_value)], return_counts=True)
        self._counts.update(dict(zip(values.tolist(), counts.tolist(), strict=True)))

    @property
    def patients(self) -> int:
        """How many were counted."""
        return sum(self._counts.values())

    def q_values(self, p_value: FloatArray) -> FloatArray:
        """The q-value of each of these p-values, which were counted; not a number where that is not one.

        q(p) is the smallest false-discovery rate at which Benjamini and Hochberg (1995) flag p: the minimum over all
        p' >= p of m p' / #{p-values <= p'}, for m patients. Conformal p-values of one reference depend positively on
        each other, under which the rate holds (Bates et al. 2023, theorem 2).
        """
        values = np.array(sorted(self._counts), dtype=np.float64)
        counts = np.array([self._counts[value] for value in values.tolist()], dtype=np.int64)
        rates = self.patients * values / np.cumsum(counts)
        adjusted = np.minimum(np.minimum.accumulate(rates[::-1])[::-1], 1.0)
        found, known = np.full(len(p_value), np.nan), ~np.isnan(p_value)
        found[known] = adjusted[np.searchsorted(values, p_value[known])]
        return found

    def discovered(self, rate: float) -> int:
        """How many patients have a q-value of at most ``rate``."""
        values = np.array(list(self._counts), dtype=np.float64)
        counts = np.array(list(self._counts.values()), dtype=np.int64)
        return int(counts[self.q_values(values) <= rate].sum())


def q_values(p_value: FloatArray) -> FloatArray:
    """The q-values of p-values that are all at hand, shape (n,); see :meth:`PValues.q_values`."""
    counted = PValues()
    counted.add(p_value)
    return counted.q_values(p_value)
