"""p(terrain | sweep) of the simulator: what nobody who sees a sweep can be right more often than."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from retina_vae.studies.terrain.evidence import Evidence, Sampling, log_evidence
from retina_vae.studies.terrain.scenes import SHARES, SITUATIONS, dimensions, scenes_at
from retina_vae.studies.terrain.sweeps import level_logarithms, log_likelihood

__all__ = ["TerrainPosterior", "terrain_posterior"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class TerrainPosterior:
    """p(terrain | sweep), the terrains being equally frequent.

    Attributes:
        probability: Shape (sweeps, terrains).
        error: Standard error of each by importance sampling, of the same shape.
    """

    probability: FloatArray
    error: FloatArray


def terrain_posterior(levels: IntArray, sampling: Sampling | None = None) -> TerrainPosterior:
    """What the simulator itself says of sweeps.

    Args:
        levels: Of the beams, shape (sweeps, beams).
        sampling: How much is drawn.
    """
    found = [_evidence(levels, situation, sampling or Sampling()) for situation in range(len(SITUATIONS))]
    values = np.stack([own.value for own in found], axis=1)
    joint = SHARES * np.exp(values - values.max(axis=1, keepdims=True))[:, None]
    probability = joint.sum(axis=2) / joint.sum(axis=(1, 2))[:, None]
    # To first order in the errors of the situations, which are independent: with w = p(terrain, situation | sweep),
    # dp(terrain) / dvalue(situation) = w(terrain, situation) - p(terrain) w(situation).
    weights = joint / joint.sum(axis=(1, 2), keepdims=True)
    slopes = weights - probability[..., None] * weights.sum(axis=1, keepdims=True)
    errors = np.stack([own.error for own in found], axis=1)[:, None]
    return TerrainPosterior(probability, np.sqrt(((slopes * errors) ** 2).sum(axis=2)))


def _evidence(levels: IntArray, situation: int, sampling: Sampling) -> Evidence:
    """log p(sweep | situation)."""
    tables: list[FloatArray] = []

    def likelihood(items: IntArray, places: FloatArray) -> FloatArray:
        scenes = scenes_at(situation, places.astype(np.float32))
        if places.ndim == 3:
            return log_likelihood(levels[items][:, None], scenes).astype(np.float64)
        if not tables:
            tables.append(level_logarithms(scenes))
        return np.stack([_of_table(sweep, tables[0]) for sweep in levels[items]]).astype(np.float64)

    return log_evidence(likelihood, len(levels), dimensions(situation), sampling)


def _of_table(sweep: IntArray, table: FloatArray) -> FloatArray:
    """log p(sweep | scene) of every scene of a table, shape (scenes,)."""
    return np.asarray(table[np.arange(len(sweep)), sweep].sum(axis=0))
