"""Which of the reported clusters come back when the patients are drawn again."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning

from retina_vae.clusters.grouping import cluster_patients
from retina_vae.clusters.hennig import DISSOLVED, RECOVERED, verdict
from retina_vae.clusters.stability import best_jaccard
from retina_vae.parallel import one_thread_each
from retina_vae.progress import Advance
from retina_vae.settings import ClusterSettings, StabilitySettings

__all__ = ["bootstrap_stability"]

# Names the stream of the resamples, apart from those of the choice of k.
_RESAMPLE = 4
_LOW = 0.05

FloatArray = NDArray[np.float64]
Labels = NDArray[np.int64]


def bootstrap_stability(
    mean: NDArray[np.floating],
    draws: NDArray[np.floating],
    labels: Labels,
    settings: ClusterSettings,
    stability: StabilitySettings,
    threads: int = 1,
    advance: Advance | None = None,
) -> pd.DataFrame:
    """Draw the patients again, cluster them as the reported ones were, and look for every reported cluster.

    Hennig (2007): a cluster's similarity with the clustering of a resample is its best Jaccard similarity with one of
    the clusters there, among the distinct patients that were drawn. A patient who is drawn twice counts twice and
    brings all draws from q(z | x) along. A resample that drew none of a cluster's patients says nothing about it and is
    left out.

    Args:
        mean: Posterior means of the reported replica, shape (patients, d).
        draws: Its draws from q(z | x), shape (draws, patients, d).
        labels: 0-based reported cluster of each patient.
        settings: How the reported clusters were made.
        stability: How many resamples, and from how many starts and which seed they are clustered.
        threads: Resamples that are clustered at the same time; the table does not depend on it.
        advance: Is told how many resamples are done.

    Returns:
        One row per cluster that has patients: ``cluster`` (from 1), ``resamples`` (that drew a patient of it),
        ``jaccard_mean``, ``jaccard_low`` (5th percentile), ``recovered`` and ``dissolved`` (shares of the resamples),
        ``verdict`` (:func:`~retina_vae.clusters.hennig.verdict` on the mean). Numbers are missing for a cluster that
        no resample drew.
    """
    again = settings.model_copy(update={"n_init": stability.n_init, "seed": stability.seed})

    def match(resample: int) -> FloatArray:
        rng = np.random.default_rng([stability.seed, _RESAMPLE, resample])
        return _matches(mean, draws, labels, again, rng)

    matches = []
    with warnings.catch_warnings(), one_thread_each(threads) as pool:
        # A resample of fewer kinds of points than k is no fault here.
        warnings.simplefilter("ignore", ConvergenceWarning)
        for done, found in enumerate(pool.map(match, range(stability.bootstraps)), start=1):
            matches.append(found)
            if advance is not None:
                advance(done)
    sizes = np.bincount(labels, minlength=settings.number)
    return _summary(pd.DataFrame(matches))[sizes > 0].reset_index(drop=True)


def _matches(
    mean: NDArray[np.floating],
    draws: NDArray[np.floating],
    labels: Labels,
    settings: ClusterSettings,
    rng: np.random.Generator,
) -> FloatArray:
    """Best Jaccard similarity of each cluster in one resample, shape (k,); not a number where no patient was drawn."""
    drawn = rng.integers(len(labels), size=len(labels))
    _, membership = cluster_patients(mean[drawn], draws[:, drawn], settings)
    distinct, place = np.unique(drawn, return_index=True)
    similarity = best_jaccard(labels[distinct], membership.labels[place], settings.number)
    return np.where(np.bincount(labels[distinct], minlength=settings.number) > 0, similarity, np.nan)


def _summary(matches: pd.DataFrame) -> pd.DataFrame:
    """One row per column of the similarities, which have a row per resample."""
    resamples = matches.count()
    mean = matches.mean()
    return pd.DataFrame(
        {
            "cluster": np.arange(1, matches.shape[1] + 1),
            "resamples": resamples,
            "jaccard_mean": mean,
            "jaccard_low": matches.quantile(_LOW),
            "recovered": (matches >= RECOVERED).sum() / resamples,
            "dissolved": (matches <= DISSOLVED).sum() / resamples,
            "verdict": [verdict(jaccard) for jaccard in mean],
        }
    )
