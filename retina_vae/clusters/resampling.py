"""Whether the clusters come back when the patients are split."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from retina_vae.clusters.nested_kmeans import nested_kmeans
from retina_vae.clusters.numbering import contingency

__all__ = ["confirmed_pairs", "prediction_strengths"]

FloatArray = NDArray[np.float64]
Labels = NDArray[np.int64]


def prediction_strengths(
    points: FloatArray, k_max: int, starts: int, splits: int, rng: np.random.Generator, most: int | None = None
) -> FloatArray:
    """Prediction strength of 1, 2, .., ``k_max`` clusters in each of several splits, shape (splits, k_max).

    Tibshirani and Walther (2005, eq. 2.1): both halves of a split are clustered; :func:`confirmed_pairs` of the test
    half's clusters under the nearest centre of the training half. Each half tests once, and the strength of the split
    is the mean of both. One cluster has strength 1.

    Args:
        points: Shape (points, d).
        k_max: Largest number of clusters; at most half of the points that are split.
        starts: Number of starts of k-means.
        splits: Number of splits.
        rng: The stream of the splits and of the starts.
        most: Points, drawn anew for every split, that are split where there are more.
    """
    orders = [rng.permutation(len(points))[:most] for _ in range(splits)]
    return np.stack([_strengths(points[order], k_max, starts, rng) for order in orders])


def _strengths(points: FloatArray, k_max: int, starts: int, rng: np.random.Generator) -> FloatArray:
    """Of one split, into the first half of the points and the second."""
    halves = np.array_split(points, 2)
    fits = [nested_kmeans(half, k_max, starts, rng) for half in halves]
    strengths = np.empty((2, k_max))
    for test, train in ((0, 1), (1, 0)):
        for k in range(1, k_max + 1):
            own, predicted = (fits[half][k - 1].predict(halves[test]) for half in (test, train))
            strengths[test, k - 1] = confirmed_pairs(own, predicted, k)
    return strengths.mean(axis=0)


def confirmed_pairs(own: Labels, predicted: Labels, k: int) -> float:
    """The smallest share, over the clusters of ``own``, of pairs of members that ``predicted`` puts together too.

    A cluster of one has no pair that could be confirmed and counts as 0; an empty one is passed over.

    >>> confirmed_pairs(np.array([0, 0, 0, 1, 1]), np.array([0, 0, 1, 1, 1]), k=2)
    0.3333333333333333
    """
    shared = contingency(own, predicted, k, k)
    sizes = shared.sum(axis=1)
    together, pairs = (shared * (shared - 1)).sum(axis=1), sizes * (sizes - 1)
    return float((together / np.maximum(pairs, 1))[sizes > 0].min())
