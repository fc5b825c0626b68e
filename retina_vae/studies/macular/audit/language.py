"""Every short formula over the few columns in which a group of patients still varies.

The patients that no conjunction sorts into a printed row share a cell of the cross-table, in which a few columns
still vary. Patients with the same categories are one *kind*; a set of kinds is a bit mask. A formula without age is
such a mask. A formula with one age condition is a pair of masks: the kinds that meet it whatever their age, and the
kinds that meet it only if their age does, so a condition ``age <= t`` can be left as a hole that is filled later. Both
are enumerated by length, and of formulas with the same meaning only the shortest are kept, as every part of a shortest
formula is itself a shortest one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import product
from typing import Any, Literal, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retina_vae.cohort import CohortSchema
from retina_vae.studies.macular.audit.formulas import AgeCondition, Condition, Formula, conditions_of, join

__all__ = ["Kinds", "Language", "Masks", "pack", "patient_kinds", "unpack"]

Masks = NDArray[np.uint64]
Operator = Literal["and", "or"]
Mask = TypeVar("Mask", int, Masks)
_BITS = 32
_OPERATORS: tuple[Operator, ...] = ("and", "or")


def pack(always: Mask, possibly: Mask) -> Mask:
    """A formula with an age condition in 64 bits: the kinds that meet it at every age, and those that meet it at some.

    >>> unpack(pack(1, 3))
    (1, 3)
    """
    packed: Any = (always << _BITS) | possibly
    return packed


def unpack(pair: Mask) -> tuple[Mask, Mask]:
    """The two masks of :func:`pack`."""
    halves: Any = (pair >> _BITS, pair & (2**_BITS - 1))
    return halves


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
    """All formulas over a cell's kinds by length: ``plain[n]`` are masks, ``aged[n]`` pairs of masks (:func:`pack`)."""

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
                aged.append(
                    _combine(self.aged[first], pack(self.plain[length - first], self.plain[length - first]), operator)
                )
        self.plain.append(_new(plain, [*self.plain, np.array([0, self.kinds.everyone], dtype=np.uint64)]))
        # A pair whose halves are equal does not depend on age.
        candidates = _new(aged, self.aged)
        always, possibly = unpack(candidates)
        self.aged.append(candidates[always != possibly])

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
            plain = pack(self.plain[length - first], self.plain[length - first])
            for a, b, operator in _parts(self.aged[first], plain, pair):
                other = self.word_plain(unpack(b)[0], length - first)
                found.append(join(operator, self.word_aged(a, first, age), other))
        return min(found, key=_wording)


def _wording(formula: Formula) -> tuple[int, str]:
    return len(formula.text), formula.text


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
