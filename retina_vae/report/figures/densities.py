"""Densities of numbers, as curves."""

from __future__ import annotations

import math

import numpy as np
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

__all__ = ["density", "density_grid"]

FloatArray = NDArray[np.float64]

_PLACES = 512


def density(values: FloatArray, grid: FloatArray) -> FloatArray:
    """Gaussian kernel density of ``values`` on ``grid``, with Silverman's bandwidth, per unit of ``values``.

    The values are counted into 1,024 bins first, so that the cost does not grow with the cohort.
    """
    quartiles = float(np.subtract(*np.percentile(values, [75, 25]))) / 1.349
    deviation = float(values.std(ddof=1)) if len(values) > 1 else 0.0
    # Where more than half of the values are equal the quartiles say nothing of the spread.
    spread = min(deviation, quartiles) if quartiles > 0 else deviation
    bandwidth = 0.9 * (spread if spread > 0 else 1.0) * len(values) ** -0.2
    counts, edges = np.histogram(values, bins=1024)
    middles = (edges[:-1] + edges[1:]) / 2
    kernels = np.exp(-0.5 * ((grid[:, None] - middles) / bandwidth) ** 2) / (bandwidth * math.sqrt(2 * math.pi))
    return kernels @ (counts / len(values))


def density_grid(values: FloatArray, floor: int) -> FloatArray:
    """Where densities are drawn; with a floor, no end tells of the few patients beyond it."""
    if floor <= 1:
        margin = 0.15 * (float(np.ptp(values)) or 1.0)
        return np.linspace(values.min() - margin, values.max() + margin, _PLACES)
    beyond = min(floor, (len(values) - 1) // 2)
    low, high = np.sort(values)[[beyond, -1 - beyond]]
    ticks = MaxNLocator(12).tick_values(low, high)
    return np.linspace(ticks[0], ticks[-1], _PLACES)
