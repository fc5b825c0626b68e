"""Conditions on a patient's columns and their combinations, written as pandas queries."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import Literal

from retina_vae.cohort import Column

__all__ = ["AgeCondition", "Combination", "Condition", "Formula", "conditions_of", "join", "plain_number_between"]


@dataclass(frozen=True)
class Condition:
    """A column's category is one of ``categories``; ``all_categories`` are those that the column can have."""

    column: str
    categories: tuple[str, ...]
    all_categories: tuple[str, ...]

    atoms = 1

    @property
    def text(self) -> str:
        """The condition as a query; the wording that names the fewest categories."""
        if len(self.categories) == 1:
            return f"{self.column} == {self.categories[0]!r}"
        left_out = [category for category in self.all_categories if category not in self.categories]
        if len(left_out) == 1:
            return f"{self.column} != {left_out[0]!r}"
        return f"{self.column} in {list(self.categories)!r}"


@dataclass(frozen=True)
class AgeCondition:
    """Age is at most (``<=``) or above (``>``) a threshold in years."""

    comparison: Literal["<=", ">"]
    years: float

    atoms = 1

    @property
    def text(self) -> str:
        """The condition as a query."""
        return f"age {self.comparison} {str(self.years).removesuffix('.0')}"


@dataclass(frozen=True)
class Combination:
    """Formulas joined by ``and`` or by ``or``."""

    operator: Literal["and", "or"]
    parts: tuple[Formula, ...]

    @property
    def atoms(self) -> int:
        """Number of conditions, the length of the formula."""
        return sum(part.atoms for part in self.parts)

    @property
    def text(self) -> str:
        """The formula as a query, simple conditions before combined ones."""
        ordered = sorted(self.parts, key=lambda part: part.atoms)
        words = [f"({part.text})" if isinstance(part, Combination) else part.text for part in ordered]
        return f" {self.operator} ".join(words)


Formula = Condition | AgeCondition | Combination


def join(operator: Literal["and", "or"], *formulas: Formula) -> Formula:
    """Join formulas, without brackets around a part that has the same operator; one formula stays itself."""
    parts: list[Formula] = []
    for formula in formulas:
        same = isinstance(formula, Combination) and formula.operator == operator
        parts.extend(formula.parts if same and isinstance(formula, Combination) else [formula])
    return parts[0] if len(parts) == 1 else Combination(operator, tuple(parts))


def conditions_of(column: Column, allowed: tuple[str, ...] | None = None) -> list[Condition]:
    """Every condition on a categorical or binary column that some of its ``allowed`` categories meet and some do not.

    Args:
        column: The column.
        allowed: The categories that still occur where the conditions are used; by default all of them.
    """
    categories = column.categories if allowed is None else allowed
    return [
        Condition(column.name, chosen, column.categories)
        for count in range(1, len(categories))
        for chosen in combinations(categories, count)
    ]


def plain_number_between(low: float, high: float) -> float:
    """The number with the fewest decimals strictly between two others, as near to their middle as its decimals allow.

    Where no decimal lies between them, the result is ``low``.

    Raises:
        ValueError: ``low`` is not smaller than ``high``.

    Examples:
        >>> plain_number_between(60.29, 61.87)
        61.0
        >>> plain_number_between(61.52, 61.87)
        61.7
    """
    if not low < high:
        raise ValueError(f"expected low < high, got {low} and {high}")
    for decimals in range(17):
        number = round((low + high) / 2, decimals)
        if low < number < high:
            return number
    return low
