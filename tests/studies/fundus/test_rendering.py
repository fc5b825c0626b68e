"""The renderer: each factor changes what it should, and nothing else."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from retina_vae.studies.fundus.eyes import draw_eyes
from retina_vae.studies.fundus.rendering import FACTORS, render_eyes, unit_factors

SIDE = 32
NAMES = [own.name for own in FACTORS]
MIDDLE = {own.name: (own.minimum + own.maximum) / 2 for own in FACTORS}
RANGES = {own.name: (own.minimum, own.maximum) for own in FACTORS}


def moved(name: str, steps: int = 5) -> np.ndarray:
    """Images of one eye as one factor goes through its range, shape (steps, 3, side, side)."""
    eyes = pd.DataFrame([MIDDLE] * steps).assign(**{name: np.linspace(*RANGES[name], steps)})
    return render_eyes(eyes, SIDE)


def along() -> tuple[np.ndarray, np.ndarray]:
    middles = (np.arange(SIDE) + 0.5) / SIDE
    return tuple(np.meshgrid(middles, middles))


def luminance(images: np.ndarray) -> np.ndarray:
    return np.einsum("ncij,c->nij", images, [0.299, 0.587, 0.114])


def changed(name: str) -> np.ndarray:
    """How much each pixel changes over the factor's range, shape (side, side)."""
    return np.ptp(moved(name), axis=0).max(axis=0)


def test_shares_of_light_lie_between_0_and_1_and_outside_the_retina_it_is_dark() -> None:
    corners = pd.DataFrame([dict(zip(NAMES, ends, strict=True)) for ends in _corners()])
    images = render_eyes(corners, SIDE)
    assert images.shape == (64, 3, SIDE, SIDE)
    assert (images.min(), images.max()) >= (0, 0)
    assert images.max() <= 1
    x, y = along()
    assert images[..., np.hypot(x - 0.5, y - 0.5) > 0.53].max() < 0.02


def _corners() -> list[tuple[float, ...]]:
    from itertools import product

    return list(product(*(RANGES[name] for name in NAMES)))


def test_an_eye_has_the_same_image_alone_and_among_others() -> None:
    eyes = draw_eyes(30, 4)
    assert_array_equal(render_eyes(eyes.iloc[7:8], SIDE)[0], render_eyes(eyes, SIDE)[7])
    assert render_eyes(eyes.iloc[:0], SIDE).shape == (0, 3, SIDE, SIDE)


@pytest.mark.parametrize(
    ("name", "centre", "radius"), [("drusen", (0.64, 0.5), 0.22), ("haemorrhage", (0.66, 0.74), 0.26)]
)
def test_a_lesion_changes_its_place_alone(name: str, centre: tuple[float, float], radius: float) -> None:
    x, y = along()
    away = np.hypot(x - centre[0], y - centre[1])
    assert changed(name)[away > radius].max() < 0.01
    assert changed(name).max() > 0.2


def test_the_disc_moves_as_far_as_it_says_and_leaves_the_right_half_nearly_alone() -> None:
    x, _ = along()
    images = luminance(moved("disc_position", 3))
    # The brightest column of the middle rows is that of the disc.
    rows = images[:, SIDE // 2 - 1 : SIDE // 2 + 1].mean(axis=1)
    weight = np.clip(rows - 0.75 * rows.max(axis=1, keepdims=True), 0, None) * (x[0] < 0.45)
    found = 100 * (weight * x[0]).sum(axis=1) / weight.sum(axis=1)
    assert_allclose(found, [18, 24, 30], atol=1.5)
    assert changed("disc_position")[x > 0.6].max() < 0.1


def test_pigment_darkens_and_haze_lightens_the_ground() -> None:
    light = luminance(moved("pigmentation"))
    assert (np.diff(light[:, SIDE // 2, SIDE // 4 + 4]) < 0).all()
    x, y = along()
    rim = (np.hypot(x - 0.5, y - 0.5) > 0.38) & (np.hypot(x - 0.5, y - 0.5) < 0.44) & (x > 0.5)
    assert (np.diff(luminance(moved("age"))[:, rim].mean(axis=1)) > 0).all()
    assert changed("age")[np.hypot(x - 0.5, y - 0.5) < 0.1].max() < 0.01


def test_saturation_changes_colour_and_not_luminance() -> None:
    images = moved("saturation")
    # But for light that is cut at 1.
    assert_allclose(luminance(images), np.broadcast_to(luminance(images)[:1], (5, SIDE, SIDE)), atol=0.02)
    assert (np.diff(np.ptp(images, axis=1).mean(axis=(1, 2))) > 0).all()


@pytest.mark.parametrize("name", ["drusen", "haemorrhage"])
def test_more_of_a_lesion_is_more_of_it_everywhere(name: str) -> None:
    steps = np.diff(luminance(moved(name, 9)), axis=0) * (1 if name == "drusen" else -1)
    assert steps.min() > -1e-6
    assert (steps.sum(axis=(1, 2)) > 0).all()


def test_factors_differ_in_how_much_of_the_pixels_variance_is_theirs() -> None:
    """As docs/fundus.md lists them."""
    found = [moved(name, 21).var(axis=0).sum() for name in NAMES]
    order = [name for _, name in sorted(zip(found, NAMES, strict=True), reverse=True)]
    assert order == ["age", "pigmentation", "saturation", "disc_position", "drusen", "haemorrhage"]
    # Not so different that one of them drowns the others.
    assert max(found) < 8 * min(found)


def test_unit_factors_go_from_0_to_1() -> None:
    ends = pd.DataFrame({name: RANGES[name] for name in NAMES})
    assert_allclose(unit_factors(ends), [[0] * 6, [1] * 6])
