"""How well a partition into k clusters suits the points: criteria that need no second partition, and the gap."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import calinski_harabasz_score, silhouette_score

from retina_vae.clusters.partitions import KMeansPartition

__all__ = [
    "Separation",
    "gap_statistic",
    "reference_points",
    "separation",
    "smallest_within_error",
    "within_sums",
]

FloatArray = NDArray[np.float64]
Labels = NDArray[np.int64]


@dataclass(frozen=True)
class Separation:
    """Two indices of how far the clusters lie apart; not a number where there is one cluster."""

    silhouette: float
    calinski_harabasz: float


def separation(points: FloatArray, labels: Labels, sample: Labels) -> Separation:
    """Mean silhouette width and Calinski-Harabasz index of a partition.

    The silhouette (Rousseeuw 1987) compares each point with all others, so it is computed among the points of
    ``sample``; the ratio of Calinski and Harabasz (1974), between-cluster to within-cluster variance, uses all points.

    Args:
        points: Shape (points, d).
        labels: 0-based cluster of each point.
        sample: Indices of the points that the silhouette looks at.
    """
    if not 1 < len(np.unique(labels)) < len(points):
        return Separation(np.nan, np.nan)
    clusters = len(np.unique(labels[sample]))
    silhouette = silhouette_score(points[sample], labels[sample]) if 1 < clusters < len(sample) else np.nan
    return Separation(float(silhouette), float(calinski_harabasz_score(points, labels)))


def reference_points(points: FloatArray, rng: np.random.Generator) -> FloatArray:
    """As many points without clusters: uniform in the box around the points that is aligned with their principal axes.

    Choice (b) of Tibshirani, Walther and Hastie (2001, section 4). The box is left in the coordinates of the principal
    axes, because k-means sees distances alone.
    """
    centered = points - points.mean(axis=0)
    aligned = centered @ np.linalg.svd(centered, full_matrices=False)[2].T
    return rng.uniform(aligned.min(axis=0), aligned.max(axis=0), size=aligned.shape)


def gap_statistic(within_ss: float, references: FloatArray) -> tuple[float, float]:
    """Gap(k) and its standard error s_k.

    Tibshirani, Walther and Hastie (2001, section 3): Gap(k) = mean_b log W*_kb - log W_k, with W_k the within-cluster
    sum of squares of the data and W*_kb that of reference b; s_k = sd_k sqrt(1 + 1/B), with sd_k the standard
    deviation over the B references (divided by B) of log W*_kb.

    Args:
        within_ss: W_k.
        references: W*_kb, shape (B,).

    >>> gap_statistic(np.exp(1.0), np.exp([2.0, 4.0]))
    (2.0, 1.224744871391589)
    """
    with np.errstate(divide="ignore"):
        logs, observed = np.log(references), float(np.log(within_ss))
    return float(logs.mean()) - observed, float(logs.std() * np.sqrt(1 + 1 / len(logs)))


def smallest_within_error(gaps: FloatArray, errors: FloatArray) -> int:
    """The smallest k with Gap(k) >= Gap(k+1) - s_{k+1}, where ``gaps`` starts at k = 1; the largest k if there is none.

    The rule of Tibshirani, Walther and Hastie (2001), "Tibs2001SEmax" of R's ``cluster::maxSE``.

    >>> smallest_within_error(np.array([0.1, 0.2, 0.6, 0.61]), np.array([0.05] * 4))
    3
    """
    reached = gaps[:-1] >= gaps[1:] - errors[1:]
    return int(reached.argmax()) + 1 if reached.any() else len(gaps)


def within_sums(points: FloatArray, k: int, starts: int, seed: int, references: int, stream: list[int]) -> FloatArray:
    """W*_kb of each reference, shape (references,); reference b is drawn from the stream (*stream, b).

    The references get as many starts of k-means as the data, or the gap would measure the difference in effort.
    """
    drawn = (reference_points(points, np.random.default_rng([*stream, b])) for b in range(references))
    return np.array([KMeansPartition.fit(reference, k, starts, seed).within_ss for reference in drawn])
