"""Truncated normal distributions, and what mean and variance of a sample should be."""

from __future__ import annotations

import math
from typing import NamedTuple

from scipy.stats import norm, truncnorm
from scipy.stats.distributions import rv_frozen

from retina_vae.cohort.simulated.statistics.base import Expected

__all__ = ["Moments", "expected_deviation", "expected_mean", "expected_variance", "truncated_normal"]

NEGLIGIBLE = 1e-5
"""Bounds that cut off a smaller share count as none where a sample is held against its target, so that the target is
the number that the source gives. Means move by less than 1e-4 standard deviations then, which no cohort shows."""


class Moments(NamedTuple):
    """Mean, variance and excess kurtosis of a distribution."""

    mean: float
    variance: float
    kurtosis: float = 0.0

    @classmethod
    def of(cls, distribution: rv_frozen) -> Moments:
        """Those of a distribution of scipy."""
        return cls(*(float(moment) for moment in distribution.stats(moments="mvk")))

    @classmethod
    def of_normal(cls, mean: float, variance: float, low: float, high: float) -> Moments:
        """Those of a normal distribution between bounds."""
        deviation = variance**0.5
        whole = norm(mean, deviation)
        if whole.cdf(low) + whole.sf(high) < NEGLIGIBLE:
            return cls(mean, variance)
        return cls.of(truncated_normal(mean, deviation, low, high))


def truncated_normal(mean: float, deviation: float, low: float, high: float) -> rv_frozen:
    """The normal distribution between ``low`` and ``high``, which may be infinite; mean and deviation without them."""
    return truncnorm((low - mean) / deviation, (high - mean) / deviation, loc=mean, scale=deviation)


def expected_mean(moments: Moments, n: float) -> Expected:
    """The mean of n draws."""
    return Expected(moments.mean, math.sqrt(moments.variance / n))


def expected_variance(moments: Moments, n: float) -> Expected:
    r"""The variance of n draws, which itself has the variance :math:`\sigma^4 (2 / (n - 1) + \kappa / n)`.

    References:
        Cramér, Mathematical Methods of Statistics (1946), section 27.4.
    """
    # A variance below 0 is rounding; no distribution has a kurtosis below -2.
    relative = max(2 / max(n - 1, 1) + moments.kurtosis / n, 0.0)
    return Expected(moments.variance, moments.variance * math.sqrt(relative))


def expected_deviation(moments: Moments, n: float) -> Expected:
    """The standard deviation of n draws; its error by the delta method."""
    variance, error, _ = expected_variance(moments, n)
    deviation = math.sqrt(variance)
    return Expected(deviation, error / (2 * deviation))
