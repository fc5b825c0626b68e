"""Which groups of a simpler method come back when it is fitted to resamples of the patients: those of the run."""

from __future__ import annotations

import numpy as np
import pandas as pd

from retina_vae.cluster_settings import ClusterSettings, StabilitySettings
from retina_vae.clusters.grouping import drawn_for_clustering
from retina_vae.clusters.stability import best_jaccard
from retina_vae.cohort import CohortSchema
from retina_vae.resamples import NOISE_SHARE, drawn_patients, noise_stream
from retina_vae.rivals.rival import FloatArray, Labels, Rival, Starts

__all__ = ["matches_in_resample", "mean_over_patients", "resampled"]


def matches_in_resample(
    rival: Rival,
    patients: pd.DataFrame,
    schema: CohortSchema,
    labels: Labels,
    k: int,
    clusters: ClusterSettings,
    settings: StabilitySettings,
    resample: int,
) -> FloatArray:
    """Fit a method to one resample, and look for each of its groups among the distinct patients that were drawn.

    The resample is that on which the run trained its model again: the same patients, and with the scheme ``noise`` the
    same changed values. Of more patients than the run's clusters are fitted to, as many of it are taken at random.

    Args:
        rival: The method.
        patients: Everybody.
        schema: Of their columns.
        labels: 0-based group of each patient by the method fitted to everybody.
        k: Number of groups.
        clusters: How many patients the run's clusters are fitted to.
        settings: Scheme and seed of the resamples, and starts of the fit.
        resample: Which one, from 0.

    Returns:
        Best Jaccard similarity of each group, shape (k,); not a number where none of its patients was drawn.
    """
    drawn, changed = resampled(patients, schema, settings, resample)
    taken = drawn_for_clustering(len(drawn), clusters)
    drawn, changed = drawn[taken], changed.iloc[taken]
    fit = rival.fit(changed, schema, k, Starts(settings.n_init, settings.seed))
    distinct, place = np.unique(drawn, return_index=True)
    found = fit.labels(changed.iloc[place])
    there = np.bincount(labels[distinct], minlength=k) > 0
    return np.where(there, best_jaccard(labels[distinct], found, k), np.nan)


def resampled(
    patients: pd.DataFrame, schema: CohortSchema, settings: StabilitySettings, resample: int
) -> tuple[Labels, pd.DataFrame]:
    """Positions of the patients of a resample, and the table of them."""
    drawn = drawn_patients(settings.scheme, len(patients), settings.seed, resample)
    if settings.scheme != "noise":
        return drawn, patients.iloc[drawn].reset_index(drop=True)
    rng, changed, count = noise_stream(settings.seed, resample), patients.copy(), len(patients)
    for column in schema.inputs:
        rows = np.flatnonzero(rng.random(count) < NOISE_SHARE)
        donors = rng.integers(count, size=len(rows))
        values = patients[column.name]
        taken = np.arange(count)
        taken[rows] = donors
        changed[column.name] = values.take(taken).set_axis(values.index)
    return drawn, changed


def mean_over_patients(matches: pd.DataFrame, labels: Labels) -> float:
    """The mean Jaccard similarity of the clusters, each by its number of patients; NaN where one is not measured.

    Args:
        matches: One row per cluster that has patients, with ``cluster`` (from 1) and ``jaccard_mean``.
        labels: 0-based cluster of each patient.
    """
    sizes = np.bincount(labels)[matches["cluster"].to_numpy(np.int64) - 1]
    return float(np.average(matches["jaccard_mean"].to_numpy(np.float64), weights=sizes))
