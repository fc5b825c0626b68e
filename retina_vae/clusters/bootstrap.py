"""Which of the reported clusters come back when the patients are drawn again and the trained model is held fixed.

``retrained`` asks the same of models that were trained again on the resamples.
"""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning

from retina_vae.cluster_settings import ClusterSettings, StabilitySettings
from retina_vae.clusters.grouping import cluster_patients, drawn_for_clustering
from retina_vae.clusters.hennig import DISSOLVED, RECOVERED, verdict
from retina_vae.clusters.stability import best_jaccard
from retina_vae.parallel import one_thread_each
from retina_vae.progress import Advance, counted, silent
from retina_vae.resamples import drawn_patients

__all__ = ["bootstrap_stability", "matches_in_resample", "summarize_matches"]

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
    advance: Advance = silent,
) -> pd.DataFrame:
    """Draw the patients again, cluster their codes as the reported ones were, and look for every reported cluster.

    The codes are those of the trained model, which stays as it is: this is the stability of the clustering step alone.
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
        drawn = drawn_patients("bootstrap", len(labels), stability.seed, resample)
        return matches_in_resample(mean, draws, labels, again, drawn)

    with warnings.catch_warnings(), one_thread_each(threads) as pool:
        # A resample of fewer kinds of points than k is no fault here.
        warnings.simplefilter("ignore", ConvergenceWarning)
        matches = list(counted(pool.map(match, range(stability.bootstraps)), advance))
    return summarize_matches(np.array(matches), labels)


def matches_in_resample(
    mean: NDArray[np.floating],
    draws: NDArray[np.floating],
    labels: Labels,
    settings: ClusterSettings,
    drawn: Labels,
) -> FloatArray:
    """Cluster the codes of one resample, and look each reported cluster up among its distinct patients.

    Of a resample of more patients than a clustering is fitted to (``settings.patients``), as many of it are taken at
    random, for the clustering and for the similarity: the reported clusters, too, come from as many patients of the
    cohort, so this is the m-out-of-n bootstrap (Bickel, Goetze and van Zwet 1997) with the m that the run has.

    Args:
        mean: Posterior means, shape (patients, d).
        draws: Draws from q(z | x), shape (draws, patients, d).
        labels: 0-based reported cluster of each patient.
        settings: How the codes are clustered.
        drawn: Positions of the patients of the resample; one who stands there twice counts twice in the clustering.

    Returns:
        Best Jaccard similarity of each cluster, shape (k,); not a number where none of its patients was drawn.
    """
    taken = drawn[drawn_for_clustering(len(drawn), settings)]
    _, membership = cluster_patients(mean[taken], draws[:, taken], settings)
    distinct, place = np.unique(taken, return_index=True)
    similarity = best_jaccard(labels[distinct], membership.labels[place], settings.number)
    return np.where(np.bincount(labels[distinct], minlength=settings.number) > 0, similarity, np.nan)


def summarize_matches(similarities: FloatArray, labels: Labels) -> pd.DataFrame:
    """What the resamples say of every cluster that has patients; the columns of :func:`bootstrap_stability`.

    Args:
        similarities: Of each resample and cluster, shape (resamples, k); not a number where a resample says nothing.
        labels: 0-based reported cluster of each patient.
    """
    matches = pd.DataFrame(similarities)
    resamples, mean = matches.count(), matches.mean()
    table = pd.DataFrame(
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
    sizes = np.bincount(labels, minlength=len(table))
    return table[sizes > 0].reset_index(drop=True)
