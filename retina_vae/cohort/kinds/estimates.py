"""Statistics of a column's observed values, with their standard errors."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["MAD", "Estimate", "deviation", "mean", "median", "share", "variance"]

FloatArray = NDArray[np.float64]

MAD = 1.4826
"""From the median absolute deviation to the standard deviation of a normal distribution (Hampel 1974)."""


class Estimate(NamedTuple):
    """A statistic of observed values.

    Attributes:
        statistic: Its name, unique in the column.
        observed: Its value; NaN where too few values were observed.
        standard_error: Its standard error under sampling of patients, whatever the distribution.
        patients: Of a share, how many patients it counts.
        beyond: Of a statistic that is read off the ordered values, how many patients lie on the smaller side of any
            value that it or its error is read off, this one counted with them.
    """

    statistic: str
    observed: float
    standard_error: float
    patients: int | None = None
    beyond: int | None = None


def share(name: str, patients: int, n: int) -> Estimate:
    """The share of ``patients`` among n, with its binomial error."""
    if n == 0:
        return Estimate(name, math.nan, math.nan, patients)
    found = patients / n
    return Estimate(name, found, math.sqrt(found * (1 - found) / n), patients)


def mean(values: FloatArray, name: str = "mean") -> Estimate:
    """The mean."""
    if not len(values):
        return Estimate(name, math.nan, math.nan)
    return Estimate(name, float(values.mean()), math.sqrt(_variance(values)[0] / len(values)))


def variance(values: FloatArray, name: str = "variance") -> Estimate:
    """The variance without bias; its error comes from the fourth moment, so that it holds for long tails, too."""
    return Estimate(name, *_variance(values))


def deviation(values: FloatArray, name: str) -> Estimate:
    """The standard deviation, its error by the delta method."""
    found, error = _variance(values)
    spread = math.sqrt(found)
    return Estimate(name, spread, error / (2 * spread) if spread > 0 else math.nan)


def median(values: FloatArray, name: str = "median") -> Estimate:
    """The median; its error is read off the two order statistics that bound it with a confidence of 99 %.

    References:
        McKean and Schrader, A comparison of methods for studentizing the sample median, Communications in Statistics,
        Simulation and Computation 13 (1984).
    """
    n, width = len(values), 2.5758
    if n < 2:
        return Estimate(name, float(values[0]) if n else math.nan, math.nan, beyond=n)
    ordered = np.sort(values)
    lower = max(round((n + 1) / 2 - width * math.sqrt(n / 4)), 1)
    error = float(ordered[n - lower] - ordered[lower - 1]) / (2 * width)
    return Estimate(name, float(np.median(ordered)), error, beyond=lower)


def _variance(values: FloatArray) -> tuple[float, float]:
    """The variance without bias and its standard error, by the fourth moment."""
    n = len(values)
    if n < 2:
        return math.nan, math.nan
    found = float(values.var(ddof=1))
    fourth = float(((values - values.mean()) ** 4).mean())
    return found, math.sqrt(max(fourth - found**2 * (n - 3) / (n - 1), 0.0) / n)
