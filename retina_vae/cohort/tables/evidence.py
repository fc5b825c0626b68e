"""What the rules of inference look at, and what they say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from retina_vae.cohort.table_schema import Category
from retina_vae.cohort.tables.numbers import FloatArray, Limits, whole_number_texts

__all__ = [
    "DATES",
    "FEWEST_NUMBERS",
    "FEW_INTEGERS",
    "FEW_TEXTS",
    "MANY_TEXTS",
    "MOSTLY",
    "MOST_COUNTED",
    "NUMBER_KINDS",
    "SKEWED",
    "UNIQUE_FROM",
    "ZEROS",
    "Evidence",
    "Proposal",
    "plain_categories",
    "type_of",
]

FEW_INTEGERS = 10
"""Up to so many different whole numbers may be codes as well as counts."""
MOST_COUNTED = 1_000
"""Whole numbers that go further are amounts, such as days, costs or concentrations, rather than counts."""
FEW_TEXTS = 20
MANY_TEXTS = 50
"""Texts are categories where there are up to 20 that at least 3 patients have on average, or up to 50 that 10 have."""
ZEROS = 0.1
"""Share of exact zeros from which a number is zero-inflated."""
SKEWED = 1.0
"""Skewness from which a positive number is read on the logarithmic scale."""
MOSTLY = 0.5
"""Share of numbers from which the other texts of a column are words among numbers."""
DATES = 0.9
"""Share of dates from which a column holds dates."""
FEWEST_NUMBERS = 3
"""Different numbers among which ``<0.1`` is a limit of detection; among fewer it is a category."""
UNIQUE_FROM = 20
"""So many whole numbers that all differ may be identifiers."""

NUMBER_KINDS = "continuous, positive, zero_inflated, count or, with a maximum, level"
"""The kinds of numbers, as a sentence lists them."""


@dataclass(frozen=True)
class Evidence:
    """A column's cells, as the rules look at them.

    Attributes:
        name: Of the column.
        known: Texts that are not missing.
        rows: Number of rows, with the missing ones.
        labels: What values mean, where the file says it.
        numbers: The number that each known text is; NaN where it is none.
        limits: The same, and the number of a limit such as ``<0.1`` where a text is one.
        written: Properties that say how the numbers are written, such as a decimal comma; None where that is open.
        typed: Whether the file stores days as such.
    """

    name: str
    known: pd.Series
    rows: int
    labels: dict[str, str]
    numbers: FloatArray
    limits: Limits
    written: dict[str, Any] | None
    typed: bool = False

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many patients have each text."""
        return {str(text): int(number) for text, number in self.known.value_counts(sort=False).items()}

    @cached_property
    def finite(self) -> FloatArray:
        """The numbers."""
        return self.numbers[~np.isnan(self.numbers)]

    @cached_property
    def beyond(self) -> int:
        """How many patients have a limit, among numbers that are none; 0 where hardly a text is such a number."""
        return int((self.limits.sides != 0).sum()) if len(np.unique(self.finite)) >= FEWEST_NUMBERS else 0

    @cached_property
    def numbers_of_texts(self) -> list[float]:
        """The number that each text of :attr:`counts` is, in their order."""
        known = dict(zip(self.known.astype(str), self.numbers.tolist(), strict=True))
        return [known[text] for text in self.counts]

    @property
    def numeric(self) -> bool:
        """Whether every known text is a number."""
        return len(self.finite) == len(self.known)

    @cached_property
    def whole(self) -> bool:
        """Whether every known text is a whole number."""
        return self.numeric and bool((self.finite == np.rint(self.finite)).all())

    @property
    def coded(self) -> bool:
        """Whether some whole number begins with a 0, as codes and identifiers do."""
        return any(len(text) > 1 and text.startswith("0") and text.isdecimal() for text in self.counts)

    @property
    def unique(self) -> bool:
        """Whether no two patients have the same text."""
        return len(self.counts) == len(self.known)

    @property
    def values(self) -> list[str]:
        """The different texts: whole numbers as digits and by size, others by alphabet."""
        if self.whole and not self.coded:
            digits = whole_number_texts(self.counts)
            return sorted(set(digits.values()), key=int) if len(digits) == len(self.counts) else sorted(self.counts)
        return sorted(self.counts, key=str.casefold)


@dataclass(frozen=True)
class Proposal:
    """What a column probably is, and why.

    Attributes:
        role: As in a schema, or ``decide``.
        kind: As in a schema, or ``decide``; None where the role needs none.
        why: In words.
        type: The Table Schema's word for what stands in the cells.
        properties: Further properties of the field, by the names of its attributes.
    """

    role: str
    kind: str | None
    why: str
    type: str = "string"
    properties: dict[str, Any] = field(default_factory=dict)


def plain_categories(values: Sequence[str]) -> tuple[Category, ...]:
    """Categories that stand for themselves."""
    return tuple(Category(value=value, label=value) for value in values)


def type_of(evidence: Evidence) -> str:
    """The Table Schema's word for what stands in the cells of categories."""
    return "integer" if evidence.whole and not evidence.coded else "string"
