"""Where a small robot may be between two crop rows, and what may stand before it.

A scene is a point of R^d with the prior N(0, I), of each situation another d and another map to metres and radians: so
the sum over all scenes, which the probability of a terrain needs, is an integral against a normal density.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

__all__ = [
    "DENSE",
    "HALF_ROBOT",
    "HORIZON",
    "RADIUS",
    "ROW_DEPTH",
    "ROW_THICKNESS",
    "ROW_WIDTH",
    "SHARES",
    "SITUATIONS",
    "TERRAINS",
    "Scenes",
    "course_limits",
    "dimensions",
    "draw_scenes",
    "scenes_at",
]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

TERRAINS = ("row collision", "untraversable obstacle", "traversable obstacle", "free")
"""The classes of the slides."""

SITUATIONS = ("towards a row", "solid obstacle", "airy obstacle", "nothing ahead")
"""What scenes are of; a terrain is a mixture of them."""

DENSE = 0.2
"""Share of the traversable obstacles, such as dense wet grass, that return a beam as soon as what is solid."""

SHARES: FloatArray = np.array([[1, 0, 0, 0], [0, 1, 0, 0], [0, DENSE, 1 - DENSE, 0], [0, 0, 0, 1.0]])
"""p(situation | terrain), shape (terrains, situations)."""

ROW_WIDTH = 0.8
"""Between the two rows, in metres."""

ROW_THICKNESS = 0.3
"""Of the leaves of a row, in metres."""

ROW_DEPTH = 0.10
"""Mean path of a beam through the leaves of a row before it returns, in metres."""

RADIUS = 0.20
"""Of an obstacle, in metres."""

HALF_ROBOT = 0.16
"""Half the width of the robot, in metres."""

HORIZON = 1.5
"""How far ahead the robot must not touch a row, in metres."""

_OFFSET = 0.05
# Between a course that clears a row and one that ends in it lie some that brush leaves; no scene has one of those.
_BRUSHED, _TURN = np.radians(3.0), np.radians(25.0)
_DISTANCE = 0.4, 0.8
_ASIDE = 0.06
_TOWARDS_ROW, _SOLID, _AIRY = range(3)
_DEPTH = {_SOLID: (0.03, 0.07), _AIRY: (0.35, 0.70)}


@dataclass(frozen=True)
class Scenes:
    """Scenes of any shape, in metres and radians; all arrays are of that shape.

    Attributes:
        offset: Of the robot from the middle between the rows, above 0 to the left.
        heading: Of the robot against the rows, above 0 to the left.
        distance: Of the middle of the obstacle along the robot's course; 0 without an obstacle.
        aside: Of the middle of the obstacle from the course, above 0 to the left.
        radius: Of the obstacle; 0 without one.
        depth: Mean path of a beam through the obstacle before it returns.
    """

    offset: FloatArray
    heading: FloatArray
    distance: FloatArray
    aside: FloatArray
    radius: FloatArray
    depth: FloatArray

    def take(self, chosen: IntArray) -> Scenes:
        """Some of them, by their positions along the first axis."""
        return Scenes(*(values[chosen] for values in vars(self).values()))


def dimensions(situation: int) -> int:
    """d of the scenes of a situation, by its position in :data:`SITUATIONS`."""
    return 5 if situation in _DEPTH else 2


def course_limits(offset: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The headings to the right and to the left from which on the robot touches a row within :data:`HORIZON`.

    Its side is at ``offset + HORIZON sin(heading)`` give or take :data:`HALF_ROBOT` where it has gone so far.
    """
    clear = ROW_WIDTH / 2 - HALF_ROBOT
    return -np.arcsin((clear + offset) / HORIZON), np.arcsin((clear - offset) / HORIZON)


def scenes_at(situation: int, places: FloatArray) -> Scenes:
    """The scenes of a situation at places of R^d, on which the prior is N(0, I); they have the places' precision.

    Every quantity is uniform between its bounds, the depth of an obstacle on a logarithmic scale.

    Args:
        situation: Position in :data:`SITUATIONS`.
        places: Shape (..., d).
    """
    shares = ndtr(places)
    offset = _between(shares[..., 0], -_OFFSET, _OFFSET)
    right, left = course_limits(offset)
    heading = _between(shares[..., 1], right, left)
    if situation == _TOWARDS_ROW:
        side = 2 * shares[..., 1] - 1
        beyond = np.sign(side) * _BRUSHED + side * (_TURN - _BRUSHED)
        heading = np.where(side > 0, left, right) + beyond.astype(places.dtype)
    if situation not in _DEPTH:
        nothing = np.zeros_like(offset)
        return Scenes(offset, heading, nothing, nothing, nothing, nothing + 1)
    low, high = _DEPTH[situation]
    return Scenes(
        offset,
        heading,
        distance=_between(shares[..., 2], *_DISTANCE),
        aside=_between(shares[..., 3], -_ASIDE, _ASIDE),
        radius=np.full_like(offset, RADIUS),
        depth=low * (high / low) ** shares[..., 4],
    )


def draw_scenes(terrains: IntArray, rng: np.random.Generator) -> Scenes:
    """A scene of each terrain, shape (items,).

    Args:
        terrains: Positions in :data:`TERRAINS`, shape (items,).
        rng: What draws.
    """
    chosen = (rng.random(len(terrains))[:, None] > SHARES.cumsum(axis=1)[terrains]).sum(axis=1)
    every = [scenes_at(own, rng.standard_normal((len(terrains), dimensions(own)))) for own in range(len(SITUATIONS))]
    return Scenes(*(np.choose(chosen, values) for values in zip(*(vars(own).values() for own in every), strict=True)))


def _between(share: FloatArray, low: float | FloatArray, high: float | FloatArray) -> FloatArray:
    return low + share * (high - low)
