"""How much each coordinate says about each factor, and by how much the best coordinate leads (Chen et al. 2018)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from retina_vae.factors.factor import Factor, Levels, code_bins

__all__ = ["Information", "information"]

FloatArray = NDArray[np.float64]

_TAILS = (0.01, 0.99)


class Information(NamedTuple):
    """What coordinates say about factors.

    Attributes:
        nats: I(z_j; v_k), shape (coordinates, factors).
        normalised: The same as a share of the factor's entropy H(v_k), 0 to 1.
        gap: Mutual information gap of each factor, shape (factors,): how far the coordinate that says the most about
            it leads the next, as a share of its entropy. Not a number where there is one coordinate alone.
    """

    nats: FloatArray
    normalised: FloatArray
    gap: FloatArray


def information(codes: FloatArray, factors: Sequence[Factor]) -> Information:
    """Mutual information of coordinates and factors (Chen et al. 2018, equation 6; their MIG is the mean of the gaps).

    Counted in cells, as in disentanglement_lib (Locatello et al. 2019): a coordinate in bins of equal width, 20 of
    2,000 items or more (:func:`~retina_vae.factors.factor.code_bins`), a factor in its groups. The bins divide the
    range between the coordinate's 1st and 99th percentile, and the outer ones take what lies beyond, so that one item
    far out does not decide all bins. A coordinate that is a number of 10 groups, normally distributed, reaches 0.85.

    Args:
        codes: Codes of the items, shape (items, coordinates).
        factors: Each with two groups at least; items without a group are left out.
    """
    nats, entropies = np.zeros((codes.shape[1], len(factors))), np.zeros(len(factors))
    for place, factor in enumerate(factors):
        levels = factor.levels[factor.levels >= 0]
        entropies[place] = _entropy(np.bincount(levels) / len(levels))
        for coordinate, values in enumerate(codes[factor.levels >= 0].T):
            nats[coordinate, place] = _mutual_information(_binned(values), levels)
    normalised = nats / entropies
    best = np.sort(normalised, axis=0)
    gap = best[-1] - best[-2] if len(best) > 1 else np.full(len(factors), np.nan)
    return Information(nats, normalised, gap)


def _binned(values: FloatArray) -> Levels:
    """The bin of each number, from 0; all in one where they are equal."""
    low, high = np.quantile(values, _TAILS)
    if low == high:
        low, high = values.min(), values.max()
    if low == high:
        return np.zeros(len(values), dtype=np.int64)
    bins = code_bins(len(values))
    return np.clip(((values - low) / (high - low) * bins).astype(np.int64), 0, bins - 1)


def _mutual_information(first: Levels, second: Levels) -> float:
    counts = np.zeros((first.max() + 1, second.max() + 1))
    np.add.at(counts, (first, second), 1)
    joint = counts / counts.sum()
    whole = _entropy(joint.sum(axis=1)) + _entropy(joint.sum(axis=0)) - _entropy(joint.ravel())
    # Of independent ones rounding may leave a negative number.
    return max(0.0, whole)


def _entropy(shares: FloatArray) -> float:
    """-sum p log p in nats."""
    some = shares[shares > 0]
    return float(-(some * np.log(some)).sum())
