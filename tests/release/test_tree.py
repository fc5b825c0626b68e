"""The whole tree of clusters of one replica: sizes and shared numbers of all its levels at once."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest

from retina_vae.clusters.clustering_tree import clustering_tree
from retina_vae.release.tree import _without_few
from tests.release.attacker import possible

LEVELS, FLOOR = 4, 11


def tree(seed: int) -> pd.DataFrame:
    """Partitions of 120 patients along a line into one to four clusters, some of them small."""
    rng = np.random.default_rng(seed)
    position = rng.random(120)
    noisy = [position + rng.normal(0, 0.03, 120) for _ in range(LEVELS)]
    partitions = [np.searchsorted(np.sort(rng.random(k - 1)), own) for k, own in enumerate(noisy, start=1)]
    return clustering_tree(partitions).assign(replica=1)


def nodes(full: pd.DataFrame, shown: pd.DataFrame) -> Iterator[tuple[tuple[int, ...], int, bool]]:
    """Every size (k, cluster) and shared number (k, cluster, parent): its value, and whether it is hidden."""
    hidden: dict[tuple[int, ...], bool] = {}
    for k in range(1, LEVELS + 1):
        own, told = full[full["k"] == k], shown[shown["k"] == k]
        sizes = own.drop_duplicates("cluster").set_index("cluster")["size"]
        for cluster in range(1, k + 1):
            gone = told.loc[told["cluster"] == cluster, "size"].isna().any()
            hidden[k, cluster] = bool(gone)
            yield (k, cluster), int(sizes.get(cluster, 0)), bool(gone)
    for k in range(2, LEVELS + 1):
        own, told = (table[table["k"] == k].set_index(["cluster", "parent"])["patients"] for table in (full, shown))
        for cluster in range(1, k + 1):
            for parent in range(1, k):
                unseen = hidden[k, cluster] or hidden[k - 1, parent]
                gone = unseen or ((cluster, parent) in told.index and pd.isna(told.loc[(cluster, parent)]))
                yield (k, cluster, parent), int(own.get((cluster, parent), 0)), bool(gone)


def known_sums(places: dict[tuple[int, ...], int]) -> np.ndarray:
    """Sizes add up to all patients, shared numbers to the sizes of cluster and parent."""
    sums = []
    for k in range(1, LEVELS + 1):
        sums.append({(k, cluster): 1 for cluster in range(1, k + 1)})
    for k in range(2, LEVELS + 1):
        for cluster in range(1, k + 1):
            sums.append({(k, cluster): -1} | {(k, cluster, parent): 1 for parent in range(1, k)})
        for parent in range(1, k):
            sums.append({(k - 1, parent): -1} | {(k, cluster, parent): 1 for cluster in range(1, k + 1)})
    rows = np.zeros((len(sums), len(places)))
    for row, own in zip(rows, sums, strict=True):
        for node, sign in own.items():
            row[places[node]] = sign
    return rows


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_no_hidden_number_follows_from_all_levels_together(seed: int) -> None:
    full = tree(seed)
    found = list(nodes(full, _without_few(full, FLOOR)))
    places = {node: place for place, (node, _, _) in enumerate(found)}
    values, hidden = np.array([value for _, value, _ in found]), np.array([gone for _, _, gone in found])
    small = (values > 0) & (values < FLOOR)
    assert hidden[small].all()
    assert small.any()
    ranges = possible(values, hidden, known_sums(places))
    assert all(ranges[place][0] < ranges[place][1] for place in np.flatnonzero(small))
