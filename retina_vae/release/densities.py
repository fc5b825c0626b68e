"""Densities of numbers, as curves."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

__all__ = ["density", "density_grid", "microaggregated"]

FloatArray = NDArray[np.float64]

_PLACES = 512


def density(values: FloatArray, grid: FloatArray, floor: int = 0) -> FloatArray:
    """Gaussian kernel density of ``values`` on ``grid``, with Silverman's bandwidth, per unit of ``values``.

    The values are counted into 1,024 bins first, so that the cost does not grow with the cohort.

    Args:
        values: Shape (patients,).
        grid: Where the density is wanted.
        floor: From 2 on the kernels stand at means of at least so many neighbours, so that no hump is one patient.
    """
    quartiles = float(np.subtract(*np.percentile(values, [75, 25]))) / 1.349
    deviation = float(values.std(ddof=1)) if len(values) > 1 else 0.0
    # Where more than half of the values are equal the quartiles say nothing of the spread.
    spread = min(deviation, quartiles) if quartiles > 0 else deviation
    bandwidth = 0.9 * (spread if spread > 0 else 1.0) * len(values) ** -0.2
    counts, edges = np.histogram(microaggregated(values, floor), bins=1024)
    middles = (edges[:-1] + edges[1:]) / 2
    kernels = np.exp(-0.5 * ((grid[:, None] - middles) / bandwidth) ** 2) / (bandwidth * math.sqrt(2 * math.pi))
    return kernels @ (counts / len(values))


def microaggregated(values: FloatArray, floor: int) -> FloatArray:
    """The values with each in the place of which the mean of at least ``floor`` neighbours stands.

    Domingo-Ferrer and Mateo-Sanz, "Practical data-oriented microaggregation for statistical disclosure control", IEEE
    Transactions on Knowledge and Data Engineering (2002), pages 189-201, with groups of equal size.

    >>> microaggregated(np.array([1.0, 9.0, 2.0, 3.0, 8.0]), 2)
    array([1.5       , 6.66666667, 1.5       , 6.66666667, 6.66666667])
    """
    if floor <= 1 or not len(values):
        return values
    order = np.argsort(values, kind="stable")
    group = np.minimum(np.arange(len(values)) // floor, max(len(values) // floor - 1, 0))
    means = np.bincount(group, weights=values[order]) / np.bincount(group)
    changed = np.empty_like(values)
    changed[order] = means[group]
    return changed


def density_grid(values: FloatArray, floor: int) -> FloatArray:
    """Where densities are drawn; with a floor, no end tells of the few patients beyond it."""
    if floor <= 1:
        margin = 0.15 * (float(np.ptp(values)) or 1.0)
        return np.linspace(values.min() - margin, values.max() + margin, _PLACES)
    from matplotlib.ticker import MaxNLocator

    beyond = min(floor, (len(values) - 1) // 2)
    low, high = np.sort(values)[[beyond, -1 - beyond]]
    ticks = MaxNLocator(12).tick_values(low, high)
    return np.linspace(ticks[0], ticks[-1], _PLACES)
