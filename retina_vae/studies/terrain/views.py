"""Sweeps from above: what a beam has passed is free, where it ends something stands, behind it is unseen."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from retina_vae.cohort.image_shape import ImageShape
from retina_vae.drawing.section import Views
from retina_vae.studies.terrain.sweeps import BEAMS, LEVELS, STEP

__all__ = ["LEGEND", "SIDE", "from_above", "sweep_views"]

FloatArray = NDArray[np.float64]

SIDE = 40
"""Pixels along a side of a view."""

_METRES = 2.0
"""Along a side; the robot stands at the middle of the lower one and looks up."""

# Distinct in lightness alone, and of hues that nobody confuses (Okabe and Ito 2008).
_UNSEEN, _FREE, _RETURN, _ROBOT = (0.78, 0.78, 0.78), (1.0, 1.0, 1.0), (0.0, 0.2, 0.4), (0.84, 0.37, 0.0)

LEGEND = (
    "Each is a view from above, two metres wide: white has been passed by a beam, dark blue is where beams end, grey "
    "nobody has seen; the robot is the orange mark in the middle of the lower edge, and looks up."
)


def from_above(shares: FloatArray) -> FloatArray:
    """Colours of the views, shape (sweeps, 3 SIDE SIDE): red, green, blue, each row after row from the top.

    Args:
        shares: Levels as shares of the highest, shape (sweeps, beams); expected ones need be no whole levels.
    """
    reach = np.asarray(shares) * LEVELS
    side, ahead, angle = _pixels()
    beam = np.clip(np.floor((angle + np.pi / 2) / (np.pi / BEAMS)), 0, BEAMS - 1).astype(np.int64)
    here, ends = np.hypot(side, ahead) / STEP, reach[:, beam]
    free = here < ends
    # A level is the range from its own number to the next; beyond the last no beam has ended.
    returned = (np.abs(here - 0.5 - ends) <= 0.75) & (ends < LEVELS - 0.5)
    robot = (np.abs(side) <= 0.08) & (ahead <= 0.12)
    colours = np.where(free[..., None], _FREE, _UNSEEN)
    colours = np.where(returned[..., None], _RETURN, colours)
    colours = np.where(robot[..., None], _ROBOT, colours)
    return np.asarray(colours.transpose(0, 2, 1).reshape(len(reach), -1))


def sweep_views() -> Views:
    """How the report shows sweeps, and what models make of them."""
    return Views(ImageShape(height=SIDE, width=SIDE, channels=3), from_above, LEGEND)


def _pixels() -> tuple[FloatArray, FloatArray, FloatArray]:
    """Metres to the left and ahead of the middles of the pixels, row after row from the top, and their angles."""
    middles = (np.arange(SIDE) + 0.5) * _METRES / SIDE
    ahead, side = np.meshgrid(middles[::-1], _METRES / 2 - middles, indexing="ij")
    return side.ravel(), ahead.ravel(), np.arctan2(side, ahead).ravel()
