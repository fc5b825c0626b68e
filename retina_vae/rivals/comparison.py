"""Simpler methods beside the clusters of a run, in one table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from sklearn.metrics import adjusted_mutual_info_score, adjusted_rand_score

from retina_vae.cluster_settings import ClusterSettings, HeldOutSettings, StabilitySettings
from retina_vae.clusters.bootstrap import summarize_matches
from retina_vae.clusters.grouping import drawn_for_clustering
from retina_vae.cohort import CohortSchema
from retina_vae.cohort.folds import Folds
from retina_vae.parallel import one_thread_each
from retina_vae.progress import Advance, silent
from retina_vae.rivals.densities import difference_to_run, held_out_density, mean_of
from retina_vae.rivals.resampled import matches_in_resample, mean_over_patients
from retina_vae.rivals.rival import FloatArray, Labels, Rival, Starts

__all__ = ["COLUMNS", "Beside", "compare_rivals"]

COLUMNS = (
    *("method", "words", "k", "ari", "ami", "stability", "stability_of_run"),
    *("log_density", "log_density_error", "difference_to_run", "difference_error", "patients", "note"),
)
"""Of the table."""


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

    Returns:
        One row per method, with :data:`COLUMNS`. Where a method is not installed, ``note`` says so and numbers are
        missing; so they are where one group holds everybody, which agrees with itself whatever is done.
    """
    rows = []
    for place, rival in enumerate(rivals):
        rows.append(_row(rival, run, folds, clusters, stability, threads))
        advance(place + 1, rival.name)
    return pd.DataFrame(rows, columns=list(COLUMNS))
