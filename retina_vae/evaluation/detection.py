"""How well a score tells patients unlike a cohort from patients like it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["MEASURES", "Detection", "Interval", "detect", "resampled_detection"]

FloatArray = NDArray[np.float64]

_AT_RECALL = 0.95

_RESAMPLES_AT_ONCE = 50


class Detection(NamedTuple):
    """How well unlike patients are told; numbers, or arrays of as many resamples.

    Attributes:
        auroc: Probability that an unlike patient has the larger score than one of the cohort, ties half.
        auprc: Average precision, with the unlike patients as the positive ones; it depends on how many there are.
        fpr_at_95: Share of the cohort's patients that is flagged where 95 % of the unlike ones are.
    """

    auroc: FloatArray
    auprc: FloatArray
    fpr_at_95: FloatArray


MEASURES = Detection._fields


class Interval(NamedTuple):
    """A measure with its 95 % percentile interval."""

    value: float
    low: float
    high: float


def resampled_detection(like: FloatArray, unlike: FloatArray, resamples: int, seed: int) -> dict[str, Interval]:
    """The measures with intervals of the bootstrap over patients, either group with repetition on its own.

    The weights and the model stay as they are: what another training would give is not in the intervals.

    Args:
        like: Scores of patients like the cohort, the larger the more unlike, shape (n,).
        unlike: Scores of the others, shape (m,).
        resamples: How many, 1 at least.
        seed: Of them.
    """
    rng = np.random.default_rng(seed)
    found = detect(like, unlike, np.ones((1, len(like))), np.ones((1, len(unlike))))
    parts = []
    for start in range(0, resamples, _RESAMPLES_AT_ONCE):
        count = min(_RESAMPLES_AT_ONCE, resamples - start)
        parts.append(detect(like, unlike, *(_multiplicities(len(own), count, rng) for own in (like, unlike))))
    return {
        name: Interval(
            float(getattr(found, name)[0]),
            *map(float, np.quantile(np.concatenate([getattr(part, name) for part in parts]), [0.025, 0.975])),
        )
        for name in MEASURES
    }


def detect(like: FloatArray, unlike: FloatArray, like_times: FloatArray, unlike_times: FloatArray) -> Detection:
    """The measures of patients who count so many times, one for each row of the counts.

    Args:
        like: Scores of patients like the cohort, the larger the more unlike, shape (n,).
        unlike: Scores of the others, shape (m,).
        like_times: How often each of the first counts, shape (resamples, n).
        unlike_times: Of the second, shape (resamples, m).
    """
    scores = np.concatenate([unlike, like])
    order = np.argsort(-scores, kind="stable")
    # Patients with one score are flagged together.
    last = np.flatnonzero(np.append(np.diff(scores[order]) != 0, True))
    place = order < len(unlike)
    times = np.concatenate([unlike_times, like_times], axis=1)[:, order]
    hits = np.cumsum(times * place, axis=1)[:, last]
    alarms = np.cumsum(times * ~place, axis=1)[:, last]
    recall, rate = hits / hits[:, -1:], alarms / alarms[:, -1:]
    gained = np.diff(recall, axis=1, prepend=0.0)
    area = (np.diff(rate, axis=1, prepend=0.0) * (recall - gained / 2)).sum(axis=1)
    precision = hits / np.maximum(hits + alarms, np.finfo(float).tiny)
    # A sum of shares may end just below the share that it stands for.
    reached = np.argmax(recall >= _AT_RECALL - 1e-12, axis=1)
    return Detection(area, (gained * precision).sum(axis=1), np.take_along_axis(rate, reached[:, None], axis=1)[:, 0])


def _multiplicities(patients: int, resamples: int, rng: np.random.Generator) -> FloatArray:
    drawn = rng.integers(patients, size=(resamples, patients))
    return np.stack([np.bincount(row, minlength=patients) for row in drawn]).astype(np.float64)
