"""Which clusters of two clusterings of the same patients correspond, and which were split or merged."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from retina_vae.clusters.numbering import best_partners, contingency

__all__ = ["LARGE_PART", "Correspondence", "Pair", "Parts", "correspond", "large_parts"]

LARGE_PART = 0.25
"""Share of a cluster from which on a part of it is large, when a cluster is called split or merged."""

BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]

_NOBODY: IntArray = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True)
class Pair:
    """A cluster of A and the one of B that it is matched with, of which one may be missing.

    Attributes:
        a: Cluster of A, from 1; None for a cluster of B without a partner.
        b: Cluster of B, from 1; None for a cluster of A without a partner.
        size_a: Patients of the cluster of A who are in both runs; None where they are not shown.
        size_b: Patients of the cluster of B who are in both runs; None where they are not shown.
        shared: Patients of both clusters; None where they are not shown.
        jaccard: Shared patients over those in either; None where they are not shown.
    """

    a: int | None
    b: int | None
    size_a: int | None = None
    size_b: int | None = None
    shared: int | None = None
    jaccard: float | None = None


@dataclass(frozen=True)
class Parts:
    """A cluster of one run, and two or more clusters of the other that hold a part of it each.

    A part is at least a quarter of the cluster's patients, or it is more than half of the other cluster's.

    Attributes:
        cluster: Number of the cluster, from 1.
        parts: Number of each other cluster, and the share of the cluster's patients in it, the largest first.
    """

    cluster: int
    parts: list[tuple[int, float]]


@dataclass(frozen=True)
class Correspondence:
    """How the clusters of two runs correspond.

    Attributes:
        clusters_a: Numbers of the clusters of A that have patients.
        clusters_b: The same of B.
        counts: Patients of each pair of clusters, one list per cluster of A; None where a number is not shown.
        alone_a: Patients of each cluster of A who are in A alone; None where a number is not shown.
        alone_b: The same of B.
        pairs: The one-to-one match, by clusters of A, then clusters of B without a partner.
        kept: Share of the patients whose two clusters are matched.
        splits: Clusters of A that lie in several clusters of B.
        merges: Clusters of B that lie in several clusters of A.
    """

    clusters_a: list[int]
    clusters_b: list[int]
    counts: list[list[int | None]]
    alone_a: list[int | None]
    alone_b: list[int | None]
    pairs: list[Pair]
    kept: float
    splits: list[Parts]
    merges: list[Parts]


def correspond(a: IntArray, b: IntArray, only_a: IntArray = _NOBODY, only_b: IntArray = _NOBODY) -> Correspondence:
    """Match the clusters of two clusterings so that as many patients as possible are in matched clusters.

    Two clusters that share no patient are not matched.

    Args:
        a: Cluster of each patient of both runs in A, from 1, shape (patients,).
        b: Cluster of the same patients in B, from 1.
        only_a: Clusters of the patients who are in A alone, whose numbers follow from the sizes of A's clusters.
        only_b: Clusters of the patients who are in B alone.
    """
    numbers_a, numbers_b = np.unique(np.concatenate([a, only_a])), np.unique(np.concatenate([b, only_b]))
    own, other = np.searchsorted(numbers_a, a), np.searchsorted(numbers_b, b)
    counts = contingency(own, other, len(numbers_a), len(numbers_b))
    partners = best_partners(own, other, len(numbers_a), len(numbers_b))
    partners[counts[np.arange(len(counts)), partners] == 0] = -1
    alone = [(numbers == labels[:, None]).sum(axis=0) for numbers, labels in ((numbers_a, only_a), (numbers_b, only_b))]
    matched = np.flatnonzero(partners >= 0)
    return Correspondence(
        clusters_a=numbers_a.tolist(),
        clusters_b=numbers_b.tolist(),
        counts=counts.tolist(),
        alone_a=alone[0].tolist(),
        alone_b=alone[1].tolist(),
        pairs=_pairs(counts, partners, numbers_a, numbers_b),
        kept=float(counts[matched, partners[matched]].sum() / counts.sum()),
        splits=large_parts(counts, numbers_a, numbers_b),
        merges=large_parts(counts.T, numbers_b, numbers_a),
    )


def _pairs(counts: IntArray, partners: IntArray, numbers_a: IntArray, numbers_b: IntArray) -> list[Pair]:
    sizes_a, sizes_b = counts.sum(axis=1).tolist(), counts.sum(axis=0).tolist()
    pairs = []
    for row, column in enumerate(partners.tolist()):
        if column < 0:
            pairs.append(Pair(int(numbers_a[row]), None, size_a=sizes_a[row]))
            continue
        shared, size_a, size_b = int(counts[row, column]), sizes_a[row], sizes_b[column]
        jaccard = shared / (size_a + size_b - shared)
        pairs.append(Pair(int(numbers_a[row]), int(numbers_b[column]), size_a, size_b, shared, jaccard))
    alone = np.setdiff1d(np.arange(counts.shape[1]), partners)
    return pairs + [Pair(None, int(numbers_b[column]), size_b=sizes_b[column]) for column in alone]


def large_parts(counts: IntArray, numbers: IntArray, others: IntArray, hidden: BoolArray | None = None) -> list[Parts]:
    """The clusters of the rows of which two or more columns hold a large part.

    Args:
        counts: Patients of each pair of clusters, shape (clusters, other clusters).
        numbers: Of the clusters.
        others: Numbers of the other clusters.
        hidden: Pairs of which nothing is said, in the shape of ``counts``.
    """
    shares, of_others = (counts / np.maximum(counts.sum(axis=axis, keepdims=True), 1) for axis in (1, 0))
    parts = (shares >= LARGE_PART) | (of_others > 0.5)
    if hidden is not None:
        parts &= ~hidden
    found = []
    for number, own, of_it in zip(numbers, shares, parts, strict=True):
        places = [place for place in np.argsort(-own, kind="stable") if of_it[place]]
        if len(places) > 1:
            found.append(Parts(int(number), [(int(others[place]), float(own[place])) for place in places]))
    return found
