"""How well each cluster holds when the model is trained again from another seed."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retina_vae.clusters.numbering import contingency

__all__ = ["best_jaccard", "cluster_stability"]


def best_jaccard(labels: NDArray[np.int64], other: NDArray[np.int64], k: int) -> NDArray[np.float64]:
    """For each cluster the largest Jaccard similarity with a cluster of another partition, shape (k,).

    The Jaccard similarity of two sets is the size of their intersection over that of their union; the best match is
    the cluster-wise stability of Hennig (2007). An empty cluster gets 0.
    """
    shared = contingency(labels, other, k, k)
    union = shared.sum(axis=1, keepdims=True) + shared.sum(axis=0, keepdims=True) - shared
    return (shared / np.maximum(union, 1)).max(axis=1)


def cluster_stability(
    labels: NDArray[np.int64],
    others: NDArray[np.int64],
    k: int,
) -> pd.DataFrame:
    """Size of each cluster, and how well the other replicas find it again.

    Args:
        labels: 0-based cluster of each patient, shape (patients,).
        others: The clusters in the other replicas, shape (other replicas, patients).
        k: Number of clusters.

    Returns:
        One row per cluster that has patients: ``cluster`` (from 1), ``size``, ``jaccard_mean`` and
        ``jaccard_min`` of the best matches in the other replicas, which are missing where there is no other replica.
    """
    sizes = np.bincount(labels, minlength=k)
    matches = np.array([best_jaccard(labels, other, k) for other in others]).reshape(-1, k)
    missing = np.full(k, np.nan)
    table = pd.DataFrame(
        {
            "cluster": np.arange(1, k + 1),
            "size": sizes,
            "jaccard_mean": matches.mean(axis=0) if len(matches) else missing,
            "jaccard_min": matches.min(axis=0) if len(matches) else missing,
        }
    )
    # The majority over the draws can leave a cluster without any patient.
    return table[table["size"] > 0].reset_index(drop=True)
