"""Are there clusters at all? A Monte-Carlo test against patients with the same margins and correlations."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning

from retina_vae.clusters.copula import fill_gaps, fit_copula
from retina_vae.clusters.partitions import KMeansPartition
from retina_vae.cohort import CohortSchema
from retina_vae.parallel import one_thread_each

__all__ = ["LEVEL", "NullTest", "compactness", "largest_excess", "null_test"]

LEVEL = 0.01
"""The verdict is "clusters" where the p-value is at most this: one cohort without clusters in a hundred."""

_FEWEST_DRAWS = 99
_MOST_CLUSTERS = 6
_STARTS = 3
_SMALLEST_SHARE = 1e-12

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class NullTest:
    """The test's statistic for the cohort and for each draw, shape (draws,), and what follows from them."""

    statistic: float
    null_draws: FloatArray
    p_value: float
    verdict: Literal["clusters", "no evidence of clusters"]


def null_test(patients: pd.DataFrame, schema: CohortSchema, draws: int, seed: int, threads: int) -> NullTest:
    """Compare the cohort's k-means clusters with those of patients that have none.

    The null hypothesis is a Gaussian copula: one bell of latent normals behind all columns, with the cohort's margins
    and correlations (:func:`~retina_vae.clusters.copula.fit_copula`). Discrete columns make k-means cells out of any
    cohort, and correlation makes them tighter; the draws have both, so neither counts as evidence. What counts is that
    the patients lie closer to k centres than such draws do, for the k from 2 to 6 where this is clearest. It is the
    gap of Tibshirani, Walther and Hastie (2001) with the copula in place of the uniform box, as a test.

    p = (1 + number of draws whose statistic is at least the cohort's) / (1 + draws) (Davison and Hinkley 1997, 4.11).

    Every draw has the cohort's gaps, patient by patient, and gaps are filled alike in the cohort and in the draws
    (:func:`compactness`), so what is not observed is no evidence either. The more is missing, the less is found.

    Limits: The copula is fitted to the cohort that it is compared with, which makes the test conservative, and it
    keeps one order of a category's values. Groups that show in one column alone belong to its margin and do not count.
    Dependence that is not a Gaussian copula's counts as clusters, whether or not the patients fall apart into groups;
    so does that of one column's values on whether another is observed, which the draws do not have. Only the inputs are
    looked at, never a model's codes.

    Args:
        patients: The patient table; only the inputs are looked at.
        schema: Its schema.
        draws: Number of draws; 199 or more for a p-value that is worth reading.
        seed: Draw b comes from the stream of (seed, b).
        threads: Draws that are clustered at the same time; they do not change the result.

    Raises:
        ValueError: There are fewer than 99 draws, with which the verdict could never be "clusters", or the patients
            are all alike.
    """
    if draws < _FEWEST_DRAWS:
        raise ValueError(f"draws: expected at least {_FEWEST_DRAWS}, got {draws}.")
    copula = fit_copula(patients, schema)
    points = fill_gaps(copula.features)
    if (points == points[0]).all():
        raise ValueError("patients: expected some that differ, got patients that are all alike.")

    def measure(draw: int) -> FloatArray:
        return compactness(copula.features if draw == 0 else copula.draw(np.random.default_rng([seed, draw])), seed)

    with warnings.catch_warnings(), one_thread_each(threads) as pool:
        # Fewer kinds of patients than clusters are no fault here.
        warnings.simplefilter("ignore", ConvergenceWarning)
        statistics = largest_excess(np.stack(list(pool.map(measure, range(draws + 1)))))
    observed, null = float(statistics[0]), statistics[1:]
    p_value = (1 + int((null >= observed).sum())) / (1 + draws)
    return NullTest(observed, null, p_value, "clusters" if p_value <= LEVEL else "no evidence of clusters")


def compactness(features: FloatArray, seed: int) -> FloatArray:
    """-log of the share of the sum of squares that is left within k clusters, for k from 2 to 6, shape (5,).

    Gaps are filled with the mean of their feature (:func:`~retina_vae.clusters.copula.fill_gaps`), which puts a patient
    no nearer to any cluster. Patients of k or fewer different kinds leave nothing within the clusters; the share counts
    as 1e-12 then.

    Args:
        features: Shape (patients, width); NaN where not observed.
        seed: Of k-means.
    """
    features = fill_gaps(features)
    total = float(((features - features.mean(axis=0)) ** 2).sum())
    within = [KMeansPartition.fit(features, k, _STARTS, seed).within_ss for k in range(2, _MOST_CLUSTERS + 1)]
    return -np.log(np.maximum(np.array(within) / total, _SMALLEST_SHARE))


def largest_excess(values: FloatArray) -> FloatArray:
    """The largest z-score over the number of clusters, shape (cohorts,).

    Every cohort, the observed one too, takes part in the mean and the standard deviation of each k. So all are treated
    alike, and under the null hypothesis each is as likely as any other to have the largest value.

    Args:
        values: Compactness of each cohort and k, shape (cohorts, numbers of clusters).
    """
    spread = values.std(axis=0)
    return ((values - values.mean(axis=0)) / np.where(spread > 0, spread, 1)).max(axis=1)
