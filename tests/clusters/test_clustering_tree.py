import io

import numpy as np
import pandas as pd
import pytest

from retina_vae.clusters.clustering_tree import clustering_tree, follow_numbers
from retina_vae.clusters.partitions import KMeansPartition

NESTED = [[0] * 6, [1, 1, 1, 1, 0, 0], [2, 2, 0, 0, 1, 1]]


@pytest.fixture(scope="module")
def partitions() -> list[np.ndarray]:
    points = np.random.default_rng(0).normal(size=(300, 2))
    return [KMeansPartition.fit(points, k, 1, 1).predict(points) for k in range(1, 9)]


def test_a_nested_tree_by_hand() -> None:
    """Of six patients, four and two; the four then fall into two pairs, of which the first keeps the number."""
    table = clustering_tree([np.array(partition) for partition in NESTED])
    expected = """k,cluster,size,parent,patients,share
1,1,6,,,
2,1,4,1,4,1.0
2,2,2,1,2,1.0
3,1,2,1,2,1.0
3,2,2,2,2,1.0
3,3,2,1,2,1.0
"""
    assert table.to_csv(index=False) == expected


def test_a_cluster_that_takes_from_two_has_both_as_parents() -> None:
    table = clustering_tree([np.zeros(5, int), np.array([0, 0, 0, 1, 1]), np.array([0, 0, 2, 2, 1])])
    mixed = table[(table["k"] == 3) & (table["cluster"] == 3)]
    assert mixed[["size", "parent", "patients", "share"]].values.tolist() == [[2, 1, 1, 0.5], [2, 2, 1, 0.5]]


def test_patients_are_conserved(partitions: list[np.ndarray]) -> None:
    table = clustering_tree(partitions)
    for k in range(1, 9):
        sizes = table[table["k"] == k].drop_duplicates("cluster").set_index("cluster")["size"]
        assert sizes.index.tolist() == list(range(1, k + 1))
        assert sizes.sum() == 300
    edges = table[table["k"] > 1]
    assert edges["patients"].gt(0).all()
    grouped = edges.groupby(["k", "cluster"])
    np.testing.assert_array_equal(grouped["patients"].sum(), grouped["size"].first())
    np.testing.assert_allclose(grouped["share"].sum(), 1)
    given = edges.groupby(["k", "parent"])["patients"].sum()
    for (k, parent), patients in given.items():
        before = table[(table["k"] == k - 1) & (table["cluster"] == parent)]
        assert patients == before["size"].iloc[0]


def test_numbers_name_the_same_partitions_whatever_they_were(partitions: list[np.ndarray]) -> None:
    rng = np.random.default_rng(1)
    other = [rng.permutation(k)[labels] for k, labels in enumerate(partitions, start=1)]
    pd.testing.assert_frame_equal(clustering_tree(partitions), clustering_tree(other))


def test_a_cluster_that_goes_on_unchanged_keeps_its_number() -> None:
    """A cluster at a time is halved; all others stay as they are, under indices that were shuffled."""
    rng, partitions = np.random.default_rng(2), [np.zeros(64, int)]
    for k in range(2, 9):
        labels = partitions[-1].copy()
        largest = np.flatnonzero(labels == np.bincount(labels).argmax())
        labels[largest[: len(largest) // 3]] = k - 1
        partitions.append(labels)
    shuffled = [rng.permutation(k)[labels] for k, labels in enumerate(partitions, start=1)]
    for found, expected in zip(follow_numbers(shuffled), partitions, strict=True):
        np.testing.assert_array_equal(found, expected)


def test_whole_numbers_are_written_as_such(partitions: list[np.ndarray]) -> None:
    table = clustering_tree(partitions)
    assert table.dtypes[["parent", "patients"]].eq("Int64").all()
    read = pd.read_csv(io.StringIO(table.to_csv(index=False)), dtype=str, keep_default_na=False)
    assert read.loc[0, ["parent", "patients", "share"]].tolist() == ["", "", ""]
    assert read.loc[1:, ["parent", "patients"]].map(str.isdigit).all().all()


def test_one_partition_is_a_root_alone() -> None:
    assert clustering_tree([np.zeros(7, int)])["size"].tolist() == [7]
