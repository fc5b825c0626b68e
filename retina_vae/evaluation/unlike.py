"""Which score tells a table of other patients from patients like a run's cohort, and how well."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor

from retina_vae.evaluation.detection import MEASURES, resampled_detection
from retina_vae.progress import Advance, silent
from retina_vae.vae import build_model, estimate_evidence
from retina_vae.vae.regret import estimate_regret
from retina_vae.vae.replicas import replica_generators, select_replicas
from retina_vae.vae.unlikeness import REGRET, SCORES, UnlikenessScore, unlikeness
from retina_vae.weights import Weights, WeightSource

__all__ = ["Measuring", "evidence_matrix", "regret_matrix", "unlikeness_table"]

FloatArray = NDArray[np.float64]

_AT_ONCE = 8
"""Weights that patients are measured with at once: few enough for their numbers to stay in the cache."""

_REGRETTED_AT_ONCE = 256


class Measuring(NamedTuple):
    """How scores are measured: the resamples of the intervals, and their seed."""

    resamples: int
    seed: int


def evidence_matrix(
    weights: Weights, features: FloatArray, draws: int, seed: int, advance: Advance = silent
) -> FloatArray:
    """log p(x | theta) of patients under each of the weights, in nats, numbers in their units, (weights, patients).

    All weights see a patient with the same noise, so that what they say of it differs by the weights.

    Args:
        weights: Under which.
        features: Of the patients, shape (patients, width).
        draws: That estimate each number.
        seed: Of the draws.
        advance: Told how many weights are done.
    """
    x: Tensor = torch.from_numpy(features.T).float().contiguous()
    volume = weights.description.encoding.log_jacobian(features)
    parts: list[FloatArray] = []
    for start in range(0, weights.description.replicas, _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        own = build_model(weights.description.of_replicas(part))
        own.load_state_dict(select_replicas(weights.model, part))
        found = estimate_evidence(own, x, draws, replica_generators([seed] * own.replicas))
        parts.append(found.log_evidence.double().numpy() + volume)
        advance(min(start + _AT_ONCE, weights.description.replicas))
    return np.concatenate(parts)


def regret_matrix(weights: Weights, features: FloatArray, advance: Advance = silent) -> FloatArray:
    """Likelihood regret of patients under at most eight of the weights, in nats, (weights, patients).

    Args:
        weights: Of which every so manyth is asked.
        features: Of the patients, shape (patients, width).
        advance: Told how many patients are done.
    """
    part = slice(None, None, math.ceil(weights.description.replicas / _AT_ONCE))
    own = build_model(weights.description.of_replicas(part))
    own.load_state_dict(select_replicas(weights.model, part))
    x: Tensor = torch.from_numpy(features.T).float().contiguous()
    parts: list[FloatArray] = []
    for start in range(0, x.shape[1], _REGRETTED_AT_ONCE):
        batch = x[:, start : start + _REGRETTED_AT_ONCE]
        parts.append(estimate_regret(own, batch).double().numpy())
        advance(start + batch.shape[1])
    return np.concatenate(parts, axis=1)


def unlikeness_table(
    cohort: FloatArray,
    like: FloatArray,
    unlike: FloatArray,
    measuring: Measuring,
    source: WeightSource,
    regrets: tuple[FloatArray, FloatArray] | None = None,
) -> pd.DataFrame:
    """How well each score tells the unlike patients; one row per score that so many weights allow.

    Args:
        cohort: Log-evidences of patients of the cohort, whose mean typicality is measured from, (weights, patients).
        like: Of patients like the cohort.
        unlike: Of the others.
        measuring: Resamples of the intervals.
        source: Of the weights.
        regrets: Of patients like the cohort and of the others, (weights, patients) each, for a row more.
    """
    asked = [(own, cohort, like, unlike) for own in SCORES.values() if len(cohort) > 1 or not own.several]
    if regrets is not None:
        asked.append((REGRET, regrets[0], *regrets))
    return pd.DataFrame([_row(*own, measuring, source) for own in asked])


def _row(
    score: UnlikenessScore,
    cohort: FloatArray,
    like: FloatArray,
    unlike: FloatArray,
    measuring: Measuring,
    source: WeightSource,
) -> dict[str, object]:
    """What is measured of one score."""
    near, far = (unlikeness(score, own, cohort) for own in (like, unlike))
    found = resampled_detection(near, far, measuring.resamples, measuring.seed)
    row: dict[str, object] = {"score": score.name, "unlike": score.unlike, "weights": source, "samples": len(cohort)}
    row |= {"patients_like": like.shape[1], "patients_unlike": unlike.shape[1]}
    for name in MEASURES:
        interval = found[name]
        row |= {name: interval.value, f"{name}_low": interval.low, f"{name}_high": interval.high}
    return row | {"words": score.words, "source": score.source}
