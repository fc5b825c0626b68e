"""The area under the ROC curve of several classes, with its interval."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import expit, logit, ndtri
from scipy.stats import rankdata

__all__ = ["Area", "Difference", "PairedAreas", "macro_auc", "mean_area", "mean_difference", "paired_areas"]

FloatArray = NDArray[np.float64]


class Area(NamedTuple):
    """An area under the ROC curve and its 95 % interval."""

    auc: float
    low: float
    high: float


class Difference(NamedTuple):
    """A difference of two areas and its 95 % interval."""

    value: float
    low: float
    high: float


class PairedAreas(NamedTuple):
    """Two areas of the same patients, and the correlation of their errors (0 where one of them has none to see)."""

    one: Area
    other: Area
    correlation: float


def macro_auc(scores: FloatArray, classes: NDArray[np.int64]) -> Area:
    """Mean over the classes of the area under the ROC curve of each class against the others.

    An area is the probability that a member of the class has a larger score of it than another patient, ties counted
    half. The interval is that of DeLong, DeLong and Clarke-Pearson (1988): the mean is a sum of one component per
    patient, whose spread within each class gives its variance; it is built on the logit scale (Pepe 2003, 5.2), so that
    it stays between 0 and 1.

    Where every patient is distinguished, or none, no spread is left to estimate. The bound is then the mean over the
    classes of that of Newcombe (2006, method 5, https://doi.org/10.1002/sim.2324): the area of which 1 lies 1.96
    standard errors away, by the standard error of Hanley and McNeil (1982) with both groups of their mean size.

    Args:
        scores: Score of each patient for each class, shape (patients, classes).
        classes: Class of each patient, shape (patients,), from 0; there are two classes or more, and of each two
            patients or more.
    """
    auc, component = _components(scores, classes)
    sizes = np.bincount(classes, minlength=scores.shape[1])
    if auc in (0, 1):
        reached = float(np.mean([_bound_of_one(int(own), len(classes) - int(own)) for own in sizes]))
        return Area(1.0, reached, 1.0) if auc == 1 else Area(0.0, 0.0, 1 - reached)
    freedom = sizes / (sizes - 1)
    spread = np.sqrt((component**2 * freedom[classes]).sum())
    reach = ndtri(0.975) * spread / (auc * (1 - auc))
    return Area(auc, float(expit(logit(auc) - reach)), float(expit(logit(auc) + reach)))


def paired_areas(scores: FloatArray, other_scores: FloatArray, classes: NDArray[np.int64]) -> PairedAreas:
    """Two areas as of :func:`macro_auc`, by two sets of scores of the same patients.

    The correlation is that of the patients' components of the two (DeLong, DeLong and Clarke-Pearson 1988).

    Args:
        scores: Score of each patient for each class, shape (patients, classes).
        other_scores: The other scores, of the same shape.
        classes: Class of each patient, as for :func:`macro_auc`.
    """
    sizes = np.bincount(classes, minlength=scores.shape[1])
    freedom = np.sqrt(sizes / (sizes - 1))[classes]
    one, other = (_components(each, classes)[1] * freedom for each in (scores, other_scores))
    lengths = float(np.linalg.norm(one) * np.linalg.norm(other))
    correlation = float(np.clip(one @ other / lengths, -1, 1)) if lengths > 0 else 0.0
    return PairedAreas(macro_auc(scores, classes), macro_auc(other_scores, classes), correlation)


def mean_area(areas: Sequence[Area], weights: Sequence[float]) -> Area:
    """Weighted mean of the areas of separate groups of patients.

    Its bounds are recovered from those of the areas (MOVER; Zou and Donner 2008, https://doi.org/10.1002/sim.3095):
    the squared distances between a sum of independent estimates and its bounds are the sums of those of its terms.

    Args:
        areas: One per group; without any, the mean is missing.
        weights: Of the groups.
    """
    if not areas:
        return Area(np.nan, np.nan, np.nan)
    share, (auc, low, high) = np.divide(weights, np.sum(weights)), np.transpose(areas)
    mean = float(share @ auc)
    return Area(
        mean, mean - float(np.linalg.norm(share * (auc - low))), mean + float(np.linalg.norm(share * (high - auc)))
    )


def mean_difference(pairs: Sequence[PairedAreas], weights: Sequence[float]) -> Difference:
    r"""Weighted mean, over separate groups of patients, of one area less the other.

    The bounds are recovered from those of the areas, as in :func:`mean_area`. With areas :math:`a` and :math:`b` whose
    errors have the correlation r, the lower bound of a - b lies below it by (Zou 2007, Psychological Methods 12, 399)

    .. math:: \sqrt{(a - a_{low})^2 + (b_{high} - b)^2 - 2 r (a - a_{low}) (b_{high} - b)}

    and the upper one likewise. For many patients that is the paired interval of DeLong, DeLong and Clarke-Pearson
    (1988); for few, and near an area of 1, it keeps the skewness of the areas' own intervals. Like these it takes the
    scores as given.

    Args:
        pairs: One per group; without any, the difference is missing.
        weights: Of the groups.
    """
    if not pairs:
        return Difference(np.nan, np.nan, np.nan)
    share = np.divide(weights, np.sum(weights))
    value = float(sum(w * (pair.one.auc - pair.other.auc) for w, pair in zip(share, pairs, strict=True)))
    reach = [(_reach(*pair), _reach(pair.other, pair.one, pair.correlation)) for pair in pairs]
    below, above = (float(np.linalg.norm(share * each)) for each in np.transpose(reach))
    return Difference(value, value - below, value + above)


def _reach(one: Area, other: Area, correlation: float) -> float:
    """How far the lower bound of ``one - other`` lies below it."""
    x, y = one.auc - one.low, other.high - other.auc
    return float(np.sqrt(max(x**2 + y**2 - 2 * correlation * x * y, 0.0)))


def _components(scores: FloatArray, classes: NDArray[np.int64]) -> tuple[float, FloatArray]:
    """The mean of the areas, and what each patient adds to its error, shape (patients,)."""
    each = (_area(scores[:, own], classes == own) for own in range(scores.shape[1]))
    areas, components = zip(*each, strict=True)
    return float(np.mean(areas)), np.mean(components, axis=0)


def _area(scores: FloatArray, members: NDArray[np.bool_]) -> tuple[float, FloatArray]:
    """The area of one class against the others, and what each patient adds to its error, shape (patients,).

    A patient's placement is the share of the other group that it is on the right side of (Hanley and Hajian-Tilaki
    1997); the area is the mean placement of either group.
    """
    sizes = members.sum(), (~members).sum()
    ranks, placement = rankdata(scores), np.empty(len(scores))
    placement[members] = (ranks[members] - rankdata(scores[members])) / sizes[1]
    placement[~members] = 1 - (ranks[~members] - rankdata(scores[~members])) / sizes[0]
    area = float(placement[members].mean())
    return area, (placement - area) / np.where(members, *sizes)


def _bound_of_one(members: int, others: int) -> float:
    """Lower bound of an area that was measured as 1."""
    pairs, mean = members * others, (members + others) / 2 - 1

    def excess(area: float) -> float:
        inflation = 1 + mean * (1 - area) / (2 - area) + mean * area / (1 + area)
        return float((1 - area) * pairs - ndtri(0.975) ** 2 * area * inflation)

    return float(brentq(excess, 0, 1))
