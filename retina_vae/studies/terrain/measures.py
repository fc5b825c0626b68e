"""What a sweep is in words: what is known of its scene, a few numbers of its ranges; no model reads them."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retina_vae.cohort.schema import Column
from retina_vae.studies.terrain.scenes import Scenes
from retina_vae.studies.terrain.sweeps import ANGLES, LEVELS, REACH, STEP

__all__ = ["MEASURES", "measure_sweeps"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_AHEAD = np.radians(20.0)
_SIDE = np.radians(60.0)


def _measure(name: str, label: str, unit: str, minimum: float, maximum: float) -> Column:
    return Column(
        name=name, label=label, kind="continuous", role="held_out", unit=unit, minimum=minimum, maximum=maximum
    )


MEASURES: tuple[Column, ...] = (
    _measure("heading", "Heading to the left", "degrees", -90, 90),
    _measure("offset", "Offset to the left", "cm", -100, 100),
    _measure("nearest_ahead", "Nearest return ahead", "m", 0, REACH),
    _measure("left_clearance", "Clearance on the left", "m", 0, REACH),
    _measure("right_clearance", "Clearance on the right", "m", 0, REACH),
    _measure("beyond", "Beams beyond the range", "%", 0, 100),
)
"""The columns of :func:`measure_sweeps`.

``heading`` and ``offset`` are those of the scene, against the rows and from the middle between them. ``nearest_ahead``
is the shortest range within 20 degrees of the course, the clearances are the median range beyond 60 degrees on a side.
"""


def measure_sweeps(levels: IntArray, scenes: Scenes) -> pd.DataFrame:
    """The measures of each sweep, in the columns of :data:`MEASURES`.

    Args:
        levels: Of the beams, shape (sweeps, beams).
        scenes: Of shape (sweeps,).
    """
    ranges: FloatArray = np.where(levels >= LEVELS, REACH, (levels + 0.5) * STEP)
    values = (
        np.degrees(scenes.heading),
        100 * scenes.offset,
        ranges[:, np.abs(ANGLES) <= _AHEAD].min(axis=1),
        np.median(ranges[:, ANGLES > _SIDE], axis=1),
        np.median(ranges[:, ANGLES < -_SIDE], axis=1),
        100 * (levels >= LEVELS).mean(axis=1),
    )
    return pd.DataFrame(dict(zip((column.name for column in MEASURES), values, strict=True)))
