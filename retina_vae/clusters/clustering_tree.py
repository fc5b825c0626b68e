"""How clusters split when their number grows: the clustering tree."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retina_vae.clusters.numbering import contingency, match_numbers

__all__ = ["clustering_tree", "follow_numbers"]

# Whole numbers that can be missing.
_WHOLE = {"parent": "Int64", "patients": "Int64"}

Labels = NDArray[np.int64]


def clustering_tree(partitions: Sequence[Labels]) -> pd.DataFrame:
    """The edges of the clustering tree (Zappia and Oshlack 2018, "clustree").

    A node is a cluster of the partition into k clusters; an edge leads to it from each cluster of the partition into
    k - 1 that it shares patients with. The partitions are made each on its own, so a cluster can have several parents.

    Args:
        partitions: 0-based cluster of each patient in the partition into 1, 2, .. clusters, in this order.

    Returns:
        One row per edge: ``k, cluster`` (from 1, numbered as :func:`follow_numbers` says), ``size, parent`` (cluster of
        the partition into k - 1), ``patients`` (that both share), ``share`` (of the cluster's patients). The one
        cluster of k = 1 has a row without the last three.
    """
    followed = follow_numbers(partitions)
    parts = [_root(len(followed[0]))]
    parts += [_edges(own, before, k) for k, (before, own) in enumerate(pairwise(followed), start=2)]
    return pd.concat(parts, ignore_index=True)


def follow_numbers(partitions: Sequence[Labels]) -> list[Labels]:
    """Number the clusters of each partition by their parents, so that a cluster that goes on keeps its number.

    From one partition to the next as many patients as possible keep their number
    (:func:`~retina_vae.clusters.numbering.match_numbers`); the one cluster that is left gets the new number.

    Args:
        partitions: As in :func:`clustering_tree`.

    >>> follow_numbers([np.array([0, 0, 0, 0]), np.array([1, 1, 1, 0]), np.array([2, 2, 0, 1])])
    [array([0, 0, 0, 0]), array([0, 0, 0, 1]), array([0, 0, 2, 1])]
    """
    followed = [np.asarray(partitions[0])]
    for k, labels in enumerate(partitions[1:], start=2):
        followed.append(match_numbers(labels, followed[-1], k, k - 1)[labels])
    return followed


def _root(patients: int) -> pd.DataFrame:
    row = {"k": [1], "cluster": [1], "size": [patients], "parent": [pd.NA], "patients": [pd.NA], "share": [np.nan]}
    return pd.DataFrame(row).astype(_WHOLE)


def _edges(labels: Labels, parents: Labels, k: int) -> pd.DataFrame:
    """The edges to the clusters of the partition into k, by cluster, then by parent."""
    shared = contingency(labels, parents, k, k - 1)
    cluster, parent = np.nonzero(shared)
    size, patients = shared.sum(axis=1)[cluster], shared[cluster, parent]
    columns = {"k": k, "cluster": cluster + 1, "size": size, "parent": parent + 1, "patients": patients}
    return pd.DataFrame(columns | {"share": patients / size}).astype(_WHOLE)
