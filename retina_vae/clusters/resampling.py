"""Whether the clusters come back when the patients are split, drawn again, or encoded by another replica."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from retina_vae.clusters.partitions import KMeansPartition
from retina_vae.clusters.stability import best_jaccard

__all__ = ["Bootstrap", "ambiguous_share", "bootstrap_clusters", "confirmed_pairs", "prediction_strength"]

AMBIGUOUS = (0.1, 0.9)
"""A pair that is put together in a share of the partitions between these is ambiguous (Senbabaoglu et al. 2014)."""

FloatArray = NDArray[np.float64]
Labels = NDArray[np.int64]


@dataclass(frozen=True)
class Bootstrap:
    """What resampled patients make of the clusters.

    Attributes:
        jaccard: Mean best Jaccard similarity of each cluster, shape (k,).
        partitions: Cluster of every patient in each resample's clustering, shape (bootstraps, patients).
    """

    jaccard: FloatArray
    partitions: Labels


def prediction_strength(
    points: FloatArray, k: int, starts: int, seed: int, splits: int, rng: np.random.Generator
) -> float:
    """Prediction strength of k clusters, averaged over random halves that each train and test once.

    Tibshirani and Walther (2005, eq. 2.1): both halves are clustered; :func:`confirmed_pairs` of the test half's
    clusters under the nearest centre of the training half. One cluster has strength 1.
    """
    strengths = []
    for _ in range(splits):
        order = rng.permutation(len(points))
        halves = [points[half] for half in np.array_split(order, 2)]
        fits = [KMeansPartition.fit(half, k, starts, seed) for half in halves]
        for test, train in ((0, 1), (1, 0)):
            own, predicted = fits[test].predict(halves[test]), fits[train].predict(halves[test])
            strengths.append(confirmed_pairs(own, predicted, k))
    return float(np.mean(strengths))


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


def bootstrap_clusters(
    points: FloatArray, labels: Labels, k: int, starts: int, seed: int, streams: list[np.random.Generator]
) -> Bootstrap:
    """Cluster resampled patients and look each cluster up again.

    Hennig (2007): a cluster's similarity with a resample's clustering is its best Jaccard similarity
    (:func:`~retina_vae.clusters.stability.best_jaccard`) with one of the clusters there, among the distinct patients
    that were drawn. A cluster of which nobody was drawn counts as not found, 0, so that lone patients do not speak for
    many clusters.

    Args:
        points: Shape (patients, d).
        labels: 0-based cluster of each patient.
        k: Number of clusters.
        starts: Starts of k-means.
        seed: Seed of the starts.
        streams: One random stream per resample.
    """
    partitions, matches = [], []
    for rng in streams:
        drawn = rng.integers(len(points), size=len(points))
        partition = KMeansPartition.fit(points[drawn], k, starts, seed).predict(points)
        distinct = np.unique(drawn)
        matches.append(best_jaccard(labels[distinct], partition[distinct], k))
        partitions.append(partition)
    return Bootstrap(np.mean(matches, axis=0), np.stack(partitions))


def ambiguous_share(partitions: Labels) -> float:
    """Proportion of ambiguous clustering, PAC: the share of pairs that the partitions neither join nor part.

    Senbabaoglu, Michailidis and Li (2014): of the pairs of patients, the share whose rate of being together lies above
    0.1 and at most at 0.9. It is not a number for one cluster, which nothing can part. It tends to fall as clusters get
    smaller, with or without structure (John et al. 2020, "M3C"), so it speaks for many clusters more easily than
    for few.

    Args:
        partitions: 0-based cluster of each patient, shape (partitions, patients).

    >>> ambiguous_share(np.array([[0, 0, 1], [0, 1, 1]]))
    0.6666666666666666
    """
    clusters = int(partitions.max()) + 1
    if clusters == 1:
        return float("nan")
    # Counts below 2^24 are exact in single precision, in any order of addition.
    membership = (partitions[:, None, :] == np.arange(clusters)[:, None]).astype(np.float32)
    flat = membership.reshape(-1, partitions.shape[1])
    rate = (flat.T @ flat)[np.triu_indices(partitions.shape[1], k=1)] / len(partitions)
    return float(((rate > AMBIGUOUS[0]) & (rate <= AMBIGUOUS[1])).mean())
