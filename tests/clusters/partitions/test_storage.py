from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from retina_vae.cluster_settings import ClusterSettings
from retina_vae.clusters.partitions import KMeansPartition, MixturePartition, Partition
from retina_vae.clusters.partitions.storage import partitions_table, read_partition
from retina_vae.errors import InputError
from retina_vae.files import write_table

KMEANS = ClusterSettings(k=3, latent_dim=2)
MIXTURE = ClusterSettings(k=3, latent_dim=2, method="gaussian_mixture")


def partitions(settings: ClusterSettings) -> list[Partition]:
    rng = np.random.default_rng(1)
    centers = rng.normal(size=(2, 3, 2))
    if settings.method == "kmeans":
        return [KMeansPartition(own) for own in centers]
    factors = rng.normal(size=(2, 3, 2, 2))
    covariances = factors @ np.swapaxes(factors, 2, 3) + 0.1 * np.eye(2)
    pairs = zip(centers, covariances, strict=True)
    return [MixturePartition(own, rng.dirichlet(np.ones(3)), full) for own, full in pairs]


@pytest.fixture(params=[KMEANS, MIXTURE], ids=lambda settings: settings.method)
def settings(request: pytest.FixtureRequest) -> ClusterSettings:
    return request.param


def test_every_replica_comes_back_from_the_file(tmp_path: Path, settings: ClusterSettings) -> None:
    written, path = partitions(settings), tmp_path / "centers.csv"
    write_table(partitions_table(written), path)
    points = np.random.default_rng(2).normal(size=(50, 2))
    for replica, partition in enumerate(written, start=1):
        read = read_partition(path, replica, settings)
        assert type(read) is type(partition)
        np.testing.assert_allclose(read.probabilities(points), partition.probabilities(points), rtol=1e-9)


def test_the_table_of_kmeans_is_replica_cluster_and_centre(tmp_path: Path) -> None:
    write_table(partitions_table([KMeansPartition(np.array([[0.1, 2.0], [1 / 3, -4.0]]))]), tmp_path / "centers.csv")
    assert (tmp_path / "centers.csv").read_text() == (
        "replica,cluster,z_1,z_2\n1,1,0.1,2.0\n1,2,0.3333333333333333,-4.0\n"
    )


def test_a_table_in_another_order_is_read_by_the_numbers(tmp_path: Path, settings: ClusterSettings) -> None:
    path = tmp_path / "centers.csv"
    write_table(partitions_table(partitions(settings)).iloc[::-1], path)
    np.testing.assert_allclose(read_partition(path, 2, settings).centers, partitions(settings)[1].centers)


def broken(table: pd.DataFrame, kind: str) -> pd.DataFrame:
    changes = {
        "a cluster is missing": lambda: table[table["cluster"] != 2],
        "no such replica": lambda: table.assign(replica=table["replica"] + 7),
        "a coordinate is missing": lambda: table.drop(columns="z_2"),
        "no number": lambda: table.assign(z_1="here"),
    }
    return changes[kind]()


@pytest.mark.parametrize("kind", ["a cluster is missing", "no such replica", "a coordinate is missing", "no number"])
def test_a_table_of_something_else_is_one_clear_error(tmp_path: Path, settings: ClusterSettings, kind: str) -> None:
    path = tmp_path / "centers.csv"
    write_table(broken(partitions_table(partitions(settings)), kind), path)
    with pytest.raises(InputError, match=r"centers.csv: expected the centres of 3 clusters in 2 dim.*Delete") as error:
        read_partition(path, 1, settings)
    assert str(path) in str(error.value)


def test_centres_of_kmeans_are_no_mixture(tmp_path: Path) -> None:
    write_table(partitions_table(partitions(KMEANS)), tmp_path / "centers.csv")
    with pytest.raises(InputError, match=r"by gaussian_mixture: expected the columns \['weight'\]"):
        read_partition(tmp_path / "centers.csv", 1, MIXTURE)
