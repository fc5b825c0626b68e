"""The representative patient of each cluster."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

__all__ = ["LARGEST_EXACT", "find_medoids"]

LARGEST_EXACT = 5000
"""Members of a cluster up to which every distance between two of them is computed."""

_BLOCK = 2_000_000
"""Distances that are held in memory at a time."""


def find_medoids(points: NDArray[np.floating], clusters: NDArray[np.int64], seed: int = 1) -> dict[int, int]:
    """The medoid of each cluster (Kaufman and Rousseeuw 1987): the member with the smallest sum of distances to all.

    It is central among the points. Of posterior means, its columns need not be the cluster's most frequent ones where
    the codes say little of them.

    Of a cluster with more than 5,000 members, all are candidates still, but their distances are summed over 5,000
    members that are drawn without replacement from the stream of (seed, cluster). The sum over n of them estimates the
    mean distance with a relative error of about 1 / sqrt(n), 1.4 %, so another member that is as central can be found
    in the medoid's place. Of equal sums the first in the table is taken.

    Args:
        points: Of each patient, shape (patients, d), such as posterior means; distances are Euclidean.
        clusters: Cluster number of each patient, shape (patients,).
        seed: Of the reference members of large clusters.

    Returns:
        Position of the medoid among the patients, by cluster number in ascending order.
    """
    medoids = {}
    for cluster in np.unique(clusters):
        members = np.flatnonzero(clusters == cluster)
        own = points[members].astype(np.float64)
        sums = _summed_distances(own, _references(own, np.random.default_rng([seed, int(cluster)])))
        medoids[int(cluster)] = int(members[sums.argmin()])
    return medoids


def _references(points: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    if len(points) <= LARGEST_EXACT:
        return points
    return points[np.sort(rng.choice(len(points), LARGEST_EXACT, replace=False))]


def _summed_distances(points: NDArray[np.float64], references: NDArray[np.float64]) -> NDArray[np.float64]:
    rows = max(_BLOCK // len(references), 1)
    blocks = [cdist(points[start : start + rows], references).sum(axis=1) for start in range(0, len(points), rows)]
    return np.concatenate(blocks)
