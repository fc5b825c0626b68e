"""Conditions on the columns of a patient, their conjunctions and alternatives, as sets of patients and in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from math import inf
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retina_vae.clusters.description.columns import category_codes, in_sentence, numbers
from retina_vae.cohort import Column
from retina_vae.words import enumerated

__all__ = ["Condition", "Conjunction", "Disjunction", "Grades", "Interval", "OneOf", "join"]

Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Interval:
    """The column's number lies between ``low`` and ``high``, of which the ``closed`` end belongs to the interval.

    Closed on the left, the number is at least ``low`` and less than ``high``; on the right, more than ``low`` and at
    most ``high``.
    """

    column: Column
    low: float = -inf
    high: float = inf
    closed: Literal["left", "right"] = "left"

    def holds(self, values: pd.Series) -> Bools:
        """For which values it holds; not for one that is not observed."""
        known = numbers(values)
        if self.closed == "left":
            return np.asarray((known >= self.low) & (known < self.high))
        return np.asarray((known > self.low) & (known <= self.high))

    def union(self, other: Interval) -> Interval | None:
        """The interval that both make together; None where there is a gap or they are closed on different ends."""
        if self.closed != other.closed or max(self.low, other.low) > min(self.high, other.high):
            return None
        return Interval(self.column, min(self.low, other.low), max(self.high, other.high), self.closed)

    def __str__(self) -> str:
        unit = f" {self.column.unit}" if self.column.unit else ""
        name, left = in_sentence(self.column), self.closed == "left"
        if self.low == -inf:
            return f"{name} under {self.high:g}{unit}" if left else f"{name} {self.high:g}{unit} or less"
        if self.high == inf:
            return f"{name} {self.low:g}{unit} or more" if left else f"{name} over {self.low:g}{unit}"
        return (
            f"{name} {self.low:g} to under {self.high:g}{unit}"
            if left
            else f"{name} over {self.low:g} to {self.high:g}{unit}"
        )


@dataclass(frozen=True)
class OneOf:
    """The column's category is one of several."""

    column: Column
    allowed: frozenset[str]

    def holds(self, values: pd.Series) -> Bools:
        """For which values it holds; not for one that is not observed."""
        allowed = np.array([*(category in self.allowed for category in self.column.categories), False])
        # Code -1, not observed, is the last place.
        return allowed[category_codes(values, self.column)]

    def union(self, other: OneOf) -> OneOf:
        """What holds where either does."""
        return OneOf(self.column, self.allowed | other.allowed)

    def __str__(self) -> str:
        name = in_sentence(self.column)
        inside = [category for category in self.column.categories if category in self.allowed]
        outside = [category for category in self.column.categories if category not in self.allowed]
        if len(inside) == 1 and self.column.finding is not None:
            return f"{name} {inside[0]}"
        if len(inside) <= len(outside):
            return f"{name} is {enumerated(inside, 'or')}"
        if len(outside) == 1:
            return f"{name} is not {outside[0]}"
        return f"{name} is neither {enumerated(outside, 'nor')}"


@dataclass(frozen=True)
class Grades:
    """The column's category is one from the ``low``-th to the ``high``-th, both included, of those in its order."""

    column: Column
    low: int
    high: int

    def holds(self, values: pd.Series) -> Bools:
        """For which values it holds; not for one that is not observed."""
        codes = category_codes(values, self.column)
        return np.asarray((codes >= max(self.low, 0)) & (codes <= self.high))

    def union(self, other: Grades) -> Grades | None:
        """The grades that both make together; None where there is a gap between them."""
        if max(self.low, other.low) > min(self.high, other.high) + 1:
            return None
        return Grades(self.column, min(self.low, other.low), max(self.high, other.high))

    def __str__(self) -> str:
        name, grades = in_sentence(self.column), self.column.categories
        if self.low == self.high:
            return f"{name} is {grades[self.low]}"
        if self.high == len(grades) - 1:
            return f"{name} {grades[self.low]} or more"
        if self.low == 0:
            return f"{name} {grades[self.high]} or less"
        return f"{name} {grades[self.low]} to {grades[self.high]}"


Condition = Interval | OneOf | Grades


@dataclass(frozen=True)
class Conjunction:
    """All of its conditions hold, of which each column has at most one; with none, everyone is meant."""

    conditions: tuple[Condition, ...] = ()

    def holds(self, patients: pd.DataFrame) -> Bools:
        """For which patients it holds, shape (patients,)."""
        each = [condition.holds(patients[condition.column.name]) for condition in self.conditions]
        return reduce(np.logical_and, each, np.ones(len(patients), dtype=np.bool_))

    def without(self, condition: Condition) -> Conjunction:
        """The conjunction of the other conditions."""
        return Conjunction(tuple(own for own in self.conditions if own != condition))

    def ordered(self, names: Sequence[str]) -> Conjunction:
        """The same conditions in the order of these names of columns."""
        return Conjunction(tuple(sorted(self.conditions, key=lambda own: names.index(own.column.name))))

    def __str__(self) -> str:
        return " and ".join(map(str, self.conditions)) or "all patients"

    @property
    def by_column(self) -> dict[str, Condition]:
        """The conditions by the names of their columns."""
        return {condition.column.name: condition for condition in self.conditions}


@dataclass(frozen=True)
class Disjunction:
    """At least one of its conjunctions holds; with none, nobody is meant."""

    alternatives: tuple[Conjunction, ...] = ()

    def holds(self, patients: pd.DataFrame) -> Bools:
        """For which patients it holds, shape (patients,)."""
        each = [conjunction.holds(patients) for conjunction in self.alternatives]
        return reduce(np.logical_or, each, np.zeros(len(patients), dtype=np.bool_))

    def __str__(self) -> str:
        return "; or ".join(map(str, self.alternatives)) or "no patients"


def join(a: Conjunction, b: Conjunction) -> Conjunction | None:
    """One conjunction that holds where either does; None where there is none.

    There is one where both are the same apart from one column whose two conditions make one, such as the ages 40 to
    under 50 and 50 to under 60, or where the one has a condition less and else the same ones.
    """
    ours, others = a.by_column, b.by_column
    different = [name for name in ours | others if ours.get(name) != others.get(name)]
    if len(different) != 1:
        return a if not different else None
    rest = tuple(condition for condition in a.conditions if condition.column.name != different[0])
    mine, theirs = ours.get(different[0]), others.get(different[0])
    if mine is None or theirs is None:
        return Conjunction(rest)
    union = _union(mine, theirs)
    if union is None:
        return None
    return Conjunction(rest if _is_everything(union) else (*rest, union))


def _union(a: Condition, b: Condition) -> Condition | None:
    if isinstance(a, Interval):
        return a.union(b) if isinstance(b, Interval) else None
    if isinstance(a, Grades):
        return a.union(b) if isinstance(b, Grades) else None
    return a.union(b) if isinstance(b, OneOf) else None


def _is_everything(condition: Condition) -> bool:
    if isinstance(condition, Interval):
        return condition.low == -inf and condition.high == inf
    if isinstance(condition, Grades):
        return condition.low == 0 and condition.high == len(condition.column.categories) - 1
    return condition.allowed == frozenset(condition.column.categories)
