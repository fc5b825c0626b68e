"""The representative patient of each cluster."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

__all__ = ["LARGEST_EXACT", "find_medoids"]

LARGEST_EXACT = 5000
"""Members of a cluster up to which every distance between two of them is computed."""

_FIRST_REFERENCES, _KEPT = 200, 1000
"""Of a larger cluster: references of the first round, and candidates of the second."""

_BLOCK = 2_000_000
"""Distances that are held in memory at a time."""


def find_medoids(points: NDArray[np.floating], clusters: NDArray[np.int64], seed: int = 1) -> dict[int, int]:
    """The medoid of each cluster (Kaufman and Rousseeuw 1987): the member with the smallest sum of distances to all.

    It is central among the points. Of posterior means, its columns need not be the cluster's most frequent ones where
    the codes say little of them.

    Of a cluster with more than 5,000 members, distances are summed over members that are drawn without replacement from
    the stream of (seed, cluster), in two rounds with the same references for all candidates (sequential halving,
    Baharav and Tse 2019): over 200 of them for all, and over 5,000 for the 1,000 members that lead by these. The sum
    over n of them estimates the mean distance with a relative error of about 1 / sqrt(n), 1.4 %, so another member that
    is as central can be found in the medoid's place. Of equal sums the first in the table is taken.

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
        rng = np.random.default_rng([seed, int(cluster)])
        references, left = _references(own, rng), np.arange(len(own))
        if len(own) > LARGEST_EXACT:
            few = references[rng.choice(len(references), min(_FIRST_REFERENCES, len(references)), replace=False)]
            left = np.sort(np.argsort(_summed_distances(own, few), kind="stable")[:_KEPT])
        sums = _summed_distances(own[left], references)
        medoids[int(cluster)] = int(members[left[sums.argmin()]])
    return medoids


def _references(points: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    if len(points) <= LARGEST_EXACT:
        return points
    return points[np.sort(rng.choice(len(points), LARGEST_EXACT, replace=False))]


def _summed_distances(points: NDArray[np.float64], references: NDArray[np.float64]) -> NDArray[np.float64]:
    rows = max(_BLOCK // len(references), 1)
    blocks = [cdist(points[start : start + rows], references).sum(axis=1) for start in range(0, len(points), rows)]
    return np.concatenate(blocks)
