"""How k-means sees the codes: every criterion, for every number of clusters, in every replica."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

from retina_vae.cluster_settings import ChoiceSettings
from retina_vae.clusters.clustering_tree import clustering_tree
from retina_vae.clusters.criteria import (
    gap_statistic,
    log_sampling_error,
    sampled_share,
    silhouette,
    spread_of,
    within_sums,
)
from retina_vae.clusters.grouping import different_points
from retina_vae.clusters.k_selection import choices_of
from retina_vae.clusters.nested_kmeans import nested_kmeans
from retina_vae.clusters.partitions import KMeansPartition
from retina_vae.clusters.resampling import prediction_strengths
from retina_vae.latent import Codes
from retina_vae.parallel import one_thread_each
from retina_vae.progress import Advance

__all__ = ["ChoiceTables", "choose_k", "pieces_of_work"]

_STARTS = 3
_SPLITS = 5

FloatArray = NDArray[np.float64]
Labels = NDArray[np.int64]


@dataclass(frozen=True)
class ChoiceTables:
    """What the codes say of the number of clusters.

    Attributes:
        criteria: One row per replica and k, empty where a number has no meaning: ``replica, k``; ``within_ss,
            calinski_harabasz, smallest`` of all patients; ``silhouette`` of some, with its standard error
            ``silhouette_error``; ``gap, gap_error`` (its standard error for the references) of the number of patients
            in ``patients``, with ``gap_sampling_error`` for these having been drawn; ``prediction_strength`` in splits
            of as many, with its standard error ``prediction_strength_error``. Errors of drawing patients are 0 where
            all are looked at.
        choices: One row per criterion: ``criterion, k`` (the lower median over the replicas), ``lowest, highest``
            (over the replicas), ``tried`` (the largest k compared), ``label, rule`` in words.
        tree: One row per replica, k and pair of clusters that share patients: ``replica`` and what
            :func:`~retina_vae.clusters.clustering_tree.clustering_tree` says of all patients.
    """

    criteria: pd.DataFrame
    choices: pd.DataFrame
    tree: pd.DataFrame


class _Draws(IntEnum):
    """What a random stream is for, so that no two purposes share one; 4 and 5 name those of resamples."""

    SAMPLE = 0
    REFERENCE = 1
    SPLIT = 2
    PATIENTS = 3
    START = 6


@dataclass(frozen=True)
class _Measured:
    """Columns of ``criteria`` that one replica's partitions have, and the patients' clusters, shape (k, patients)."""

    columns: dict[str, FloatArray]
    labels: NDArray[np.uint8]
    within_ss: FloatArray


@dataclass(frozen=True)
class _Comparison:
    """What is compared, and how.

    Attributes:
        mean: Posterior means, shape (replicas, patients, d).
        looked_at: Positions of the patients that k-means looks at.
        sample: Positions of those that the silhouette is computed on.
        k_max: The largest number of clusters.
        settings: How much is computed.
    """

    mean: NDArray[np.floating[Any]]
    looked_at: Labels
    sample: Labels
    k_max: int
    settings: ChoiceSettings

    @classmethod
    def of(cls, mean: NDArray[np.floating[Any]], settings: ChoiceSettings) -> _Comparison:
        """Draw the patients, the same ones for every replica, and find the largest k.

        No half of the patients has fewer, and no replica has fewer points that differ.
        """
        looked_at = _drawn(mean.shape[1], settings.patients, settings.seed, _Draws.PATIENTS)
        sample = _drawn(mean.shape[1], settings.sample, settings.seed, _Draws.SAMPLE)
        different = min(different_points(own[looked_at], settings.k_max) for own in mean)
        k_max = max(1, min(settings.k_max, len(looked_at) // 2, different))
        return cls(mean, looked_at, sample, k_max, settings)

    def measured(self, replica: int) -> _Measured:
        """Cluster one replica's patients who are looked at, give all others the nearest centre, and measure that."""
        points = self.mean[replica].astype(np.float64)
        looked_at = points[self.looked_at]
        fits = nested_kmeans(looked_at, self.k_max, _STARTS, self._stream(_Draws.START, replica))
        distances = cdist(points[self.sample], points[self.sample])
        left = sampled_share(len(self.sample), len(points))
        labels = np.empty((self.k_max, len(points)), np.uint8)
        rows = []
        for k, fit in enumerate(fits, start=1):
            own = fit.predict(points)
            labels[k - 1] = own
            spread, width = spread_of(points, own, k), silhouette(distances, own[self.sample], left)
            rows.append(
                {
                    "within_ss": spread.within_ss,
                    "silhouette": width.mean,
                    "silhouette_error": width.error,
                    "calinski_harabasz": spread.calinski_harabasz,
                    "gap_sampling_error": self._sampling_error(looked_at, fit, own[self.looked_at]),
                    "smallest": spread.smallest,
                }
            )
        columns = {name: np.array([row[name] for row in rows]) for name in rows[0]}
        return _Measured(columns, labels, np.array([fit.within_ss for fit in fits]))

    def reference(self, replica: int, number: int) -> FloatArray:
        """W* of one of a replica's references, for every k."""
        points = self.mean[replica, self.looked_at].astype(np.float64)
        return within_sums(points, self.k_max, _STARTS, self._stream(_Draws.REFERENCE, replica, number))

    def strengths(self, replica: int) -> FloatArray:
        """Prediction strength of a replica's clusters, for every split and k."""
        points, stream = self.mean[replica].astype(np.float64), self._stream(_Draws.SPLIT, replica)
        return prediction_strengths(points, self.k_max, _STARTS, _SPLITS, stream, self.settings.patients)

    def table(self, replica: int, measured: _Measured, references: FloatArray, strengths: FloatArray) -> pd.DataFrame:
        """The replica's rows of ``criteria``."""
        gaps = [gap_statistic(own, sums) for own, sums in zip(measured.within_ss, references.T, strict=True)]
        gap, gap_error = np.array(gaps).T
        columns = measured.columns | {
            "replica": replica + 1,
            "k": np.arange(1, self.k_max + 1),
            "gap": gap,
            "gap_error": gap_error,
            "prediction_strength": strengths.mean(axis=0),
            "prediction_strength_error": strengths.std(axis=0, ddof=1) / np.sqrt(len(strengths)),
            "patients": len(self.looked_at),
        }
        return pd.DataFrame({name: columns[name] for name in _CRITERIA})

    def _sampling_error(self, points: FloatArray, fit: KMeansPartition, labels: Labels) -> float:
        left = sampled_share(len(self.looked_at), self.mean.shape[1])
        return log_sampling_error(np.square(points - fit.centers[labels]).sum(axis=1), left) if left else 0.0

    def _stream(self, *names: int) -> np.random.Generator:
        return np.random.default_rng([self.settings.seed, *names])


_CRITERIA = (
    *("replica", "k", "within_ss", "silhouette", "silhouette_error", "calinski_harabasz"),
    *("gap", "gap_error", "gap_sampling_error", "prediction_strength", "prediction_strength_error"),
    *("smallest", "patients"),
)


def choose_k(codes: Codes, settings: ChoiceSettings, threads: int = 1, advance: Advance | None = None) -> ChoiceTables:
    """Cluster the posterior means of every replica into 1, 2, .. clusters by k-means and measure each partition.

    The criteria were made for k-means, so it is asked whatever ``clusters.method`` the reported clusters come from; the
    report says so. Where there are more patients than ``settings.patients``, k-means looks at so many of them, drawn
    at random, and everybody else belongs to the nearest centre.

    Every number comes from streams that are named by the seed, the purpose, the replica and the draw, so it depends
    neither on the threads nor on how many replicas there are. The numbers of clusters end at ``k_max``, at half of the
    patients who are looked at, or at as many as a replica has posterior means that differ among them, whichever comes
    first.

    Args:
        codes: The codes of all replicas, of which the posterior means are read.
        settings: How much is computed.
        threads: Sets of points that are clustered at the same time.
        advance: Is told how many of :func:`pieces_of_work` are done.
    """
    comparison, replicas = _Comparison.of(codes.mean, settings), len(codes.mean)
    work: list[Callable[[], Any]] = [partial(comparison.strengths, replica) for replica in range(replicas)]
    work += [partial(comparison.measured, replica) for replica in range(replicas)]
    work += [partial(comparison.reference, r, b) for r in range(replicas) for b in range(settings.references)]
    found = []
    with one_thread_each(threads) as pool:
        for done, result in enumerate(pool.map(_call, work), start=1):
            found.append(result)
            if advance is not None:
                advance(done)
    strengths, measured, sums = found[:replicas], found[replicas : 2 * replicas], found[2 * replicas :]
    references = np.array(sums).reshape(replicas, settings.references, -1)
    rows = zip(range(replicas), measured, references, strengths, strict=True)
    criteria = pd.concat([comparison.table(*row) for row in rows], ignore_index=True)
    return ChoiceTables(criteria, choices_of(criteria), _tree([own.labels for own in measured]))


def pieces_of_work(replicas: int, settings: ChoiceSettings) -> int:
    """How many sets of points :func:`choose_k` clusters one after the other."""
    return replicas * (2 + settings.references)


def _call(function: Callable[[], Any]) -> Any:
    return function()


def _drawn(patients: int, most: int, seed: int, purpose: _Draws) -> Labels:
    """Positions of patients, the same for every replica and k: all of them where they are no more than ``most``."""
    if patients <= most:
        return np.arange(patients)
    return np.sort(np.random.default_rng([seed, purpose]).choice(patients, most, replace=False))


def _tree(labels: list[NDArray[np.uint8]]) -> pd.DataFrame:
    """The trees of all replicas, each of which has its number in the first column."""
    trees = [clustering_tree(list(own)).assign(replica=replica) for replica, own in enumerate(labels, start=1)]
    tree = pd.concat(trees, ignore_index=True)
    tree.insert(0, "replica", tree.pop("replica"))
    return tree
