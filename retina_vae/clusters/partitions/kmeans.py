"""K-means: every point belongs to the nearest centre."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retina_vae.clusters.membership import Membership, membership_of_draws
from retina_vae.clusters.partitions.base import Labels, Partition, Points, Words, by_points, centers_of, require_points

__all__ = ["KMeansPartition"]

# Distances to all centres of so many points stay in the processor's cache.
_POINTS_AT_ONCE = 2**11


@dataclass(frozen=True, eq=False)
class KMeansPartition(Partition):
    """Cells of the points that lie nearest to one centre (a Voronoi diagram)."""

    method: ClassVar[str] = "kmeans"
    divides_space: ClassVar[bool] = True
    words: ClassVar[Words] = Words(
        name="k-means",
        finder="k-means",
        probability="the share of the code's distribution that lies nearest to its centre, integrated by "
        "quasi-random draws",
        doubted="a patient's code",
    )
    parameters: ClassVar[tuple[str, ...]] = ("centers",)

    @classmethod
    def fit(cls, points: Points, k: int, n_init: int, seed: int) -> Self:
        """Lloyd's k-means with k-means++ starts (Arthur and Vassilvitskii 2007).

        The start with the smallest sum of squared distances to the centres is kept.

        Args:
            points: Shape (points, d).
            k: Number of clusters.
            n_init: Number of starts.
            seed: Seed of the starts.

        Raises:
            ConfigurationError: There are fewer points than clusters.
        """
        from sklearn.cluster import KMeans

        require_points(points, k)
        found = KMeans(n_clusters=k, n_init=n_init, random_state=seed).fit(points.astype(np.float64))
        return cls(found.cluster_centers_, within_ss=float(found.inertia_))

    def predict(self, points: Points) -> Labels:
        """Index of the nearest centre; of equally near ones the first."""
        flat, nearest = points.reshape(-1, points.shape[-1]), np.empty(math.prod(points.shape[:-1]), np.int64)
        for start in range(0, len(flat), _POINTS_AT_ONCE):
            part = slice(start, start + _POINTS_AT_ONCE)
            nearest[part] = self._distances(flat[part].astype(np.float64)).argmin(axis=0)
        return nearest.reshape(points.shape[:-1])

    def probabilities(self, points: Points) -> Points:
        """1 for the nearest centre and 0 for the others; equally near ones share."""
        distances = self._distances(points)
        shares = (distances == distances.min(axis=0)).astype(points.dtype)
        nearest = shares.sum(axis=0)
        if (nearest > 1).any():
            shares /= np.maximum(nearest, 1)
        return by_points(shares, points)

    def most_probable(self, draws: Points) -> Labels:
        """The cluster of most draws; a draw between two centres counts for the first."""
        return self.membership(draws).labels

    def membership(self, draws: Points, labels: Labels | None = None) -> Membership:
        """That of :class:`Partition`; the draws are counted once."""
        return membership_of_draws(self.predict(draws), len(self.centers), labels)

    def law(self) -> dict[str, NDArray[np.floating[Any]]]:
        """The centres."""
        return {"centers": self.centers}

    @classmethod
    def from_table(cls, table: pd.DataFrame, latent_dim: int) -> Self:
        """The centres in the order of the rows.

        Raises:
            ValueError: A coordinate is missing.
        """
        return cls(centers_of(table, latent_dim))

    def _distances(self, points: Points) -> Points:
        """|p - c|^2 without |p|^2, which all centres share, in the precision of the points; shape (k, all points)."""
        centers = self.centers.astype(points.dtype)
        flat = points.reshape(-1, points.shape[-1])
        return (centers**2).sum(axis=1)[:, None] - 2 * (centers @ flat.T)
