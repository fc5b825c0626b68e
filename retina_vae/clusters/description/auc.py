"""The area under the ROC curve of several classes, with its interval."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import expit, logit, ndtri
from scipy.stats import rankdata

__all__ = ["Area", "macro_auc"]

FloatArray = NDArray[np.float64]


class Area(NamedTuple):
    """An area under the ROC curve and its 95 % interval."""

    auc: float
    low: float
    high: float


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
    count = scores.shape[1]
    areas, components = zip(*(_area(scores[:, own], classes == own) for own in range(count)), strict=True)
    auc, component = float(np.mean(areas)), np.mean(components, axis=0)
    sizes = np.bincount(classes, minlength=count)
    if auc in (0, 1):
        reached = float(np.mean([_bound_of_one(int(own), len(classes) - int(own)) for own in sizes]))
        return Area(1.0, reached, 1.0) if auc == 1 else Area(0.0, 0.0, 1 - reached)
    freedom = sizes / (sizes - 1)
    spread = np.sqrt((component**2 * freedom[classes]).sum())
    reach = ndtri(0.975) * spread / (auc * (1 - auc))
    return Area(auc, float(expit(logit(auc) - reach)), float(expit(logit(auc) + reach)))


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
