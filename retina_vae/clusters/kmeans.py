"""K-means on latent codes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans

from retina_vae.errors import ConfigurationError

__all__ = ["KMeansFit", "fit_kmeans"]


@dataclass(frozen=True)
class KMeansFit:
    """Centres of shape (k, d) and the sum of squared distances of the fitted points to their centres."""

    centers: NDArray[np.float64]
    within_ss: float

    def predict(self, points: NDArray[np.floating]) -> NDArray[np.int64]:
        """Index of the nearest centre for points of shape (..., d)."""
        flat = points.reshape(-1, points.shape[-1]).astype(np.float64)
        # |p - c|^2 without |p|^2, which is the same for every centre.
        distances = (self.centers**2).sum(axis=1) - 2 * flat @ self.centers.T
        return distances.argmin(axis=1).reshape(points.shape[:-1])


def fit_kmeans(points: NDArray[np.floating], k: int, n_init: int, seed: int) -> KMeansFit:
    """Lloyd's k-means with k-means++ starts (Arthur and Vassilvitskii 2007); the best of ``n_init`` starts is kept.

    Args:
        points: Shape (points, d).
        k: Number of clusters.
        n_init: Number of starts.
        seed: Seed of the starts.

    Raises:
        ConfigurationError: There are fewer points than clusters.
    """
    if len(points) < k:
        raise ConfigurationError(f"clusters.k: expected at most the {len(points)} points to cluster, got {k}.")
    fit = KMeans(n_clusters=k, n_init=n_init, random_state=seed).fit(points.astype(np.float64))
    return KMeansFit(fit.cluster_centers_, float(fit.inertia_))
