"""Counts."""

from __future__ import annotations

import math
from typing import Annotated

import numpy as np
from pydantic import Field
from scipy.stats import nbinom
from scipy.stats.distributions import rv_frozen

from retina_vae.cohort.kinds.count import LARGEST_COUNT
from retina_vae.cohort.schema import Column
from retina_vae.cohort.simulated.statistics.base import Expected, FloatArray, Statistic, bounds
from retina_vae.cohort.simulated.statistics.moments import NEGLIGIBLE, Moments, expected_mean, expected_variance

__all__ = ["NegativeBinomialStatistic"]


class NegativeBinomialStatistic(Statistic):
    r"""Negative binomial, truncated to the column's bounds.

    Without bounds the variance is :math:`m + d m^2` with the mean m and the dispersion d: a Poisson distribution whose
    rate differs between patients, as a gamma distribution of shape 1 / d.

    Attributes:
        mean: Mean without the bounds.
        dispersion: How much more than a Poisson distribution's the variance is.

    References:
        Cameron and Trivedi, Regression Analysis of Count Data (2013), section 3.3: the NB2 variance function.
    """

    mean: Annotated[float, Field(gt=0)]
    dispersion: Annotated[float, Field(gt=0)]

    def check_fits(self, column: Column) -> None:
        """The bounds leave some count that can occur."""
        super().check_fits(column)
        if not self._mass(column) > 0:
            raise ValueError(
                f"expected counts between {column.minimum} and {column.maximum}, which a mean of {self.mean:g} with "
                f"the dispersion {self.dispersion:g} has none of"
            )

    def draw(self, column: Column, count: int, rng: np.random.Generator) -> FloatArray:
        """Counts between the bounds, by the inverse of the distribution function."""
        low, high = _ends(column)
        whole = self._distribution
        levels = rng.uniform(whole.cdf(low - 1), whole.cdf(high), count)
        return np.clip(whole.ppf(levels), low, high)

    def _log_density_of_observed(self, codes: FloatArray, column: Column) -> FloatArray:
        low, high = _ends(column)
        inside = (codes >= low) & (codes <= high)
        return np.where(inside, self._distribution.logpmf(codes) - math.log(self._mass(column)), -np.inf)

    def expected(self, column: Column, n: float) -> dict[str, Expected]:
        """Mean and variance."""
        moments = self._moments(column)
        return {"mean": expected_mean(moments, n), "variance": expected_variance(moments, n)}

    def _moments(self, column: Column) -> Moments:
        if 1 - self._mass(column) < NEGLIGIBLE:
            kurtosis = float(self._distribution.stats(moments="k"))
            return Moments(self.mean, self.mean + self.dispersion * self.mean**2, kurtosis)
        low, high = _ends(column)
        counts = np.arange(low, high + 1)
        shares = np.exp(self._log_density_of_observed(counts, column))
        mean = float(shares @ counts)
        second, fourth = (float(shares @ (counts - mean) ** power) for power in (2, 4))
        return Moments(mean, second, fourth / second**2 - 3 if second > 0 else 0.0)

    @property
    def _distribution(self) -> rv_frozen:
        return nbinom(1 / self.dispersion, 1 / (1 + self.dispersion * self.mean))

    def _mass(self, column: Column) -> float:
        """What share of the distribution without bounds lies within them."""
        low, high = _ends(column)
        return float(self._distribution.cdf(high) - self._distribution.cdf(low - 1))


def _ends(column: Column) -> tuple[float, float]:
    """The smallest and the largest count."""
    low, high = bounds(column)
    return float(math.ceil(max(low, 0.0))), float(math.floor(min(high, LARGEST_COUNT)))
