"""Whether the clusters come back when the patients are split."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from retina_vae.clusters.partitions import KMeansPartition

__all__ = ["confirmed_pairs", "prediction_strength"]

FloatArray = NDArray[np.float64]
Labels = NDArray[np.int64]


def prediction_strength(
    points: FloatArray, k: int, starts: int, seed: int, splits: int, rng: np.random.Generator
) -> tuple[float, float]:
    """Prediction strength of k clusters, averaged over random halves that each train and test once.

    Tibshirani and Walther (2005, eq. 2.1): both halves are clustered; :func:`confirmed_pairs` of the test half's
    clusters under the nearest centre of the training half. One cluster has strength 1.

    Returns:
        The mean, and its standard error over the splits, of at least two, as if these were independent.
    """
    strengths = np.empty((splits, 2))
    for split in range(splits):
        order = rng.permutation(len(points))
        halves = [points[half] for half in np.array_split(order, 2)]
        fits = [KMeansPartition.fit(half, k, starts, seed) for half in halves]
        for test, train in ((0, 1), (1, 0)):
            own, predicted = fits[test].predict(halves[test]), fits[train].predict(halves[test])
            strengths[split, test] = confirmed_pairs(own, predicted, k)
    by_split = strengths.mean(axis=1)
    return float(by_split.mean()), float(by_split.std(ddof=1) / np.sqrt(splits))


def confirmed_pairs(own: Labels, predicted: Labels, k: int) -> float:
    """The smallest share, over the clusters of ``own``, of pairs of members that ``predicted`` puts together too.

    A cluster of one has no pair that could be confirmed and counts as 0; an empty one is passed over.

    >>> confirmed_pairs(np.array([0, 0, 0, 1, 1]), np.array([0, 0, 1, 1, 1]), k=2)
    0.3333333333333333
    """
    shared = np.zeros((k, k), dtype=np.int64)
    np.add.at(shared, (own, predicted), 1)
    sizes = shared.sum(axis=1)
    together, pairs = (shared * (shared - 1)).sum(axis=1), sizes * (sizes - 1)
    return float((together / np.maximum(pairs, 1))[sizes > 0].min())
