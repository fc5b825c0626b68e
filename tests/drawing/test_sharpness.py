"""Variance of the Laplacian."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from retina_vae.cohort.image_shape import ImageShape
from retina_vae.drawing.sharpness import laplacian_variance


def test_it_is_zero_of_one_level_and_of_what_it_is_on_one_bright_pixel() -> None:
    shape = ImageShape(height=5, width=5)
    dot = np.zeros((5, 5))
    dot[2, 2] = 1.0
    # The Laplacian is -4 there and 1 at its four neighbours: mean 0, mean square 20 / 25.
    found = laplacian_variance(np.stack([np.full(25, 0.3), dot.ravel()]), shape)
    np.testing.assert_allclose(found, [0.0, 20 / 25], atol=1e-15)


def test_it_falls_as_pictures_are_blurred() -> None:
    shape = ImageShape(height=16, width=16)
    sharp = np.random.default_rng(0).random((4, 16, 16))
    levels = [
        laplacian_variance(gaussian_filter(sharp, (0, blur, blur)).reshape(4, -1), shape) for blur in (0, 0.7, 1.5)
    ]
    assert (levels[0] > levels[1]).all()
    assert (levels[1] > levels[2]).all()


def test_it_grows_as_the_square_of_contrast_and_means_over_channels() -> None:
    shape, two = ImageShape(height=4, width=4), ImageShape(height=4, width=4, channels=2)
    first, second = np.random.default_rng(1).random((2, 1, 16))
    one = laplacian_variance(first, shape)
    assert laplacian_variance(first / 2 + 0.25, shape) == pytest.approx(one / 4)
    both = laplacian_variance(np.hstack([first, second]), two)
    assert both == pytest.approx((one + laplacian_variance(second, shape)) / 2)
