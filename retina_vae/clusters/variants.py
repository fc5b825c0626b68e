"""Whether the reported clusters are found in other clusterings of the same patients."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import adjusted_rand_score

from retina_vae.cluster_settings import ClusterSettings
from retina_vae.clusters.grouping import cluster_patients
from retina_vae.clusters.stability import best_jaccard
from retina_vae.latent import Codes
from retina_vae.parallel import one_thread_each
from retina_vae.progress import Advance, counted, silent

__all__ = ["Variant", "VariantTables", "compare_variants", "kept_variants", "made_variants"]

_OTHER_POINTS = {"draws": ("means", "posterior means"), "means": ("draws", "draws")}

Labels = NDArray[np.int64]


@dataclass(frozen=True)
class Variant:
    """Another clustering of the same patients.

    Attributes:
        name: What a reader calls it.
        kind: What differs: replica, latent_dimension, points or consensus.
        labels: 0-based cluster of each patient, below k.
    """

    name: str
    kind: str
    labels: Labels


@dataclass(frozen=True)
class VariantTables:
    """How the reported clustering agrees with the others.

    Attributes:
        variants: One row per variant: ``variant, kind, ari`` (adjusted Rand index, Hubert and Arabie 1985).
        matches: One row per variant and reported cluster that has patients: ``variant, kind, cluster`` (from 1),
            ``jaccard`` (of the best match in that variant).
    """

    variants: pd.DataFrame
    matches: pd.DataFrame


def kept_variants(assignments: pd.DataFrame, reported: int) -> list[Variant]:
    """The clusterings that a run keeps beside the reported one: the other replicas, and what all have in common.

    A single replica has neither.

    Args:
        assignments: One row per patient: ``consensus_cluster, replica_1, ..`` and others; clusters count from 1.
        reported: The replica whose clusters are reported, from 1.
    """
    replicas = sum(column.startswith("replica_") for column in assignments.columns)
    others = [replica for replica in range(1, replicas + 1) if replica != reported]
    columns = [(f"replica {replica}", "replica", f"replica_{replica}") for replica in others]
    if others:
        columns.append(("consensus of the replicas", "consensus", "consensus_cluster"))
    return [Variant(name, kind, assignments[column].to_numpy(np.int64) - 1) for name, kind, column in columns]


def made_variants(
    codes: Mapping[int, Codes],
    reported: int,
    settings: ClusterSettings,
    threads: int = 1,
    advance: Advance = silent,
) -> list[Variant]:
    """Cluster every replica of the other latent dimensions, and the reported replica's other kind of points.

    Each is clustered as the reported replica was, with as many clusters. Codes that differ in fewer places than that
    give one cluster to each place.

    Args:
        codes: The codes of each latent dimension, the clustered one among them.
        reported: The replica of the clustered dimension whose clusters are reported, from 1.
        settings: How the reported clusters were made.
        threads: Clusterings at the same time; the variants do not depend on it.
        advance: Is told how many of them are done.
    """
    tasks = list(_tasks(codes, reported, settings))

    def cluster(task: _Task) -> Variant:
        _, membership = cluster_patients(task.mean, task.draws, task.settings)
        return Variant(task.name, task.kind, membership.labels)

    with warnings.catch_warnings(), one_thread_each(threads) as pool:
        warnings.simplefilter("ignore", ConvergenceWarning)
        return list(counted(pool.map(cluster, tasks), advance))


def compare_variants(labels: Labels, variants: list[Variant], k: int) -> VariantTables:
    """Agreement of the reported clustering with each variant, as a whole and cluster by cluster.

    Args:
        labels: 0-based reported cluster of each patient.
        variants: The other clusterings.
        k: Number of clusters.
    """
    agreement = [(variant.name, variant.kind, adjusted_rand_score(labels, variant.labels)) for variant in variants]
    matches = [
        (variant.name, variant.kind, cluster + 1, similarity[cluster])
        for variant in variants
        for similarity in [best_jaccard(labels, variant.labels, k)]
        for cluster in np.unique(labels)
    ]
    return VariantTables(
        pd.DataFrame(agreement, columns=["variant", "kind", "ari"]),
        pd.DataFrame(matches, columns=["variant", "kind", "cluster", "jaccard"]),
    )


@dataclass(frozen=True)
class _Task:
    """A clustering to be made."""

    name: str
    kind: str
    mean: NDArray[np.float32]
    draws: NDArray[np.float32]
    settings: ClusterSettings


def _tasks(codes: Mapping[int, Codes], reported: int, settings: ClusterSettings) -> Iterator[_Task]:
    for dim in sorted(set(codes) - {settings.dimension}):
        for replica, (mean, draws) in enumerate(zip(codes[dim].mean, codes[dim].draws, strict=True), start=1):
            name = f"latent dimension {dim}, replica {replica}"
            yield _Task(name, "latent_dimension", mean, draws, settings)
    own = codes[settings.dimension]
    points, name = _OTHER_POINTS[settings.on]
    other = settings.model_copy(update={"on": points})
    yield _Task(name, "points", own.mean[reported - 1], own.draws[reported - 1], other)
