"""How much the clusterings of different replicas agree, and what they agree on."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import adjusted_rand_score

__all__ = ["average_linkage", "consensus_partition", "mean_agreement", "pairwise_agreement", "representative_replica"]

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


def consensus_partition(labels: Labels, k: int, most: int = 3000) -> Labels:
    """The partition that the replicas have in common.

    Two patients are as near as the share of replicas that put them together (the co-association matrix of Fred and
    Jain 2005); average linkage joins the nearest groups until ``k`` are left. Patients whom every replica groups alike
    count as one point of their number's weight, so the cost grows with the number of such patterns, not of patients.
    Of more than ``most`` patterns the most frequent are joined, and each other goes to the group that it is nearest to
    on average.

    Args:
        labels: Cluster indices, shape (replicas, patients).
        k: Number of clusters.
        most: Patterns that are joined at most.

    Returns:
        0-based cluster indices, shape (patients,); fewer than ``k`` clusters where there are fewer patterns.
    """
    patterns, pattern, counts = np.unique(labels.T, axis=0, return_inverse=True, return_counts=True)
    frequent = np.sort(np.argsort(-counts, kind="stable")[:most])
    kept, weights = patterns[frequent], counts[frequent]
    groups = average_linkage(_shares_apart(kept, kept), weights, k)
    if len(patterns) > most:
        # The mean distance to a group's patients, from the sum over its patterns.
        member = np.eye(groups.max() + 1)[groups] * weights[:, None]
        blocks = np.array_split(patterns, -(-len(patterns) // most))
        nearest = [(_shares_apart(block, kept) @ member / member.sum(axis=0)).argmin(axis=1) for block in blocks]
        whole = np.concatenate(nearest)
        whole[frequent] = groups
        groups = whole
    return groups[pattern.ravel()]


def _shares_apart(some: Labels, others: Labels) -> NDArray[np.float64]:
    """The share of the replicas that put patients of two patterns apart, shape (some, others)."""
    apart = np.zeros((len(some), len(others)))
    for own, other in zip(some.T, others.T, strict=True):
        apart += own[:, None] != other[None, :]
    return apart / some.shape[1]


def average_linkage(distances: NDArray[np.float64], weights: NDArray[np.int64], k: int) -> Labels:
    """Average-linkage clustering (UPGMA, Sokal and Michener 1958) of weighted points.

    Args:
        distances: Symmetric matrix of shape (points, points).
        weights: Number of equal points that each stands for, shape (points,).
        k: Number of clusters.

    Returns:
        0-based cluster indices, shape (points,). Of equally near pairs the first is joined.
    """
    between, sizes = distances.astype(float), weights.astype(float)
    np.fill_diagonal(between, np.inf)
    members = np.arange(len(sizes))
    for _ in range(len(sizes) - k):
        a, b = sorted(divmod(int(between.argmin()), len(sizes)))
        joined = (sizes[a] * between[a] + sizes[b] * between[b]) / (sizes[a] + sizes[b])
        between[a], between[:, a] = joined, joined
        between[a, a] = np.inf
        between[b], between[:, b] = np.inf, np.inf
        sizes[a] += sizes[b]
        members[members == b] = a
    return np.unique(members, return_inverse=True)[1]
