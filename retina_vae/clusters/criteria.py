"""How well a partition into k clusters suits the points: criteria that need no second partition, and the gap."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from retina_vae.clusters.nested_kmeans import nested_kmeans

__all__ = [
    "Silhouette",
    "Spread",
    "gap_statistic",
    "log_sampling_error",
    "reference_points",
    "sampled_share",
    "silhouette",
    "smallest_within_error",
    "spread_of",
    "within_sums",
]

FloatArray = NDArray[np.float64]
Labels = NDArray[np.int64]


class Silhouette(NamedTuple):
    """Mean silhouette width of some patients, and its standard error as an estimate of that of all."""

    mean: float
    error: float


class Spread(NamedTuple):
    """Sums of squares of a partition, and its smallest cluster.

    Attributes:
        within_ss: Around the clusters' means.
        calinski_harabasz: The index; not a number for one cluster.
        smallest: Points of the smallest cluster.
    """

    within_ss: float
    calinski_harabasz: float
    smallest: int


def silhouette(distances: FloatArray, labels: Labels, remaining: float) -> Silhouette:
    """Mean silhouette width (Rousseeuw 1987) among points whose distances are known.

    A point in a cluster of its own has width 0. Fewer than two clusters, or as many as points, have none. The standard
    error is that of the infinitesimal jackknife (Efron 1982, chapter 6): a point counts by its own width and as one of
    those to which the others' mean distances are taken.

    Args:
        distances: Of each pair of the points, shape (points, points); they serve partitions into any number.
        labels: 0-based cluster of each point.
        remaining: Share of all points that these are not (:func:`sampled_share`).
    """
    clusters, own = np.unique(labels, return_inverse=True)
    count, places = len(labels), np.arange(len(labels))
    if not 1 < len(clusters) < count:
        return Silhouette(np.nan, np.nan)
    sizes = np.bincount(own)
    means = distances @ np.eye(len(clusters))[own]
    inside = means[places, own] / np.maximum(sizes[own] - 1, 1)
    means /= sizes
    means[places, own] = np.inf
    other = means.argmin(axis=1)
    outside = means[places, other]
    # Of points that coincide both means are 0; their width is 0, and so is that of a point on its own.
    larger = np.maximum(inside, outside)
    larger[(larger == 0) | (sizes[own] == 1)] = np.inf
    widths = (outside - inside) / larger
    # How a point's width changes with both means, for each point of the clusters that they are taken over.
    slopes = np.zeros_like(means)
    slopes[places, own] = np.where(inside < outside, -1, -outside / larger) / larger / sizes[own]
    slopes[places, other] = np.where(inside < outside, inside / larger, 1) / larger / sizes[other]
    level = np.bincount(own, slopes[places, own] * inside) + np.bincount(
        other, slopes[places, other] * outside, minlength=len(clusters)
    )
    influence = widths + (distances @ slopes)[places, own] - level[own]
    return Silhouette(float(widths.mean()), float(influence.std(ddof=1) * np.sqrt(remaining / count)))


def sampled_share(looked_at: int, points: int) -> float:
    """1 - m/n, by which the variance of a mean over m of n points, drawn without repetition, is smaller.

    It is 0 where all are looked at (Cochran 1977, theorem 2.2, the finite population correction).
    """
    return 1 - looked_at / points


def spread_of(points: FloatArray, labels: Labels, k: int) -> Spread:
    """Sum of squares within clusters, and the index of Calinski and Harabasz (1974) that compares it with that between.

    Args:
        points: Shape (points, d).
        labels: 0-based cluster of each point.
        k: Number of clusters; empty ones do not count.
    """
    centered = points - points.mean(axis=0)
    sizes = np.bincount(labels, minlength=k)
    sums = np.stack([np.bincount(labels, column, minlength=k) for column in centered.T], axis=1)
    means = sums / np.maximum(sizes, 1)[:, None]
    within, between = float(np.square(centered - means[labels]).sum()), float((sums * means).sum())
    filled = np.count_nonzero(sizes)
    index = np.nan
    if 1 < filled < len(points):
        index = between / (filled - 1) / (within / (len(points) - filled)) if within > 0 else np.inf
    return Spread(within, index, int(sizes.min()))


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


def within_sums(points: FloatArray, k_max: int, starts: int, rng: np.random.Generator) -> FloatArray:
    """W*_kb of one reference for k = 1, 2, .., ``k_max``, shape (k_max,).

    A reference gets as many starts of k-means as the data, or the gap would measure the difference in effort.
    """
    reference = reference_points(points, rng)
    return np.array([found.within_ss for found in nested_kmeans(reference, k_max, starts, rng)])


def log_sampling_error(squares: FloatArray, remaining: float) -> float:
    """Standard error of log W_k, and so of the gap, for the points having been drawn from more.

    Args:
        squares: Squared distance of each point from its centre.
        remaining: Share of all points that these are not (:func:`sampled_share`).
    """
    if remaining == 0 or not squares.any():
        return 0.0
    return float(squares.std() / squares.mean() * np.sqrt(remaining / len(squares)))
