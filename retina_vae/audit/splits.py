"""Second search: the shortest formula that splits what is left of the patients into two printed rows.

The patients that are left share a cell of the cross-table, in which a few columns still vary. Patients with the
same categories are one *kind*; a set of kinds is a bit mask. A formula without age is such a mask. A formula with
one age condition is a pair of masks: the kinds that meet it whatever their age, and the kinds that meet it only if
their age does, so a condition ``age <= t`` can be left as a hole that is filled later. Both are enumerated by
length, and of formulas with the same meaning only the shortest are kept, as every part of a shortest formula is
itself a shortest one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import product
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retina_vae.audit.formulas import AgeCondition, Condition, Formula, conditions_of, join
from retina_vae.cohort import CohortSchema

__all__ = ["Kinds", "Language", "patient_kinds"]

Masks = NDArray[np.uint64]
Operator = Literal["and", "or"]
_HALF = np.uint64(32)
_LOW = np.uint64(2**32 - 1)
_OPERATORS: tuple[Operator, ...] = ("and", "or")


@dataclass(frozen=True)
class Kinds:
    """The kinds of patients in a cell: ``of_patient`` has shape (patients,), ``conditions`` a mask per condition."""

    of_patient: NDArray[np.int64]
    count: int
    conditions: dict[int, Condition]

    @property
    def everyone(self) -> int:
        """The mask of all kinds."""
        return (1 << self.count) - 1


def patient_kinds(patients: pd.DataFrame, schema: CohortSchema) -> Kinds:
    """Number the combinations of categories that can occur among these patients.

    Raises:
        ValueError: There are more than 32 combinations, which the search cannot hold.
    """
    columns = [column for column in schema.inputs if column.kind != "continuous"]
    present = {c.name: tuple(k for k in c.categories if (patients[c.name] == k).any()) for c in columns}
    varying = [column for column in columns if len(present[column.name]) > 1]
    combinations = list(product(*(present[column.name] for column in varying)))
    if len(combinations) > 32:
        raise ValueError(f"expected at most 32 combinations of categories, got {len(combinations)}")
    number = {combination: position for position, combination in enumerate(combinations)}
    rows = patients[[column.name for column in varying]].itertuples(index=False, name=None)
    conditions = {}
    for position, column in enumerate(varying):
        for condition in conditions_of(column, present[column.name]):
            kinds = (number[c] for c in combinations if c[position] in condition.categories)
            conditions[sum(1 << kind for kind in kinds)] = condition
    return Kinds(np.array([number[row] for row in rows], dtype=np.int64), len(combinations), conditions)


@dataclass
class Language:
    """All formulas over a cell's kinds by length; ``plain[n]`` are masks, ``aged[n]`` pairs packed in 64 bits.

    A packed pair holds in its upper half the kinds that meet the formula whatever their age, in its lower half the
    kinds that meet it if their age meets the one age condition.
    """

    kinds: Kinds
    plain: list[Masks] = field(default_factory=list)
    aged: list[Masks] = field(default_factory=list)

    def __post_init__(self) -> None:
        nothing = np.array([], dtype=np.uint64)
        self.plain = [nothing, np.array(sorted(self.kinds.conditions), dtype=np.uint64)]
        self.aged = [nothing, np.array([self.kinds.everyone], dtype=np.uint64)]

    @property
    def length(self) -> int:
        """Length of the longest formulas so far."""
        return len(self.plain) - 1

    def lengthen(self) -> None:
        """Add the formulas with one condition more."""
        length = self.length + 1
        plain, aged = [], []
        for first in range(1, length):
            for operator in _OPERATORS:
                plain.append(_combine(self.plain[first], self.plain[length - first], operator))
                aged.append(_combine(self.aged[first], _both_halves(self.plain[length - first]), operator))
        self.plain.append(_new(plain, [*self.plain, np.array([0, self.kinds.everyone], dtype=np.uint64)]))
        # A pair whose halves are equal does not depend on age.
        candidates = _new(aged, self.aged)
        self.aged.append(candidates[(candidates >> _HALF) != (candidates & _LOW)])

    def word_plain(self, mask: int, length: int) -> Formula:
        """A formula of this length that means ``mask``: of all, the one with the shortest text."""
        if length == 1:
            return self.kinds.conditions[mask]
        found = []
        for first in range(1, length // 2 + 1):
            for a, b, operator in _parts(self.plain[first], self.plain[length - first], mask):
                found.append(join(operator, self.word_plain(a, first), self.word_plain(b, length - first)))
        return min(found, key=_wording)

    def word_aged(self, pair: int, length: int, age: AgeCondition) -> Formula:
        """A formula of this length that means the packed ``pair`` with ``age`` as its age condition."""
        if length == 1:
            return age
        found = []
        for first in range(1, length):
            plain = _both_halves(self.plain[length - first])
            for a, b, operator in _parts(self.aged[first], plain, pair):
                other = self.word_plain(b & int(_LOW), length - first)
                found.append(join(operator, self.word_aged(a, first, age), other))
        return min(found, key=_wording)


def _wording(formula: Formula) -> tuple[int, str]:
    return len(formula.text), formula.text


def _both_halves(masks: Masks) -> Masks:
    return (masks << _HALF) | masks


def _combine(first: Masks, second: Masks, operator: Operator) -> Masks:
    function = np.bitwise_and if operator == "and" else np.bitwise_or
    return np.unique(function.outer(first, second))


def _new(found: list[Masks], known: list[Masks]) -> Masks:
    return np.setdiff1d(np.concatenate(found), np.concatenate(known))


def _parts(first: Masks, second: Masks, whole: int) -> list[tuple[int, int, Operator]]:
    """Every way to make ``whole`` from one mask of each list."""
    target = np.uint64(whole)
    found: list[tuple[int, int, Operator]] = []
    for operator in _OPERATORS:
        # A part of a conjunction contains the whole, a part of a disjunction lies in it.
        bound = [(m & target) == target if operator == "and" else (m | target) == target for m in (first, second)]
        a, b = first[bound[0]], second[bound[1]]
        function = np.bitwise_and if operator == "and" else np.bitwise_or
        for i, j in np.argwhere(function.outer(a, b) == target):
            found.append((int(a[i]), int(b[j]), operator))
    return found
