"""Pictures as a cohort: an item each, whose pixels are the inputs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retina_vae.cohort.image_shape import ImageShape
from retina_vae.cohort.schema import CohortSchema, Column
from retina_vae.images.measures import MEASURES, measure_images
from retina_vae.sources import Cohort

__all__ = ["IDENTIFIER", "OUTCOME", "Told", "draw_images", "image_cohort", "image_schema", "round_levels"]

IDENTIFIER, OUTCOME = "image", "label"
"""What the identifier and the labels are called."""

_DIGITS = 5


class Told(NamedTuple):
    """What tables and sentences say of pictures in place of their pixels.

    Attributes:
        columns: Held out, what each is.
        values: Of each picture, in these columns.
    """

    columns: tuple[Column, ...]
    values: pd.DataFrame


def image_cohort(
    images: NDArray[np.uint8],
    labels: NDArray[np.uint8] | None,
    names: Sequence[str],
    maximum: int,
    told: Told | None = None,
    label: str = OUTCOME,
) -> Cohort:
    """Pictures with what they show, where that is known, and what is told of them.

    Args:
        images: Levels of the pixels, shape (pictures, height, width) or (pictures, channels, height, width).
        labels: Position in ``names`` of what each shows, shape (pictures,); None where nobody knows.
        names: Of the labels.
        maximum: The highest level that a pixel may have.
        told: What is told of each, where more is known than its measures.
        label: What the labels are called.
    """
    channels = images if images.ndim == 4 else images[:, None]
    schema = image_schema(
        ImageShape(channels=channels.shape[1], height=channels.shape[2], width=channels.shape[3]),
        () if labels is None else names,
        maximum,
        MEASURES if told is None else told.columns,
        label,
    )
    pixels = pd.DataFrame(channels.reshape(len(images), -1), columns=[column.name for column in schema.inputs])
    parts: list[pd.DataFrame | pd.Series] = [_identifiers(len(images))]
    if labels is not None:
        shown = pd.Categorical.from_codes(labels.astype(np.int64), categories=pd.Index(names))
        parts.append(pd.Series(shown, name=label))
    measured = measure_images(channels, maximum) if told is None else told.values.reset_index(drop=True)
    return Cohort(pd.concat([*parts, measured, pixels], axis=1), schema)


def image_schema(
    shape: ImageShape,
    names: Sequence[str],
    maximum: int,
    told: Sequence[Column] = MEASURES,
    label: str = OUTCOME,
) -> CohortSchema:
    """The columns of pictures of this shape; without an outcome where ``names`` are empty."""
    columns = [*([_outcome(names, label)] if names else []), *told]
    pixels = (
        Column(name=name, label=label, kind="level", maximum=maximum, required=True) for name, label in _pixels(shape)
    )
    return CohortSchema(identifier=IDENTIFIER, columns=(*columns, *pixels), image=shape)


def draw_images(count: int, wanted: int | None, seed: int) -> NDArray[np.int64]:
    """Positions of the pictures that are taken, ascending: all of them, or so many that are drawn at random."""
    if wanted is None or wanted >= count:
        return np.arange(count, dtype=np.int64)
    return np.sort(np.random.default_rng(seed).permutation(count)[:wanted]).astype(np.int64)


def round_levels(images: NDArray[np.uint8], maximum: int, levels: int) -> NDArray[np.uint8]:
    """The pictures with pixels from 0 to ``levels`` in place of 0 to ``maximum``: the nearest, of two the brighter."""
    if levels == maximum:
        return images
    table = np.floor(np.arange(maximum + 1) * (levels / maximum) + 0.5).astype(np.uint8)
    return table[images]


def _outcome(names: Sequence[str], label: str) -> Column:
    shown = tuple(names)
    return Column(name=label, label=label.capitalize(), kind="nominal", role="outcome", categories=shown, phrases=shown)


def _pixels(shape: ImageShape) -> list[tuple[str, str]]:
    """Name and label of each pixel, in the order of :class:`~retina_vae.cohort.image_shape.ImageShape`."""
    several = shape.channels > 1
    return [
        (
            f"pixel_{channel}_{row}_{column}" if several else f"pixel_{row}_{column}",
            f"Pixel in row {row}, column {column}" + (f", channel {channel}" if several else ""),
        )
        for channel in range(1, shape.channels + 1)
        for row in range(1, shape.height + 1)
        for column in range(1, shape.width + 1)
    ]


def _identifiers(count: int) -> pd.Series:
    digits = max(_DIGITS, len(str(count)))
    return pd.Series([f"I{number:0{digits}d}" for number in range(1, count + 1)], name=IDENTIFIER, dtype="str")
