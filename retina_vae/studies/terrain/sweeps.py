"""What a LiDAR sees of a scene: each beam returns where something stops it, and is independent of the others.

Leaves, stalks and stones are media: a beam that has gone a metre through one of mean depth t is still on its way with
probability exp(-1 / t). So the survival function of a range, S(r) = exp(-H(r)), has the closed form

    H(r) = r / clear air + path in the rows up to r / row depth + path in the obstacle up to r / its depth

and the probability of each level of a range is a difference of S, exactly.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from retina_vae.studies.terrain.scenes import ROW_DEPTH, ROW_THICKNESS, ROW_WIDTH, Scenes

__all__ = [
    "ANGLES",
    "BEAMS",
    "LEVELS",
    "REACH",
    "STEP",
    "draw_sweeps",
    "level_logarithms",
    "log_likelihood",
    "passages",
]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

BEAMS = 64
"""Beams of a sweep, from the right to the left."""

LEVELS = 30
"""The level of a beam that does not return; the others are ranges in steps."""

STEP = 0.1
"""Metres of a level: level k is a range from k STEP to (k + 1) STEP."""

REACH = LEVELS * STEP
"""Metres that the sensor sees."""

ANGLES: FloatArray = np.radians((np.arange(BEAMS) + 0.5) * 180 / BEAMS - 90)
"""Of the beams against the robot's course, above 0 to the left."""

_CLEAR_AIR = 200.0
"""Mean path in metres before dust or an insect returns a beam, which also keeps every level possible."""

_STEEP = 1e-9


def passages(scenes: Scenes, angles: FloatArray = ANGLES) -> tuple[FloatArray, ...]:
    """Where each beam enters a row and the obstacle, and how far it is in them.

    Args:
        scenes: Of any shape.
        angles: Of the beams against the course.

    Returns:
        Entry into and path within the rows, then the same of the obstacle, in metres, each of the shape of the scenes
        with the beams behind; what a beam never meets has a path of 0.
    """
    ahead, aside = np.cos(angles).astype(scenes.offset.dtype), np.sin(angles).astype(scenes.offset.dtype)
    lateral = np.sin(scenes.heading)[..., None] * ahead + np.cos(scenes.heading)[..., None] * aside
    steep = np.maximum(np.abs(lateral), _STEEP)
    to_row = ROW_WIDTH / 2 - np.sign(lateral) * scenes.offset[..., None]
    along = scenes.distance[..., None] * ahead + scenes.aside[..., None] * aside
    beside = (scenes.radius**2 - scenes.distance**2 - scenes.aside**2)[..., None]
    half = np.sqrt(np.maximum(along**2 + beside, 0)) * (along > 0)
    return to_row / steep, ROW_THICKNESS / steep, along - half, 2 * half


def log_likelihood(levels: IntArray, scenes: Scenes, angles: FloatArray = ANGLES) -> FloatArray:
    """log p(sweep | scene), exactly, with the precision of the scenes' numbers.

    Args:
        levels: Of the beams, shape (..., beams), broadcast against the scenes.
        scenes: Of shape (...).
        angles: Of the beams.
    """
    near = (levels * STEP).astype(scenes.offset.dtype)
    before, within = _hazards(near, scenes, passages(scenes, angles))
    returned = np.log(1 - np.exp(-within))
    return np.asarray((np.where(levels >= LEVELS, 0, returned) - before).sum(axis=-1))


def level_logarithms(scenes: Scenes, angles: FloatArray = ANGLES) -> FloatArray:
    """log p(level | scene) of each beam and level, shape (beams, levels + 1, scenes), where many sweeps are looked up.

    Args:
        scenes: Of shape (scenes,).
        angles: Of the beams.
    """
    media, near = passages(scenes, angles), np.arange(LEVELS + 1) * STEP
    tables = []
    for level, r in enumerate(near.astype(scenes.offset.dtype)):
        before, within = _hazards(r, scenes, media)
        tables.append((np.log(1 - np.exp(-within)) if level < LEVELS else 0) - before)
    return np.ascontiguousarray(np.stack(tables).transpose(2, 0, 1))


def draw_sweeps(scenes: Scenes, rng: np.random.Generator, angles: FloatArray = ANGLES) -> IntArray:
    """One sweep of each scene: levels from 0 to :data:`LEVELS`, of the scenes' shape with the beams behind.

    A beam returns where H reaches an exponential number, which the ends of the levels enclose.
    """
    media = passages(scenes, angles)
    stop = rng.exponential(size=media[0].shape)
    levels = np.zeros(stop.shape, dtype=np.int64)
    for level in range(1, LEVELS + 1):
        levels += _hazards(np.asarray(level * STEP), scenes, media)[0] <= stop
    return levels


def _hazards(near: FloatArray, scenes: Scenes, media: tuple[FloatArray, ...]) -> tuple[FloatArray, FloatArray]:
    """H at the near end of a level, and what the level adds to it."""
    row, through_row, obstacle, through_obstacle = media
    before, within = near / _CLEAR_AIR, np.asarray(STEP / _CLEAR_AIR)
    for entry, path, depth in ((row, through_row, ROW_DEPTH), (obstacle, through_obstacle, scenes.depth[..., None])):
        first = np.clip(near - entry, 0, path)
        last = np.clip(near + STEP - entry, 0, path)
        before = before + first / depth
        within = within + (last - first) / depth
    return before, np.asarray(within)
