"""How sharp pictures are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import convolve

from retina_vae.cohort.image_shape import ImageShape

__all__ = ["laplacian_variance"]

FloatArray = NDArray[np.float64]

_LAPLACIAN = np.array([[0.0, 1.0, 0.0], [1.0, -4.0, 1.0], [0.0, 1.0, 0.0]])


def laplacian_variance(pictures: FloatArray, shape: ImageShape) -> FloatArray:
    """Variance of the Laplacian of each picture, shape (pictures,): the larger, the sharper its edges.

    The measure of focus of Pech-Pacheco et al. (2000). Noise raises it as edges do, so it compares expected pictures,
    or pictures that are as noisy. Beyond the border a picture goes on as its mirror image.

    Args:
        pictures: Shares of the maximum, shape (pictures, pixels).
        shape: Of the pictures.
    """
    grids = pictures.reshape(-1, shape.height, shape.width)
    response = convolve(grids, _LAPLACIAN[None], mode="reflect")
    variances: FloatArray = response.var(axis=(1, 2)).reshape(len(pictures), shape.channels).mean(axis=1)
    return variances
