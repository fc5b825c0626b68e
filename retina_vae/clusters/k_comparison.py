"""How k-means sees the codes: every criterion, for every number of clusters, in every replica."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from enum import IntEnum
from itertools import product

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning

from retina_vae.cluster_settings import ChoiceSettings
from retina_vae.clusters.clustering_tree import clustering_tree
from retina_vae.clusters.criteria import gap_statistic, separation, within_sums
from retina_vae.clusters.k_selection import choices_of
from retina_vae.clusters.partitions import KMeansPartition
from retina_vae.clusters.resampling import prediction_strength
from retina_vae.latent import Codes
from retina_vae.parallel import one_thread_each
from retina_vae.progress import Advance, counted, silent

__all__ = ["ChoiceTables", "choose_k"]

_STARTS = 3
_SPLITS = 3

FloatArray = NDArray[np.float64]
Labels = NDArray[np.int64]


@dataclass(frozen=True)
class ChoiceTables:
    """What the codes say of the number of clusters.

    Attributes:
        criteria: One row per replica and k: ``replica, k, within_ss, silhouette, calinski_harabasz, gap, gap_error,
            prediction_strength, prediction_strength_error, smallest``; empty where a number has no meaning.
        choices: One row per criterion: ``criterion, k`` (the lower median over the replicas), ``lowest, highest``
            (over the replicas), ``tried`` (the largest k compared), ``label, rule`` in words.
        tree: One row per replica, k and pair of clusters that share patients: ``replica`` and what
            :func:`~retina_vae.clusters.clustering_tree.clustering_tree` says.
    """

    criteria: pd.DataFrame
    choices: pd.DataFrame
    tree: pd.DataFrame


class _Draws(IntEnum):
    """What a random stream is for, so that no two purposes share one."""

    SAMPLE = 0
    REFERENCE = 1
    SPLIT = 2
    PATIENTS = 3


@dataclass(frozen=True)
class _Evaluation:
    """A row of ``criteria``, and the patients' clusters."""

    row: dict[str, float]
    labels: Labels


def choose_k(codes: Codes, settings: ChoiceSettings, threads: int = 1, advance: Advance = silent) -> ChoiceTables:
    """Cluster the posterior means of every replica into 1, 2, .. clusters by k-means and measure each partition.

    The criteria were made for k-means, so it is asked whatever ``clusters.method`` the reported clusters come from; the
    report says so.

    Every number comes from streams that are named by the seed, the purpose, the replica and the draw, so it depends
    neither on the threads nor on how many replicas there are. The numbers of clusters end at ``k_max``, at half of the
    patients, or at as many as a replica has posterior means that differ, whichever comes first.

    Of more than ``settings.patients`` the criteria are those of as many, the same for every replica and k; all patients
    are assigned to the clusters of these, for ``smallest`` and the tree.

    Args:
        codes: The codes of all replicas.
        settings: How much is computed.
        threads: Partitions that are measured at the same time.
        advance: Is told how many partitions are measured, at most ``settings.k_max`` of each replica.
    """
    replicas, some = len(codes.mean), _measured(codes.mean.shape[1], settings)
    numbers = range(1, _largest(codes.of_patients(some), settings) + 1)
    tasks = list(product(numbers, range(replicas)))

    def evaluate(task: tuple[int, int]) -> _Evaluation:
        k, replica = task
        return _evaluate(codes.mean[replica].astype(np.float64), some, k, replica, settings)

    with warnings.catch_warnings(), one_thread_each(threads) as pool:
        # A half of the patients with fewer kinds of points than k is no fault here.
        warnings.simplefilter("ignore", ConvergenceWarning)
        # The costly large numbers first, so that no thread ends long after the others.
        measured = zip(tasks[::-1], pool.map(evaluate, tasks[::-1]), strict=True)
        found = dict(counted(measured, advance))
    rows = [{"replica": replica + 1, "k": k, **found[k, replica].row} for replica in range(replicas) for k in numbers]
    criteria = pd.DataFrame(rows)
    trees = [clustering_tree([found[k, replica].labels for k in numbers]) for replica in range(replicas)]
    tree = pd.concat([own.assign(replica=replica) for replica, own in enumerate(trees, start=1)], ignore_index=True)
    tree.insert(0, "replica", tree.pop("replica"))
    return ChoiceTables(criteria, choices_of(criteria), tree)


def _largest(codes: Codes, settings: ChoiceSettings) -> int:
    """The largest k: no half of the patients has fewer, and no replica has fewer points that differ."""
    different = min(len(np.unique(mean, axis=0)) for mean in codes.mean)
    return max(1, min(settings.k_max, codes.mean.shape[1] // 2, different))


def _evaluate(everyone: FloatArray, some: Labels, k: int, replica: int, settings: ChoiceSettings) -> _Evaluation:
    """Every criterion of one replica's partition into k clusters."""
    points = everyone[some]
    fit = KMeansPartition.fit(points, k, _STARTS, settings.seed)
    labels = fit.predict(everyone)
    separate = separation(points, labels[some], _sample(len(points), settings))
    sums = within_sums(
        points, k, _STARTS, settings.seed, settings.references, [settings.seed, _Draws.REFERENCE, replica]
    )
    gap, gap_error = gap_statistic(fit.within_ss, sums)
    split = np.random.default_rng([settings.seed, _Draws.SPLIT, replica])
    strength, strength_error = prediction_strength(points, k, _STARTS, settings.seed, _SPLITS, split)
    row = {
        "within_ss": fit.within_ss,
        "silhouette": separate.silhouette,
        "calinski_harabasz": separate.calinski_harabasz,
        "gap": gap,
        "gap_error": gap_error,
        "prediction_strength": strength,
        "prediction_strength_error": strength_error,
        "smallest": int(np.bincount(labels, minlength=k).min()),
    }
    return _Evaluation(row, labels)


def _measured(patients: int, settings: ChoiceSettings) -> Labels:
    """Positions of the patients that the criteria are measured on."""
    return _drawn(patients, settings.patients, [settings.seed, _Draws.PATIENTS])


def _sample(patients: int, settings: ChoiceSettings) -> Labels:
    """Positions of those, among the measured, that the silhouette looks at."""
    return _drawn(patients, settings.sample, [settings.seed, _Draws.SAMPLE])


def _drawn(patients: int, most: int, stream: list[int]) -> Labels:
    """The same for every replica and k: all of them where they are no more than ``most``."""
    if patients <= most:
        return np.arange(patients)
    return np.sort(np.random.default_rng(stream).choice(patients, most, replace=False))
