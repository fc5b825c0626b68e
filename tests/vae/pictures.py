"""Small pictures, and how they become features."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from retina_vae.cohort import Encoding
from retina_vae.cohort.encoding import ColumnEncoding
from retina_vae.cohort.image_shape import ImageShape

__all__ = ["picture_encoding", "picture_features"]

LARGEST = 16


def picture_encoding(shape: ImageShape, gaps: int = 0) -> Encoding:
    """Pixels from 0 to 16, of which the first ``gaps`` may be missing."""
    columns = [
        ColumnEncoding(name=f"p{place}", kind="level", by_kind=True, scale=LARGEST, gaps=place < gaps)
        for place in range(shape.pixels)
    ]
    return Encoding(columns=tuple(columns), image=shape)


def picture_features(shape: ImageShape, count: int, gaps: int = 0, seed: int = 0) -> Tensor:
    """Bright spots at random places, shape (pixels, pictures); a fifth of the pixels with gaps is missing."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[: shape.height, : shape.width].astype(float)
    at, to = rng.uniform(0, shape.height, (count, 1, 1)), rng.uniform(0, shape.width, (count, 1, 1))
    light = np.exp(-((rows - at) ** 2 + (columns - to) ** 2) / 4)
    pixels = rng.binomial(LARGEST, np.repeat(light[:, None], shape.channels, axis=1).reshape(count, -1)) / LARGEST
    pixels[:, :gaps][rng.random((count, gaps)) < 0.2] = np.nan
    return torch.from_numpy(pixels.T.copy())
