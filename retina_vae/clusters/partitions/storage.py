"""The partitions of all replicas in one table, ``clusters/centers.csv``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from retina_vae.cluster_settings import ClusterSettings
from retina_vae.clusters.partitions import PARTITIONS, Partition
from retina_vae.errors import InputError
from retina_vae.files import read_table
from retina_vae.hashes import make_again

__all__ = ["partition_of", "partitions_table", "read_partition"]


def partitions_table(partitions: Sequence[Partition]) -> pd.DataFrame:
    """One row per replica (from 1) and cluster: ``replica`` and what :meth:`Partition.to_table` says."""
    tables = [partition.to_table() for partition in partitions]
    for replica, table in enumerate(tables, start=1):
        table.insert(0, "replica", replica)
    return pd.concat(tables, ignore_index=True)


def read_partition(path: Path, replica: int, settings: ClusterSettings) -> Partition:
    """The partition of one replica, cluster 1 first.

    Args:
        path: The run's ``clusters/centers.csv``.
        replica: Its number, from 1.
        settings: What was clustered, how, and into how many clusters.

    Raises:
        InputError: The table is missing, or does not hold such a partition of that replica.
    """
    table = read_table(path, ["replica", "cluster"])
    try:
        return partition_of(table, replica, settings)
    except ValueError as error:
        raise InputError(f"{path}: {error}. {make_again(path)}") from None


def partition_of(table: pd.DataFrame, replica: int, settings: ClusterSettings) -> Partition:
    """The partition of one replica in a table of :func:`partitions_table`, cluster 1 first.

    Raises:
        ValueError: The table does not hold such a partition of that replica.
    """
    found = table[table["replica"] == replica].sort_values("cluster")
    wanted = f"the centres of {settings.number} clusters in {settings.latent_dim} dimensions of replica {replica}"
    if found["cluster"].tolist() != [*range(1, settings.number + 1)]:
        raise ValueError(f"expected {wanted}, got {len(found)} rows")
    try:
        return PARTITIONS[settings.method].from_table(found, settings.dimension)
    except ValueError as error:
        raise ValueError(f"expected {wanted} by {settings.method}: {error}") from None
