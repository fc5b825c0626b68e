"""How much the clusterings of different replicas agree, and what they agree on."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform
from sklearn.metrics import adjusted_rand_score

__all__ = ["consensus_partition", "mean_agreement", "pairwise_agreement", "representative_replica"]

Labels = NDArray[np.int64]


def pairwise_agreement(labels: Labels) -> NDArray[np.float64]:
    """Adjusted Rand index (Hubert and Arabie 1985) of every pair of replicas.

    Args:
        labels: Cluster indices, shape (replicas, patients).

    Returns:
        Symmetric matrix of shape (replicas, replicas) with ones on the diagonal.
    """
    replicas = len(labels)
    matrix = np.eye(replicas)
    for a in range(replicas):
        for b in range(a):
            matrix[a, b] = matrix[b, a] = adjusted_rand_score(labels[a], labels[b])
    return matrix


def mean_agreement(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean index of each replica with the others, shape (replicas,); not a number for a single replica."""
    others = len(matrix) - 1
    return (matrix.sum(axis=1) - 1) / others if others else np.full(1, np.nan)


def representative_replica(matrix: NDArray[np.float64]) -> int:
    """The replica that agrees best with the others: the medoid of the partitions. Ties go to the first."""
    return int(matrix.sum(axis=1).argmax())


def consensus_partition(labels: Labels, k: int) -> Labels:
    """The partition that the replicas have in common.

    Two patients are as near as the share of replicas that put them together (the co-association matrix of Fred and
    Jain 2005); average linkage cuts this into ``k`` clusters.

    Args:
        labels: Cluster indices, shape (replicas, patients).
        k: Number of clusters.

    Returns:
        0-based cluster indices, shape (patients,).
    """
    apart = np.mean([own[:, None] != own[None, :] for own in labels], axis=0)
    return fcluster(linkage(squareform(apart, checks=False), "average"), k, "maxclust") - 1


