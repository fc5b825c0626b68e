"""Measures of pictures whose measures are known."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from retina_vae.images import MEASURES, measure_images


def measured(picture: np.ndarray, maximum: int = 255) -> dict[str, float]:
    images = np.asarray(picture, dtype=np.uint8)
    return measure_images(images.reshape(1, -1, *images.shape[-2:]), maximum).iloc[0].to_dict()


def test_half_of_a_picture_at_the_maximum_has_half_the_brightness_and_the_most_contrast() -> None:
    picture = np.zeros((4, 6))
    picture[:, :3] = 16
    found = measured(picture, maximum=16)
    assert found["brightness"] == pytest.approx(50)
    assert found["contrast"] == pytest.approx(50)
    assert found["centre_row"] == pytest.approx(50)
    assert found["centre_column"] == pytest.approx(25)


def test_a_single_pixel_is_its_own_centre_and_has_no_spread() -> None:
    picture = np.zeros((10, 10))
    picture[2, 7] = 255
    found = measured(picture)
    assert (found["centre_row"], found["centre_column"]) == pytest.approx((25, 75))
    assert found["brightness"] == pytest.approx(1)
    assert found["spread"] == pytest.approx(0, abs=1e-6)
    assert np.isnan(found["slant"])


def test_two_columns_as_far_apart_as_they_can_be_have_the_spread_of_two_points() -> None:
    picture = np.zeros((5, 11))
    picture[:, [0, 10]] = 200
    assert measured(picture)["spread"] == pytest.approx(100 * 5 / 11)


@pytest.mark.parametrize(("picture", "degrees"), [(np.eye(9)[::-1], 45), (np.eye(9), -45), (np.eye(9)[[4] * 9], 0)])
def test_a_diagonal_that_rises_to_the_right_slants_to_the_right(picture: np.ndarray, degrees: float) -> None:
    assert measured(255 * picture)["slant"] == pytest.approx(degrees, abs=1e-6)


def test_a_dark_picture_has_no_place() -> None:
    found = measured(np.zeros((3, 3)))
    assert (found["brightness"], found["contrast"]) == (0, 0)
    assert np.isnan([found[name] for name in ("centre_row", "centre_column", "spread", "slant")]).all()


def test_pictures_are_measured_one_by_one_and_their_channels_together() -> None:
    images = np.random.default_rng(1).integers(0, 17, (5000, 2, 4, 4)).astype(np.uint8)
    together = measure_images(images, 16)
    alone = np.concatenate([measure_images(images[[place]], 16) for place in (0, 4095, 4096, 4999)])
    assert_allclose(together.iloc[[0, 4095, 4096, 4999]], alone)
    swapped = measure_images(images[:, ::-1], 16)
    assert_allclose(together, swapped, atol=1e-9)


def test_the_measures_are_within_the_bounds_that_their_columns_have() -> None:
    images = np.random.default_rng(2).integers(0, 256, (300, 1, 6, 5)).astype(np.uint8)
    images[::3, :, :, 1:] = 0
    found = measure_images(images, 255)
    assert list(found) == [column.name for column in MEASURES]
    for column in MEASURES:
        known = found[column.name].dropna()
        assert known.between(column.minimum, column.maximum).all(), column.name
        assert column.unit, column.name
