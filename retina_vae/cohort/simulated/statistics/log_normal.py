"""Positive columns."""

from __future__ import annotations

import math
from typing import Annotated, Self

import numpy as np
from pydantic import Field, model_validator
from scipy.stats import norm
from scipy.stats.distributions import rv_frozen

from retina_vae.cohort.schema import Column
from retina_vae.cohort.simulated.statistics.base import Expected, FloatArray, Statistic, bounds
from retina_vae.cohort.simulated.statistics.moments import (
    NEGLIGIBLE,
    Moments,
    expected_deviation,
    expected_mean,
    truncated_normal,
)

__all__ = ["LogNormalStatistic"]


class LogNormalStatistic(Statistic):
    """The natural logarithm is normal; the number is truncated to the column's bounds.

    Attributes:
        median: Median without the bounds, in the column's unit; this or ``log_mean`` is given.
        log_mean: Mean of the logarithm, the logarithm of the median.
        log_sd: Standard deviation of the logarithm.
    """

    median: Annotated[float, Field(gt=0)] | None = None
    log_mean: float | None = None
    log_sd: Annotated[float, Field(gt=0)]

    @model_validator(mode="after")
    def _has_one_center(self) -> Self:
        if (self.median is None) == (self.log_mean is None):
            raise ValueError("expected either a median or a log_mean, got " + ("both" if self.median else "neither"))
        return self

    def check_fits(self, column: Column) -> None:
        """The bounds leave room above 0."""
        super().check_fits(column)
        if column.maximum is not None and column.maximum <= 0:
            raise ValueError(f"expected a column with a maximum above 0, got {column.maximum:g}")

    def draw(self, column: Column, count: int, rng: np.random.Generator) -> FloatArray:
        """Numbers above 0 and between the bounds."""
        numbers = np.exp(self._logarithm(column).rvs(size=count, random_state=rng))
        # The exponential of a bound's logarithm may miss the bound by its last digit.
        return np.clip(numbers, *bounds(column))

    def _log_density_of_observed(self, codes: FloatArray, column: Column) -> FloatArray:
        logarithms = np.log(codes, out=np.full(len(codes), -np.inf), where=codes > 0)
        # d log(x) / dx = 1 / x; a number that is not above 0 is impossible.
        jacobian = np.where(codes > 0, -logarithms, 0.0)
        return self._logarithm(column).logpdf(logarithms) + jacobian

    def expected(self, column: Column, n: float) -> dict[str, Expected]:
        """Median; mean and standard deviation of the logarithm."""
        moments = Moments.of_normal(self._center, self.log_sd**2, *_log_bounds(column))
        return {
            "median": self._expected_median(column, n),
            "mean of log": expected_mean(moments, n),
            "sd of log": expected_deviation(moments, n),
        }

    def _expected_median(self, column: Column, n: float) -> Expected:
        """The median of n draws, whose standard deviation is 1 / (2 density(median) sqrt(n)) in large samples."""
        low, high = _log_bounds(column)
        whole = norm(self._center, self.log_sd)
        known = whole if whole.cdf(low) + whole.sf(high) < NEGLIGIBLE else self._logarithm(column)
        middle = float(known.median())
        value = self.median if known is whole and self.median is not None else math.exp(middle)
        return Expected(value, value / (2 * float(known.pdf(middle)) * math.sqrt(n)))

    @property
    def _center(self) -> float:
        if self.log_mean is not None:
            return self.log_mean
        assert self.median is not None
        return math.log(self.median)

    def _logarithm(self, column: Column) -> rv_frozen:
        return truncated_normal(self._center, self.log_sd, *_log_bounds(column))


def _log_bounds(column: Column) -> tuple[float, float]:
    low, high = bounds(column)
    return (math.log(low) if low > 0 else -np.inf), math.log(high)
