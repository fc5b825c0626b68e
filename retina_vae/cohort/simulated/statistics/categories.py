"""Nominal, binary and ordinal columns."""

from __future__ import annotations

import math
from typing import Annotated, Any

import numpy as np
from pydantic import Field, field_validator

from retina_vae.cohort.schema import Column
from retina_vae.cohort.simulated.statistics.base import Expected, FloatArray, Probability, Statistic

__all__ = ["CategoryStatistic"]


class CategoryStatistic(Statistic):
    """The probability of each category, and their standard error where they were estimated."""

    probabilities: dict[str, Probability]
    standard_error: Annotated[float, Field(ge=0)] | None = None

    @field_validator("probabilities", mode="before")
    @classmethod
    def _categories_are_texts(cls, value: Any) -> Any:
        for category in value if isinstance(value, dict) else ():
            if not isinstance(category, str):
                raise ValueError(
                    f"expected categories as texts, got {category!r}; put quotes around a category that YAML reads as "
                    "something else, such as 'no' or '1'"
                )
        return value

    @field_validator("probabilities")
    @classmethod
    def _sum_to_one(cls, value: dict[str, float]) -> dict[str, float]:
        total = sum(value.values())
        if abs(total - 1) > 1e-9:
            raise ValueError(f"expected probabilities that sum to 1, got a sum of {total:.6g}")
        return value

    def check_fits(self, column: Column) -> None:
        """It has a probability of every category of the column and of no other."""
        super().check_fits(column)
        if set(self.probabilities) != set(column.categories):
            raise ValueError(f"expected the categories {list(column.categories)}, got {list(self.probabilities)}")

    def draw(self, column: Column, count: int, rng: np.random.Generator) -> FloatArray:
        """Positions of categories."""
        return rng.choice(len(column.categories), size=count, p=self._shares(column)).astype(np.float64)

    def _log_density_of_observed(self, codes: FloatArray, column: Column) -> FloatArray:
        with np.errstate(divide="ignore"):
            return np.log(self._shares(column))[codes.astype(np.intp)]

    def expected(self, column: Column, n: float) -> dict[str, Expected]:
        """The share of each category, with its binomial error."""
        return {
            f"share {category}": Expected(share, math.sqrt(share * (1 - share) / n), self.standard_error)
            for category, share in zip(column.categories, self._shares(column), strict=True)
        }

    def _shares(self, column: Column) -> list[float]:
        return [self.probabilities[category] for category in column.categories]
