"""The release of the tree of clusters, and of what the criteria say of their sizes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retina_vae.release.cells import is_few, suppressed_groups, without
from retina_vae.release.context import Context
from retina_vae.release.suppression import suppressed

__all__ = ["release_criteria", "release_tree"]

BoolArray = NDArray[np.bool_]


def release_criteria(table: pd.DataFrame, context: Context) -> pd.DataFrame:
    """Leave out the sizes of smallest clusters that are small."""
    return without(table, is_few(table["smallest"], context.floor), ["smallest"])


def release_tree(table: pd.DataFrame, context: Context) -> pd.DataFrame:
    """Take the sizes of few patients, and the numbers that two clusters share, out of the clustering tree.

    The sizes of a partition into k clusters are known twice: as those of its clusters, and as those of the parents of
    the next partition's. A cluster whose size is not shown keeps one row, without a parent, and is no one's parent. A
    pair that shares no patient gets a row where that is needed to hide how many another shares.

    Args:
        table: ``replica, k, cluster, size, parent, patients, share``, as
            :func:`retina_vae.clusters.clustering_tree.clustering_tree` makes it.
        context: Of the same run.
    """
    return _without_few(table, context.floor) if context.hides else table


def _without_few(table: pd.DataFrame, floor: int) -> pd.DataFrame:
    parts = []
    for _, tree in table.groupby("replica", sort=False):
        before = np.zeros(1, dtype=np.bool_)
        for k, edges in tree.groupby("k"):
            sizes = edges.drop_duplicates("cluster").set_index("cluster")["size"]
            hidden = np.zeros(int(str(k)), dtype=np.bool_)
            hidden[sizes.index.to_numpy() - 1] = suppressed_groups(sizes, floor)
            parts.append(edges if k == 1 else _suppressed_edges(edges, sizes, hidden, before, floor))
            before = hidden
    whole = dict.fromkeys(("size", "parent", "patients"), "Int64")
    return pd.concat(parts, ignore_index=True).astype(whole)


def _suppressed_edges(
    edges: pd.DataFrame, sizes: pd.Series[Any], hidden: BoolArray, before: BoolArray, floor: int
) -> pd.DataFrame:
    """One partition's edges without those of few patients."""
    counts = np.zeros((len(hidden), len(before)), dtype=np.int64)
    own, parent = (edges[name].to_numpy(dtype=np.int64) - 1 for name in ("cluster", "parent"))
    counts[own, parent] = edges["patients"].to_numpy(dtype=np.int64)
    whole = hidden[:, None] | before[None]
    mask = suppressed(counts, floor, ~hidden, ~before, whole)
    own, parent = np.nonzero(((counts > 0) | mask) & ~whole)
    pairs = pd.DataFrame({"cluster": own + 1, "parent": parent + 1, "patients": counts[own, parent]})
    pairs = without(pairs, mask[own, parent], ["patients"])
    # A cluster of which no pair is shown has a row still.
    shown = sizes.rename_axis("cluster").reset_index().merge(pairs, how="left", on="cluster")
    shown = without(shown, hidden[shown["cluster"].to_numpy() - 1], ["size"])
    shown = shown.assign(
        replica=edges["replica"].iloc[0], k=edges["k"].iloc[0], share=shown["patients"] / shown["size"]
    )
    return shown[edges.columns].astype({"share": float})
