"""Columns that are 0 for many patients."""

from __future__ import annotations

import math
from typing import Annotated

import numpy as np
from pydantic import Field

from retina_vae.cohort.schema import Column
from retina_vae.cohort.simulated.statistics.base import Expected, FloatArray
from retina_vae.cohort.simulated.statistics.log_normal import LogNormalStatistic

__all__ = ["ZeroInflatedStatistic"]


class ZeroInflatedStatistic(LogNormalStatistic):
    """0, or above it log-normal.

    Attributes:
        share_above_zero: Probability that the number is above 0.
    """

    share_above_zero: Annotated[float, Field(gt=0, le=1)]

    def check_fits(self, column: Column) -> None:
        """0 lies within the bounds."""
        super().check_fits(column)
        if column.minimum:
            raise ValueError(f"expected a column whose minimum is 0, got {column.minimum:g}")

    def draw(self, column: Column, count: int, rng: np.random.Generator) -> FloatArray:
        """Numbers from 0 on."""
        above = rng.random(count) < self.share_above_zero
        return np.where(above, super().draw(column, count, rng), 0.0)

    def _log_density_of_observed(self, codes: FloatArray, column: Column) -> FloatArray:
        above = math.log(self.share_above_zero) + super()._log_density_of_observed(codes, column)
        zero = math.log1p(-self.share_above_zero) if self.share_above_zero < 1 else -np.inf
        return np.where(codes == 0, zero, above)

    def expected(self, column: Column, n: float) -> dict[str, Expected]:
        """The share above 0, with its binomial error, and the median of the numbers above 0."""
        share = self.share_above_zero
        return {
            "share above 0": Expected(share, math.sqrt(share * (1 - share) / n)),
            "median above 0": self._expected_median(column, n * share),
        }
