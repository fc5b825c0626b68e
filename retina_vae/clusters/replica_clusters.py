"""The whole stage: from the codes of all replicas to the tables of the clusters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retina_vae.clusters.agreement import (
    consensus_partition,
    mean_agreement,
    pairwise_agreement,
    representative_replica,
)
from retina_vae.clusters.grouping import cluster_patients, require_different_points
from retina_vae.clusters.membership import Membership
from retina_vae.clusters.numbering import match_numbers, number_by_size
from retina_vae.clusters.partitions import Partition
from retina_vae.clusters.partitions.storage import partitions_table
from retina_vae.clusters.stability import cluster_stability
from retina_vae.config import ClusterSettings
from retina_vae.latent import Codes
from retina_vae.parallel import one_thread_each
from retina_vae.progress import Advance, counted, silent

__all__ = ["ClusterTables", "cluster_codes"]

Labels = NDArray[np.int64]


@dataclass(frozen=True)
class ClusterTables:
    """The stage's tables, as docs/architecture.md describes them."""

    assignments: pd.DataFrame
    centers: pd.DataFrame
    replicas: pd.DataFrame
    agreement: pd.DataFrame
    stability: pd.DataFrame


def cluster_codes(
    codes: Codes,
    patient_ids: list[str],
    losses: NDArray[np.float64],
    settings: ClusterSettings,
    reference: Labels | None = None,
    threads: int = 1,
    identifier: str = "patient_id",
    advance: Advance = silent,
) -> ClusterTables:
    """Cluster every replica's codes and report the replica that agrees best with the others.

    Args:
        codes: The codes of all replicas.
        patient_ids: Identifiers, in the order of the codes.
        losses: Each replica's training loss in the last epoch.
        settings: How to cluster.
        reference: 0-based groups of a known partition; the clusters are numbered by their match to it, else by size.
        threads: Replicas that are clustered at the same time.
        identifier: Name of the column that the identifiers get.
        advance: Is told how many replicas are clustered.
    """
    require_different_points(codes, settings)
    partitions, members = _cluster_replicas(codes, settings, threads, advance)
    k, labels = settings.number, np.stack([member.labels for member in members])
    matrix = pairwise_agreement(labels)
    reported = representative_replica(matrix)
    numbers = _number_replicas(labels, reported, reference, k)
    numbered = np.take_along_axis(numbers, labels, axis=1)
    consensus = consensus_partition(numbered, k)
    consensus = match_numbers(consensus, numbered[reported], k, k)[consensus]
    others = np.delete(numbered, reported, axis=0)
    return ClusterTables(
        assignments=_assignments(
            pd.Series(patient_ids, dtype="str", name=identifier), numbered, reported, members[reported].share, consensus
        ),
        centers=partitions_table([own.renumbered(new) for own, new in zip(partitions, numbers, strict=True)]),
        replicas=_replicas(losses, partitions, matrix, reported),
        agreement=_agreement(matrix),
        stability=cluster_stability(numbered[reported], others, k),
    )


def _cluster_replicas(
    codes: Codes, settings: ClusterSettings, threads: int, advance: Advance
) -> tuple[list[Partition], list[Membership]]:
    """A partition per replica, ``threads`` replicas at a time."""

    def cluster(replica: int) -> tuple[Partition, Membership]:
        return cluster_patients(codes.mean[replica], codes.draws[replica], settings)

    with one_thread_each(threads) as pool:
        partitions, members = zip(*counted(pool.map(cluster, range(len(codes.mean))), advance), strict=True)
    return list(partitions), list(members)


def _number_replicas(labels: Labels, reported: int, reference: Labels | None, k: int) -> Labels:
    """New index of each replica's old indices, shape (replicas, k): all replicas follow the reported one."""
    if reference is None:
        first = number_by_size(labels[reported], k)
    else:
        first = match_numbers(labels[reported], reference, k, int(reference.max()) + 1)
    target = first[labels[reported]]
    return np.stack([first if r == reported else match_numbers(own, target, k, k) for r, own in enumerate(labels)])


def _assignments(
    identifiers: pd.Series, numbered: Labels, reported: int, share: NDArray[np.float64], consensus: Labels
) -> pd.DataFrame:
    table = {
        str(identifiers.name): identifiers,
        "cluster": numbered[reported] + 1,
        "draw_share": share,
        "consensus_cluster": consensus + 1,
    }
    return pd.DataFrame(table | {f"replica_{r}": own + 1 for r, own in enumerate(numbered, start=1)})


def _replicas(
    losses: NDArray[np.float64], partitions: list[Partition], matrix: NDArray[np.float64], reported: int
) -> pd.DataFrame:
    count = len(partitions)
    return pd.DataFrame(
        {
            "replica": np.arange(1, count + 1),
            "loss": losses,
            "within_ss": [partition.within_ss for partition in partitions],
            "mean_ari": mean_agreement(matrix),
            "reported": np.arange(count) == reported,
        }
    )


def _agreement(matrix: NDArray[np.float64]) -> pd.DataFrame:
    a, b = np.triu_indices(len(matrix), k=1)
    return pd.DataFrame({"replica_a": a + 1, "replica_b": b + 1, "ari": matrix[a, b]})
