"""What a picture is in words: a few numbers of each, which tables, tests and sentences are about.

They are moments of the brightness (Hu 1962, Visual pattern recognition by moment invariants): its mean and standard
deviation over the pixels, and where it lies. The model does not read them.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retina_vae.cohort.schema import Column

__all__ = ["MEASURES", "measure_images"]

FloatArray = NDArray[np.float64]


def _measure(name: str, label: str, unit: str, minimum: float | None, maximum: float | None) -> Column:
    return Column(
        name=name, label=label, kind="continuous", role="held_out", unit=unit, minimum=minimum, maximum=maximum
    )


MEASURES: tuple[Column, ...] = (
    _measure("brightness", "Mean brightness", "% of the maximum", 0, 100),
    _measure("contrast", "Contrast", "% of the maximum", 0, 50),
    _measure("centre_row", "Centre of brightness from the top", "% of the height", 0, 100),
    _measure("centre_column", "Centre of brightness from the left", "% of the width", 0, 100),
    _measure("spread", "Sideways spread of brightness", "% of the width", 0, 50),
    _measure("slant", "Slant to the right", "degrees", -90, 90),
)
"""The columns of :func:`measure_images`.

``contrast`` is the standard deviation of the levels over the pixels. Where all of a picture lies at its left edge,
``centre_column`` is near 0. ``spread`` is the standard deviation of the brightness from left to right about its centre.
``slant`` is the angle to the vertical of the line that sums up best where each row has its brightness, above 0 where
its upper end leans to the right. Of a picture that is dark all over only the first two exist.
"""

_CHUNK = 4096
_NOTHING = 1e-9
"""Rounding alone, of variances in squared pixels."""


def measure_images(images: NDArray[np.uint8], maximum: int) -> pd.DataFrame:
    """The measures of each picture, in the columns of :data:`MEASURES`.

    Args:
        images: Levels of the pixels, shape (pictures, channels, height, width).
        maximum: The highest level that a pixel may have.
    """
    parts = [_measured(images[start : start + _CHUNK], maximum) for start in range(0, len(images), _CHUNK)]
    return pd.DataFrame(np.concatenate(parts), columns=[column.name for column in MEASURES])


def _measured(images: NDArray[np.uint8], maximum: int) -> FloatArray:
    """Of some pictures, shape (pictures, measures)."""
    height, width = images.shape[2:]
    shares = images / float(maximum)
    levels = shares.reshape(len(images), -1)
    light = shares.sum(axis=1)
    rows, columns = np.arange(height) + 0.5, np.arange(width) + 0.5
    by_row, by_column = light.sum(axis=2), light.sum(axis=1)
    total = by_row.sum(axis=1)
    # Of a dark picture 0/0, which is no number, is meant.
    with np.errstate(divide="ignore", invalid="ignore"):
        row, column = by_row @ rows / total, by_column @ columns / total
        row_variance = by_row @ rows**2 / total - row**2
        column_variance = np.maximum(by_column @ columns**2 / total - column**2, 0)
        covariance = np.einsum("nij,i,j->n", light, rows, columns, optimize=True) / total - row * column
        # Rows count from the top, so what leans to the right has its columns fall with them.
        slope = np.where(row_variance > _NOTHING, -covariance / row_variance, np.nan)
    return np.stack(
        [
            100 * levels.mean(axis=1),
            100 * levels.std(axis=1),
            100 * row / height,
            100 * column / width,
            100 * np.sqrt(column_variance) / width,
            np.degrees(np.arctan(slope)),
        ],
        axis=1,
    )
