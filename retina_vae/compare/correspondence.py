"""Which clusters of two clusterings of the same patients correspond, and which were split or merged."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from retina_vae.clusters.numbering import best_partners, contingency
from retina_vae.disclosure import suppressed, suppressed_groups

__all__ = ["LARGE_PART", "Correspondence", "Pair", "Parts", "correspond", "rounded"]

LARGE_PART = 0.25
"""Share of a cluster from which on a part of it is large, when a cluster is called split or merged."""

BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class Pair:
    """A cluster of A and the one of B that it is matched with, of which one may be missing.

    Attributes:
        a: Cluster of A, from 1; None for a cluster of B without a partner.
        b: Cluster of B, from 1; None for a cluster of A without a partner.
        size_a: Patients of the cluster of A; None where they are not shown.
        size_b: Patients of the cluster of B; None where they are not shown.
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
        clusters_a: Numbers of the clusters of A that have patients of both runs.
        clusters_b: The same of B.
        counts: Patients of each pair of clusters, one list per cluster of A; None where a number is not shown.
        pairs: The one-to-one match, by clusters of A, then clusters of B without a partner.
        kept: Share of the patients whose two clusters are matched.
        splits: Clusters of A that lie in several clusters of B.
        merges: Clusters of B that lie in several clusters of A.
    """

    clusters_a: list[int]
    clusters_b: list[int]
    counts: list[list[int | None]]
    pairs: list[Pair]
    kept: float
    splits: list[Parts]
    merges: list[Parts]


def correspond(a: IntArray, b: IntArray, floor: int = 0) -> Correspondence:
    """Match the clusters of two clusterings so that as many patients as possible are in matched clusters.

    Two clusters that share no patient are not matched.

    Args:
        a: Cluster of each patient in A, from 1, shape (patients,).
        b: Cluster of the same patients in B, from 1.
        floor: Numbers of fewer patients are not shown, with others from which they would follow
            (:func:`retina_vae.suppression.suppressed`), and no share of them.
    """
    (numbers_a, own), (numbers_b, other) = (np.unique(labels, return_inverse=True) for labels in (a, b))
    counts = contingency(own, other, len(numbers_a), len(numbers_b))
    partners = best_partners(own, other, len(numbers_a), len(numbers_b))
    partners[counts[np.arange(len(counts)), partners] == 0] = -1
    hidden = _hidden(counts, floor)
    shown = [[_count(*cell) for cell in zip(*row, strict=True)] for row in zip(counts, hidden, strict=True)]
    matched = np.flatnonzero(partners >= 0)
    return Correspondence(
        clusters_a=numbers_a.tolist(),
        clusters_b=numbers_b.tolist(),
        counts=shown,
        pairs=_pairs(counts, hidden, partners, (numbers_a, numbers_b), floor),
        kept=rounded(counts[matched, partners[matched]].sum() / counts.sum(), floor),
        splits=_parts(counts, hidden, numbers_a, numbers_b),
        merges=_parts(counts.T, hidden.T, numbers_b, numbers_a),
    )


def rounded(value: float, floor: int) -> float:
    """A number that is computed from all counts; with a floor in whole hundredths, from which none follows."""
    return round(float(value), 2) if floor > 1 else float(value)


def _hidden(counts: IntArray, floor: int) -> BoolArray:
    """Which counts are not shown, shape of ``counts``; none of a cluster whose size is not."""
    rows, columns = (suppressed_groups(counts.sum(axis=axis), floor) for axis in (1, 0))
    whole = rows[:, None] | columns
    return whole | suppressed(counts, floor, ~rows, ~columns, whole)


def _pairs(
    counts: IntArray, hidden: BoolArray, partners: IntArray, numbers: tuple[IntArray, IntArray], floor: int
) -> list[Pair]:
    sizes = [
        [_count(size, gone) for size, gone in zip(own, suppressed_groups(own, floor), strict=True)]
        for own in (counts.sum(axis=1), counts.sum(axis=0))
    ]
    pairs = []
    for row, column in enumerate(partners):
        if column < 0:
            pairs.append(Pair(int(numbers[0][row]), None, size_a=sizes[0][row]))
            continue
        shared = _count(counts[row, column], hidden[row, column])
        union = counts[row].sum() + counts[:, column].sum() - counts[row, column]
        jaccard = None if shared is None else float(shared / union)
        pair = (int(numbers[0][row]), int(numbers[1][column]))
        pairs.append(Pair(*pair, sizes[0][row], sizes[1][column], shared, jaccard))
    alone = np.setdiff1d(np.arange(counts.shape[1]), partners)
    return pairs + [Pair(None, int(numbers[1][column]), size_b=sizes[1][column]) for column in alone]


def _parts(counts: IntArray, hidden: BoolArray, numbers: IntArray, others: IntArray) -> list[Parts]:
    """The clusters of the rows of which two or more columns hold a part that may be shown."""
    shares = counts / counts.sum(axis=1, keepdims=True)
    parts = ((shares >= LARGE_PART) | (counts / counts.sum(axis=0) > 0.5)) & ~hidden
    found = []
    for number, own, of_it in zip(numbers, shares, parts, strict=True):
        places = [place for place in np.argsort(-own, kind="stable") if of_it[place]]
        if len(places) > 1:
            found.append(Parts(int(number), [(int(others[place]), float(own[place])) for place in places]))
    return found


def _count(count: int, hidden: bool) -> int | None:
    return None if hidden else int(count)
