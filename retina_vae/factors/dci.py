"""Disentanglement, completeness and informativeness by random forests (Eastwood and Williams 2018)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from retina_vae.factors.factor import Factor

__all__ = ["DCI", "dci", "scores_of_importance"]

FloatArray = NDArray[np.float64]

_TREES = 20
_TRAINED_ON = 2 / 3
_LEAF = 0.005
"""Share of the items that a leaf holds at least: smaller ones make splits, and importance, of nothing but chance."""


class DCI(NamedTuple):
    """The three, each up to 1.

    Attributes:
        disentanglement: How far each coordinate matters to one factor alone; not a number of one factor.
        completeness: How far each factor needs one coordinate alone; not a number of one coordinate.
        informativeness: How well the factors of unseen items are read off the codes: 1 without error, 0 no better than
            their mean or most frequent category; the mean over the factors.
        importance: Of each coordinate to each factor, shape (coordinates, factors); that of a factor sums to 1.
    """

    disentanglement: float
    completeness: float
    informativeness: float
    importance: FloatArray


def dci(codes: FloatArray, factors: Sequence[Factor], seed: int) -> DCI:
    """The three scores: a forest of 20 trees for each factor, on two thirds of its items, asked about the others.

    The importance of a coordinate is by how much its splits lessen the variance, or the Gini impurity.

    Args:
        codes: Codes of the items, shape (items, coordinates), none of them constant.
        factors: Each with two groups at least; items without a group are left out.
        seed: Of the split and the forests.
    """
    importance, read = np.zeros((codes.shape[1], len(factors))), np.zeros(len(factors))
    for place, factor in enumerate(factors):
        importance[:, place], read[place] = _forest(codes, factor, seed)
    return DCI(*scores_of_importance(importance), float(read.mean()), importance)


def scores_of_importance(importance: FloatArray) -> tuple[float, float]:
    """Disentanglement and completeness of a matrix of importances (Eastwood and Williams 2018, section 2).

    D = sum_i rho_i (1 - H_K(P_i)) with P_ij the share that factor j has of the importance of coordinate i, and rho_i
    the share that coordinate i has of all importance; C_j = 1 - H_D of the shares that the coordinates have of factor
    j, their mean. The logarithms are to the base of the number of factors K and of coordinates D.

    Args:
        importance: Shape (coordinates, factors), none negative.
    """
    total = importance.sum()
    if total == 0:
        return np.nan, np.nan
    rho = importance.sum(axis=1) / total
    disentanglement = (rho * _concentration(importance)).sum()
    return float(disentanglement), float(_concentration(importance.T).mean())


def _concentration(rows: FloatArray) -> FloatArray:
    """1 less the entropy of each row's shares, to the base of their number; NaN of one share, 0 of a row of zeros."""
    if rows.shape[1] < 2:
        return np.full(len(rows), np.nan)
    sums = rows.sum(axis=1, keepdims=True)
    shares = np.where(sums > 0, rows / np.where(sums > 0, sums, 1), 1 / rows.shape[1])
    logs = np.log(np.where(shares > 0, shares, 1))
    return 1 + (shares * logs).sum(axis=1) / np.log(rows.shape[1])


def _forest(codes: FloatArray, factor: Factor, seed: int) -> tuple[FloatArray, float]:
    """Importance of each coordinate, summing to 1 where there is any, and how well unseen items are read."""
    from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

    kept = np.flatnonzero(factor.levels >= 0)
    order = np.random.default_rng(seed).permutation(kept)
    seen, unseen = np.split(order, [round(_TRAINED_ON * len(order))])
    leaf = max(2, round(_LEAF * len(seen)))
    kind = RandomForestRegressor if factor.numeric else RandomForestClassifier
    # All coordinates at every split: a coordinate would else matter because no other was at hand.
    forest = kind(_TREES, max_features=None, min_samples_leaf=leaf, random_state=seed, n_jobs=1)
    values = _ranks(factor.values) if factor.numeric else factor.levels
    forest.fit(codes[seen], values[seen])
    return forest.feature_importances_, _read(forest.predict(codes[unseen]), values[unseen], values[seen], factor)


def _read(found: FloatArray, values: FloatArray, seen: FloatArray, factor: Factor) -> float:
    """1 less the error as a share of the error of who knows the seen items' values alone; 0 where it is no smaller."""
    if factor.numeric:
        errors, without = ((found - values) ** 2).mean(), ((seen.mean() - values) ** 2).mean()
    else:
        frequent = np.bincount(seen).argmax()
        errors, without = (found != values).mean(), (frequent != values).mean()
    return float(max(0.0, 1 - errors / without)) if without > 0 else 0.0


def _ranks(values: FloatArray) -> FloatArray:
    """Ranks as shares of the items, so that a number far out decides no split; NaN stays."""
    from scipy.stats import rankdata

    return rankdata(values, nan_policy="omit") / len(values)
