"""How sharp the pictures of a model are, and how many of them a classifier accepts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retina_vae.cohort.image_shape import ImageShape
from retina_vae.drawing.acceptance import Classifier, share_accepted
from retina_vae.drawing.decoded import decoded, from_prior, midpoints
from retina_vae.drawing.pictures import Member
from retina_vae.drawing.sharpness import laplacian_variance

__all__ = ["ACCEPTED_AT", "QualityOptions", "quality_table"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

ACCEPTED_AT = 0.9
"""Probability of a label from which on a picture is accepted as one."""


class QualityOptions(NamedTuple):
    """How it is measured.

    Attributes:
        shape: Of the pictures.
        classifier: What accepts them; None where there are no labels.
        amount: Pictures of each kind.
        seed: Of their choice.
    """

    shape: ImageShape
    classifier: Classifier | None
    amount: int
    seed: int


def quality_table(
    images: FloatArray, labels: IntArray, members: Sequence[tuple[int, Member]], options: QualityOptions
) -> pd.DataFrame:
    """Sharpness and acceptance of the images, of their reconstructions, of samples of the prior and of midpoints.

    Args:
        images: Shape (images, pixels).
        labels: Of each; -1 where it is not known.
        members: Replicas of models, each with its number.
        options: How it is measured.

    Returns:
        A row per model, replica and kind of pictures: ``model, replica, pictures, count, sharpness, sharpness_error,
        accepted, accepted_error``. The images themselves have no model and replica 0. What is decoded is expected
        pictures, E[x | z]; ``accepted`` is empty without labels.
    """
    rng = np.random.default_rng([options.seed, 2])
    some = np.sort(rng.choice(len(images), min(options.amount, len(images)), replace=False))
    rows = [_row("", 0, "data", images[some], options)]
    for replica, own in members:
        for name, pictures in _kinds(own, labels, some, options):
            rows.append(_row(own.name, replica, name, pictures, options))
    return pd.DataFrame(rows)


def _kinds(
    own: Member, labels: IntArray, some: NDArray[np.intp], options: QualityOptions
) -> Iterator[tuple[str, FloatArray]]:
    yield "reconstructions", decoded(own.model, own.codes[:, some])
    yield "prior", decoded(own.model, from_prior(own.model, options.amount, options.seed))
    if len(np.unique(labels[labels >= 0])) > 1:
        codes, _ = midpoints(own.codes, labels, options.amount, options.seed)
        yield "midpoints", decoded(own.model, codes)


def _row(model: str, replica: int, name: str, pictures: FloatArray, options: QualityOptions) -> dict[str, Any]:
    sharpness = laplacian_variance(pictures, options.shape)
    count = len(pictures)
    row: dict[str, Any] = {"model": model, "replica": replica, "pictures": name, "count": count}
    row |= {"sharpness": float(sharpness.mean()), "sharpness_error": float(sharpness.std() / np.sqrt(count))}
    if options.classifier is None:
        return row | {"accepted": np.nan, "accepted_error": np.nan}
    found = share_accepted(options.classifier, pictures, ACCEPTED_AT)
    return row | {"accepted": found.share, "accepted_error": found.error}
