"""Simpler methods beside the clusters of a run, in one table."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from sklearn.metrics import adjusted_mutual_info_score, adjusted_rand_score

from retina_vae.cluster_settings import ClusterSettings, StabilitySettings
from retina_vae.clusters.bootstrap import summarize_matches
from retina_vae.clusters.grouping import drawn_for_clustering
from retina_vae.cohort import CohortSchema
from retina_vae.cohort.folds import Folds
from retina_vae.parallel import one_thread_each
from retina_vae.progress import Advance, silent
from retina_vae.rivals.densities import difference_to_run, held_out_density, mean_of
from retina_vae.rivals.resampled import matches_in_resample, mean_over_patients
from retina_vae.rivals.rival import FloatArray, Labels, Rival, Starts, quiet

__all__ = ["COLUMNS", "EXTRA", "Beside", "compare_rivals"]

COLUMNS = (
    *("method", "words", "k", "ari", "ami", "stability", "stability_of_run"),
    *("log_density", "log_density_error", "difference_to_run", "difference_error", "patients", "note"),
)
"""Of the table."""

EXTRA = "retina-vae[rivals]"
"""What pip installs a method with that is not there."""


class Beside(NamedTuple):
    """What the methods stand beside.

    Attributes:
        patients: Of the run.
        schema: Of their columns.
        labels: 0-based cluster of each patient.
        stability: The run's own, the mean over patients of the Jaccard similarity of their cluster over the resamples
            that the model was trained on again; not a number where that was not measured.
        densities: log p(x) of patients who were kept out, by the run's model; None where it was not measured.
    """

    patients: pd.DataFrame
    schema: CohortSchema
    labels: Labels
    stability: float
    densities: pd.DataFrame | None


def compare_rivals(
    rivals: Sequence[Rival],
    run: Beside,
    folds: Folds,
    clusters: ClusterSettings,
    stability: StabilitySettings,
    threads: int = 1,
    advance: Advance = silent,
) -> pd.DataFrame:
    """Fit every method to the patients, to resamples of them and to folds.

    Args:
        rivals: The methods.
        run: What they stand beside.
        folds: Of the patients whom the methods are to describe unseen.
        clusters: How the run's clusters were made: their number, of how many patients, from which starts.
        stability: Of the resamples that the run's model was trained on again, and starts of the fits to them.
        threads: Fits at the same time; the table does not depend on it.
        advance: Is told how many methods are done.

    Returns:
        One row per method, with :data:`COLUMNS`. Where a method is not installed, ``note`` says so and numbers are
        missing. Agreement and stability are missing where the method or the run has one group, which says nothing.
    """
    rows = []
    with quiet(), one_thread_each(threads) as pool:
        for done, rival in enumerate(rivals, start=1):
            measured = {} if rival.missing else _measured(rival, run, folds, clusters, stability, pool)
            note = f"not installed; pip install {EXTRA}" if rival.missing else ""
            rows.append({"method": rival.name, "words": rival.words, "note": note} | measured)
            advance(done, rival.name)
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype({"k": "Int64", "patients": "Int64"})


def _measured(
    rival: Rival,
    run: Beside,
    folds: Folds,
    clusters: ClusterSettings,
    stability: StabilitySettings,
    pool: ThreadPoolExecutor,
) -> dict[str, Any]:
    """The numbers of one method."""
    starts = Starts(clusters.n_init, clusters.seed)
    some = run.patients.iloc[drawn_for_clustering(len(run.patients), clusters)]
    k = rival.number(some, run.schema, clusters.number, starts)
    labels = rival.fit(some, run.schema, k, starts).labels(run.patients)

    def describe(fold: int) -> FloatArray | None:
        return held_out_density(rival, run.patients, run.schema, k, folds, fold, starts)

    values = _put_together(list(pool.map(describe, range(int(folds.fold.max()) + 1))), folds)
    density, difference = mean_of(values), difference_to_run(values, run.densities)
    return {
        "k": k,
        **_agreement(labels, run.labels, k),
        "stability": _stability(rival, run, labels, k, clusters, stability, pool),
        "stability_of_run": run.stability,
        "log_density": density.mean,
        "log_density_error": density.error,
        "difference_to_run": difference.mean,
        "difference_error": difference.error,
        "patients": pd.NA if values is None else len(values),
    }


def _put_together(by_fold: list[FloatArray | None], folds: Folds) -> FloatArray | None:
    """The patients of all folds in their order, shape (patients drawn,)."""
    values = np.full(len(folds.fold), np.nan)
    for fold, own in enumerate(by_fold):
        if own is None:
            return None
        values[folds.fold == fold] = own
    return values


def _agreement(labels: Labels, clusters: Labels, k: int) -> dict[str, float]:
    """Adjusted Rand index (Hubert and Arabie 1985) and adjusted mutual information (Vinh, Epps and Bailey 2010)."""
    if min(k, len(np.unique(clusters))) < 2:
        return {"ari": np.nan, "ami": np.nan}
    return {
        "ari": float(adjusted_rand_score(clusters, labels)),
        "ami": float(adjusted_mutual_info_score(clusters, labels)),
    }


def _stability(
    rival: Rival,
    run: Beside,
    labels: Labels,
    k: int,
    clusters: ClusterSettings,
    stability: StabilitySettings,
    pool: ThreadPoolExecutor,
) -> float:
    """The mean over patients of the Jaccard similarity of their group; not a number of one group."""
    if k < 2 or stability.retrained == 0:
        return np.nan

    def match(resample: int) -> FloatArray:
        return matches_in_resample(rival, run.patients, run.schema, labels, k, clusters, stability, resample)

    matches = summarize_matches(np.array(list(pool.map(match, range(stability.retrained)))), labels)
    return mean_over_patients(matches, labels)
