"""Schematic fundus images from a few numbers of an eye: a disc of retina, the optic disc, vessels and the macula.

Lengths are shares of the image's side. Everything is smooth in every factor, so that a small change of an eye is a
small change of its image; layers lie over one another as in the eye, with opacities between 0 and 1, so that shares of
light stay between 0 and 1.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retina_vae.cohort.schema import Column

__all__ = ["CHANNELS", "FACTORS", "RANGES", "render_eyes", "unit_factors"]

FloatArray = NDArray[np.floating[Any]]

CHANNELS = 3
"""Red, green and blue."""


RANGES: dict[str, tuple[float, float]] = {
    "pigmentation": (0, 100),
    "age": (40, 90),
    "saturation": (30, 100),
    "drusen": (0, 100),
    "haemorrhage": (0, 100),
    "disc_position": (18, 30),
}
"""From where to where each factor goes, in the units of :data:`FACTORS`."""


def _factor(name: str, label: str, unit: str) -> Column:
    low, high = RANGES[name]
    return Column(name=name, label=label, kind="continuous", role="held_out", unit=unit, minimum=low, maximum=high)


FACTORS: tuple[Column, ...] = (
    _factor("pigmentation", "Pigmentation", "% of the darkest"),
    _factor("age", "Age", "years"),
    _factor("saturation", "Saturation", "% of full colour"),
    _factor("drusen", "Drusen", "% of their sites"),
    _factor("haemorrhage", "Haemorrhage", "% of the largest"),
    _factor("disc_position", "Optic disc from the left", "% of the width"),
)
"""What an image is made of, with the range of each; nothing else decides it.

Age is seen as haze: scattered light that an ageing lens lays over the image. An image has no other sign of it.
"""

_CENTRE, _RADIUS, _EDGE = 0.5, 0.48, 0.012
_LIGHT, _DARK = (0.93, 0.56, 0.36), (0.52, 0.25, 0.15)
"""The colour of a retina with the least pigment, and with the most."""

_DISC_COLOUR, _DISC_RADIUS = (1.0, 0.88, 0.62), 0.085
_VESSEL_COLOUR, _VESSEL_WIDTH = (0.42, 0.07, 0.08), 0.02
_MACULA, _MACULA_RADIUS, _MACULA_DEPTH = (0.64, 0.5), 0.075, 0.45
_DRUSEN_COLOUR, _DRUSEN_RADIUS = (1.0, 0.93, 0.55), 0.028
_DRUSEN_GROWTH = 0.85
"""Share of the amount over which a spot grows from nothing to its full opacity."""

_BLOOD, _BLOOD_CENTRE, _BLOOD_RADIUS = (0.33, 0.02, 0.04), (0.66, 0.74), 0.125
_HAZE = 0.5
"""Grey light that is scattered over the rim of the oldest eye."""

_LUMINANCE = np.array([0.299, 0.587, 0.114], dtype=np.float32)
"""Of red, green and blue (ITU-R BT.601)."""

_CHUNK = 1000


def _sites() -> FloatArray:
    """Where drusen can be, in the order in which they come: two rings about the macula, shape (sites, 2)."""
    rings = [(0.075, 6, 0.3), (0.13, 9, 0.0)]
    angles = [(radius, 2 * np.pi * (place / count) + turn) for radius, count, turn in rings for place in range(count)]
    points = [(_MACULA[0] + r * np.cos(angle), _MACULA[1] + r * np.sin(angle)) for r, angle in angles]
    order = np.random.default_rng(5).permutation(len(points))
    return np.array(points, dtype=np.float32)[order]


def unit_factors(eyes: pd.DataFrame) -> FloatArray:
    """The factors from 0 at the lower end of their range to 1 at the upper, shape (eyes, factors)."""
    low, high = np.array(list(RANGES.values())).T
    values = eyes[list(RANGES)].to_numpy(dtype=np.float64)
    return ((values - low) / (high - low)).astype(np.float32)


def render_eyes(eyes: pd.DataFrame, side: int) -> FloatArray:
    """An image of each eye.

    Args:
        eyes: The columns of :data:`FACTORS`, one row per eye.
        side: Pixels along a side.

    Returns:
        Shares of the full light of red, green and blue, shape (eyes, 3, side, side).
    """
    factors = unit_factors(eyes)
    parts = [_rendered(factors[start : start + _CHUNK], side) for start in range(0, len(factors), _CHUNK)]
    return np.concatenate(parts) if parts else np.empty((0, CHANNELS, side, side), dtype=np.float32)


def _rendered(factors: FloatArray, side: int) -> FloatArray:
    pigmentation, age, saturation, drusen, blood, disc = (own[:, None] for own in factors.T)
    along = ((np.arange(side) + 0.5) / side).astype(np.float32)
    x, y = (axis.ravel()[None] for axis in np.meshgrid(along, along))
    image = _retina(pigmentation, x, y)
    left, right = RANGES["disc_position"]
    centre = (left + disc * (right - left)) / 100
    _lay(image, _VESSEL_COLOUR, 0.5 * _vessels(centre, x, y))
    _lay(image, _DISC_COLOUR, _blot(x - centre, y - _CENTRE, _DISC_RADIUS, 0.02))
    _lay(image, _DRUSEN_COLOUR, 0.9 * _drusen(drusen, x, y))
    _lay(image, _BLOOD, 0.9 * _blood(blood, x, y))
    grey = np.einsum("ncp,c->np", image, _LUMINANCE)[:, None]
    least, most = RANGES["saturation"]
    image = grey + (least + (most - least) * saturation[:, None]) / 100 * (image - grey)
    image += _HAZE * (age * _away(x, y) ** 3)[:, None]
    lit = _step((_RADIUS - np.hypot(x - _CENTRE, y - _CENTRE)) / _EDGE)
    return (image * lit[:, None]).clip(0, 1).reshape(-1, CHANNELS, side, side)


def _retina(pigmentation: FloatArray, x: FloatArray, y: FloatArray) -> FloatArray:
    """The ground with the macula, a darker spot, shape (eyes, channels, pixels)."""
    light, dark = (np.array(colour, dtype=np.float32)[None, :, None] for colour in (_LIGHT, _DARK))
    away = _away(x, y)
    ground = light + (pigmentation * (1 - away))[:, None] * (dark - light)
    macula = np.exp(-((x - _MACULA[0]) ** 2 + (y - _MACULA[1]) ** 2) / (2 * _MACULA_RADIUS**2))
    shade: FloatArray = (1 - 0.25 * away) * (1 - _MACULA_DEPTH * macula)
    return np.ascontiguousarray(ground * shade[:, None])


def _away(x: FloatArray, y: FloatArray) -> FloatArray:
    """Squared distance from the centre, 1 at the rim and beyond it."""
    found: FloatArray = np.minimum(((x - _CENTRE) ** 2 + (y - _CENTRE) ** 2) / _RADIUS**2, 1)
    return found


def _lay(image: FloatArray, colour: tuple[float, ...], opacity: FloatArray) -> None:
    """A layer over the image, in place; ``opacity`` has shape (eyes, pixels) or (1, pixels)."""
    own = np.array(colour, dtype=np.float32)[None, :, None]
    image += opacity[:, None] * (own - image)


def _vessels(disc: FloatArray, x: FloatArray, y: FloatArray) -> FloatArray:
    """Two arcades that leave the optic disc, above and below the macula, and two short branches to the other side."""
    right, up = x - disc, np.abs(y - _CENTRE)
    # Across an arcade |y| = h (1 - exp(-x / l)) + ..., whose slope makes of the height a distance.
    arc = 0.27 * np.tanh(np.maximum(right, 0) / 0.13)
    slope = 0.27 / 0.13 * (1 - np.tanh(np.maximum(right, 0) / 0.13) ** 2)
    apart = np.abs(up - arc) / np.sqrt(1 + slope**2)
    main = np.exp(-((apart / _VESSEL_WIDTH) ** 2) / 2) * _step(right / 0.02)
    left = np.abs(up + 1.4 * right) / np.hypot(1, 1.4)
    branch = np.exp(-((left / _VESSEL_WIDTH) ** 2) / 2) * _step(-right / 0.02)
    found: FloatArray = np.maximum(main, branch)
    return found


def _drusen(amount: FloatArray, x: FloatArray, y: FloatArray) -> FloatArray:
    """Spots that grow one after another, several at a time; the opacity of the most opaque at each pixel."""
    sites = _sites()
    found = np.zeros((len(amount), x.shape[1]), dtype=np.float32)
    for place, (column, row) in enumerate(sites):
        start = (1 - _DRUSEN_GROWTH) * place / (len(sites) - 1)
        grown = np.clip((amount - start) / _DRUSEN_GROWTH, 0, 1)
        spot = np.exp(-((x - column) ** 2 + (y - row) ** 2) / (2 * _DRUSEN_RADIUS**2))
        np.maximum(found, grown * spot, out=found)
    return found


def _blood(amount: FloatArray, x: FloatArray, y: FloatArray) -> FloatArray:
    """A blot below the macula, whose area grows with the amount."""
    column, row = _BLOOD_CENTRE
    radius = _BLOOD_RADIUS * np.sqrt(amount)
    return _blot((x - column) / 1.3, y - row, radius, 0.02) * np.clip(amount / 0.1, 0, 1)


def _blot(x: FloatArray, y: FloatArray, radius: FloatArray | float, edge: float) -> FloatArray:
    found: FloatArray = _step((radius - np.hypot(x, y)) / edge)
    return found


def _step(x: FloatArray) -> FloatArray:
    """From 0 to 1, smoothly."""
    found: FloatArray = 0.5 * (1 + np.tanh(x))
    return found
