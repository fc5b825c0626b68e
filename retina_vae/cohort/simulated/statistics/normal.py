"""Continuous columns."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from pydantic import Field
from scipy.stats.distributions import rv_frozen

from retina_vae.cohort.schema import Column
from retina_vae.cohort.simulated.statistics.base import Expected, FloatArray, Statistic, bounds
from retina_vae.cohort.simulated.statistics.moments import Moments, expected_mean, expected_variance, truncated_normal

__all__ = ["NormalStatistic"]


class NormalStatistic(Statistic):
    """Normal with this mean and variance, in the column's unit and its square, truncated to the column's bounds."""

    mean: float
    variance: Annotated[float, Field(gt=0)]

    def draw(self, column: Column, count: int, rng: np.random.Generator) -> FloatArray:
        """Numbers between the bounds."""
        return self._distribution(column).rvs(size=count, random_state=rng)

    def _log_density_of_observed(self, codes: FloatArray, column: Column) -> FloatArray:
        return self._distribution(column).logpdf(codes)

    def expected(self, column: Column, n: float) -> dict[str, Expected]:
        """Mean and variance."""
        moments = Moments.of_normal(self.mean, self.variance, *bounds(column))
        return {"mean": expected_mean(moments, n), "variance": expected_variance(moments, n)}

    def _distribution(self, column: Column) -> rv_frozen:
        return truncated_normal(self.mean, self.variance**0.5, *bounds(column))
