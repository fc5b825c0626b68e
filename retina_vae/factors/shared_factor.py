"""The score of beta-VAE: can it be seen from codes which factor two items share (Higgins et al. 2017)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from retina_vae.factors.factor import Factor, Levels

__all__ = ["shared_factor_score"]

FloatArray = NDArray[np.float64]

_PAIRS = 64
_POINTS = 150
_TRAINED_ON = 100


def shared_factor_score(codes: FloatArray, factors: Sequence[Factor], seed: int) -> float:
    """How often a linear classifier names the factor that pairs of items share (Higgins et al. 2017, section 3).

    A point is the mean of |z_1 - z_2| over 64 pairs that share one factor and are drawn at random otherwise; a logistic
    regression on 100 points per factor names that factor, and is asked about 50 more. Items of a cohort cannot be made
    to order: a pair shares a factor where both lie in the same group of it. By chance it is 1 / factors.

    Args:
        codes: Codes of the items, shape (items, coordinates), none of them constant; each is divided by its standard
            deviation.
        factors: Each with two groups at least; items without a group are left out.
        seed: Of the draws.

    Returns:
        The share named rightly; not a number where there is one factor alone.
    """
    from sklearn.linear_model import LogisticRegression

    if len(factors) < 2:
        return float("nan")
    rng = np.random.default_rng(seed)
    points = np.stack([_points(codes / codes.std(axis=0), factor.levels, rng) for factor in factors])
    seen, unseen = points[:, :_TRAINED_ON], points[:, _TRAINED_ON:]
    center, scale = seen.mean(axis=(0, 1)), seen.std(axis=(0, 1))
    names = np.arange(len(factors))
    classifier = LogisticRegression(max_iter=300)
    classifier.fit(((seen - center) / scale).reshape(-1, codes.shape[1]), np.repeat(names, _TRAINED_ON))
    found = classifier.predict(((unseen - center) / scale).reshape(-1, codes.shape[1]))
    return float((found == np.repeat(names, _POINTS - _TRAINED_ON)).mean())


def _points(codes: FloatArray, levels: Levels, rng: np.random.Generator) -> FloatArray:
    """Mean distances of pairs that share a group, shape (points, coordinates)."""
    ordered = np.argsort(levels, kind="stable")
    ordered = ordered[levels[ordered] >= 0]
    sizes = np.bincount(levels[ordered])
    starts = np.cumsum(sizes) - sizes
    first = rng.integers(len(ordered), size=(_POINTS, _PAIRS))
    group = levels[ordered[first]]
    # A step around the group from the first, so that no item is paired with itself.
    step = 1 + (rng.random(first.shape) * (sizes[group] - 1)).astype(np.int64)
    second = starts[group] + (first - starts[group] + step) % sizes[group]
    distances: FloatArray = np.abs(codes[ordered[first]] - codes[ordered[second]]).mean(axis=1)
    return distances
