"""The pictures of a run of images, as a table: those of the clusters, and what the models draw."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor

from retina_vae.drawing.decoded import decoded, from_prior, latent_plane, mean_codes, path_between
from retina_vae.vae import VariationalAutoencoder

__all__ = ["Member", "Picture", "cluster_pictures", "model_pictures", "picture_table", "plane_pictures"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

MEMBERS = 8
"""Pictures of each cluster that lie nearest its centre."""

SHOWN = 10
"""Pictures side by side."""

PRIOR_ROWS = 4
STEPS = 9
PAIRS = 4
REACH = 2.0
"""Standard deviations of the codes on either side of their mean that a coordinate is moved by."""

SIDE = 15
"""Pictures along a side of the plane."""


class Picture(NamedTuple):
    """A picture, where it stands, and what is said of it.

    Attributes:
        set: What it belongs to.
        model: That drew it; empty of the images themselves.
        row: In which row of the set, from 1.
        place: In the row, from 1.
        caption: Above or beside it; may be empty.
        values: Shares of the maximum, shape (pixels,).
    """

    set: str
    model: str
    row: int
    place: int
    caption: str
    values: FloatArray


@dataclass(frozen=True)
class Member:
    """A replica of a model that is looked at, and what it makes of all images.

    Attributes:
        name: Of the model.
        model: The replica.
        codes: Means of q(z | x), shape (latent dimensions, images).
    """

    name: str
    model: VariationalAutoencoder
    codes: Tensor

    @classmethod
    def of(cls, name: str, model: VariationalAutoencoder, x: Tensor) -> Member:
        """A replica with its codes of images, features of shape (pixels, images)."""
        return cls(name, model, mean_codes(model, x))


def picture_table(pictures: Iterator[Picture]) -> pd.DataFrame:
    """One row per picture: ``set, model, row, place, caption``, and ``value_<i>`` of each pixel."""
    found = list(pictures)
    values = np.stack([own.values for own in found]).astype(np.float32)
    about = pd.DataFrame([own[:-1] for own in found], columns=list(Picture._fields[:-1]))
    names = [f"value_{place}" for place in range(1, values.shape[1] + 1)]
    return pd.concat([about, pd.DataFrame(values, columns=names)], axis=1)


def cluster_pictures(
    images: FloatArray, clusters: IntArray, member: Member, centers: FloatArray, members: int = MEMBERS
) -> Iterator[Picture]:
    """Of each cluster its mean image, what the decoder draws at its centre, and its images nearest the centre.

    Args:
        images: Shape (images, pixels).
        clusters: Of each image, from 1.
        member: The reported replica.
        centers: Of the clusters, shape (clusters, latent dimensions).
        members: How many images.
    """
    codes = member.codes.T.double().numpy()
    at_centers = decoded(member.model, torch.from_numpy(centers.T.astype(np.float32).copy()))
    for number in np.unique(clusters):
        own, cluster = np.flatnonzero(clusters == number), int(number)
        yield Picture("clusters", "", cluster, 1, "mean", images[own].mean(axis=0))
        yield Picture("clusters", member.name, cluster, 2, "decoded", at_centers[cluster - 1])
        distance = np.linalg.norm(codes[own] - centers[cluster - 1], axis=1)
        for place, nearest in enumerate(own[np.argsort(distance, kind="stable")[:members]], start=3):
            yield Picture("clusters", "", cluster, place, "", images[nearest])


def model_pictures(
    images: FloatArray,
    labels: Sequence[str],
    members: Sequence[Member],
    seed: int,
    traversed: Sequence[str] = (),
) -> Iterator[Picture]:
    """What models draw side by side: samples from the prior, reconstructions, the way between two images.

    Args:
        images: Shape (images, pixels).
        labels: What each image is called; empty where it is not known.
        members: A replica of each model, the clustered one last.
        seed: Of the choice of images and of the draws.
        traversed: Names of the models whose coordinates are moved one at a time, beside the clustered one.
    """
    rng = np.random.default_rng([seed, 1])
    some = rng.choice(len(images), min(SHOWN, len(images)), replace=False)
    yield from (Picture("reconstructions", "", 1, place, labels[i], images[i]) for place, i in enumerate(some, start=1))
    pairs = _pairs(labels, rng)
    for row, own in enumerate(members, start=2):
        yield from _row("reconstructions", own, row, decoded(own.model, own.codes[:, some]))
        samples = decoded(own.model, from_prior(own.model, SHOWN * PRIOR_ROWS, seed))
        for line in range(PRIOR_ROWS):
            yield from _row("prior", own, line + 1, samples[line * SHOWN : (line + 1) * SHOWN])
        path = path_between(own.codes[:, pairs[:, 0]], own.codes[:, pairs[:, 1]], STEPS)
        for line in range(len(pairs)):
            yield from _row("paths", own, line + 1, decoded(own.model, path[:, line].contiguous()))
    for own in members:
        if own.name in traversed or own is members[-1]:
            yield from _traversals(own)


def plane_pictures(name: str, model: VariationalAutoencoder, side: int = SIDE) -> Iterator[Picture]:
    """What a decoder of two dimensions draws over the plane, a row at a time."""
    for place, values in enumerate(decoded(model, latent_plane(side))):
        yield Picture("plane", name, place // side + 1, place % side + 1, "", values)


def _traversals(own: Member) -> Iterator[Picture]:
    """A row for each coordinate, moved while the others stay at the mean of the codes; the most varying first."""
    mean, spread = own.codes.mean(dim=1), own.codes.std(dim=1)
    share = torch.linspace(-REACH, REACH, STEPS)
    for row, dimension in enumerate(spread.argsort(descending=True, stable=True)[:SHOWN].tolist(), start=1):
        codes = mean.unsqueeze(1).repeat(1, STEPS)
        codes[dimension] += share * spread[dimension]
        for place, values in enumerate(decoded(own.model, codes), start=1):
            caption = f"z{dimension + 1}" if place == 1 else ""
            yield Picture("traversals", own.name, row, place, caption, values)


def _row(name: str, own: Member, row: int, values: FloatArray) -> Iterator[Picture]:
    yield from (Picture(name, own.name, row, place, "", one) for place, one in enumerate(values, start=1))


def _pairs(labels: Sequence[str], rng: np.random.Generator) -> IntArray:
    """Places of two images of different labels, where there are some, shape (pairs, 2)."""
    names = np.array(labels, dtype=object)
    different = len(set(labels)) > 1
    found: list[NDArray[np.int64]] = []
    while len(found) < PAIRS:
        pair = rng.choice(len(names), 2, replace=False)
        if not different or names[pair[0]] != names[pair[1]]:
            found.append(pair)
    return np.stack(found)
