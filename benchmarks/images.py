"""Pictures for the benchmarks: files, features, and pixels that are black or white anew in every epoch."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from retina_vae.cohort.encoding import ColumnEncoding, Encoding
from retina_vae.cohort.image_shape import ImageShape
from retina_vae.images import find_idx, read_images, read_labels
from retina_vae.vae import Patients

__all__ = [
    "BRIGHTEST",
    "Binarised",
    "Bytes",
    "FloatArray",
    "PictureSet",
    "Pictures",
    "features_of",
    "pixel_encoding",
    "read_pictures",
]

BRIGHTEST = 255

Bytes = NDArray[np.uint8]
FloatArray = NDArray[np.float64]


class PictureSet(NamedTuple):
    """Training and test pictures, shape (pictures, rows, columns), 0 to 255, and the class of each."""

    train: Bytes
    train_labels: Bytes
    test: Bytes
    test_labels: Bytes


def read_pictures(folder: Path) -> PictureSet:
    """Four IDX files, named as MNIST's, or ``train.npz`` and ``test.npz`` with ``images`` and ``labels``.

    Raises:
        InputError: An IDX file is missing or damaged.
    """
    if (folder / "train.npz").is_file():
        files = [np.load(folder / f"{part}.npz") for part in ("train", "test")]
        return PictureSet(*(file[name] for file in files for name in ("images", "labels")))
    found: list[Bytes] = []
    for part in ("train", "t10k"):
        images = read_images(find_idx(folder, f"{part}-images-idx3-ubyte"))
        found += [images, read_labels(find_idx(folder, f"{part}-labels-idx1-ubyte"), len(images))]
    return PictureSet(*found)


def pixel_encoding(largest: int, side: int = 28) -> Encoding:
    """Every pixel a column of the kind ``level``, from 0 to ``largest``."""
    columns = tuple(
        ColumnEncoding(name=f"pixel{pixel}", kind="level", by_kind=True, scale=largest) for pixel in range(side**2)
    )
    return Encoding(columns=columns, image=ImageShape(height=side, width=side))


def features_of(pictures: Bytes, largest: int = BRIGHTEST) -> FloatArray:
    """Brightness from 0 to 1 in steps of 1 / ``largest``, the nearest, shape (pictures, pixels)."""
    shares = pictures.reshape(len(pictures), -1) / BRIGHTEST
    return np.rint(shares * largest) / largest


class Pictures(Patients):
    """Pictures one behind the other in memory, so that those of a batch are gathered and turned around fast.

    ``x`` is a view, shape (pixels, pictures).
    """

    @classmethod
    def of(cls, features: FloatArray) -> Pictures:
        """Of features of shape (pictures, pixels)."""
        return cls(torch.from_numpy(features.astype(np.float32)).mT)

    def to(self, device: torch.device) -> Pictures:
        """The same on another device."""
        return type(self)(self.x.to(device))

    def take(self, positions: Tensor) -> Pictures:
        """Each replica's pictures at its positions."""
        return Pictures(self.x.mT[positions].mT)

    def batch(self, part: slice) -> Patients:
        """Some of the pictures that were taken, pixel by pixel in memory."""
        return Patients(self.x[..., part].contiguous())


@dataclass(frozen=True)
class Binarised(Patients):
    """Pictures whose pixels are white with the probability of their brightness, drawn anew whenever they are taken.

    Training takes them once an epoch, so it sees other draws in each (dynamic binarisation, Salakhutdinov and Murray
    2008). ``x`` holds the probabilities, ``rows`` the brightness, shape (pictures, pixels).
    """

    rows: Bytes = field(kw_only=True)
    rng: np.random.Generator = field(kw_only=True)

    @classmethod
    def of(cls, pictures: Bytes, seed: int) -> Binarised:
        """Of brightness from 0 to 255, shape (pictures, rows, columns)."""
        probabilities = Pictures.of(features_of(pictures)).x
        return cls(probabilities, rows=pictures.reshape(len(pictures), -1), rng=np.random.default_rng(seed))

    def to(self, device: torch.device) -> Binarised:
        """The same; what is on another device is drawn there, so a seed means other draws."""
        if device.type == "cpu":
            return self
        generator = torch.Generator(device).manual_seed(int(self.rng.integers(2**31)))
        return BinarisedElsewhere(self.x.to(device), rows=self.rows, rng=self.rng, generator=generator)

    def take(self, positions: Tensor) -> Pictures:
        """New draws of each replica's pictures, pixels 0 or 1."""
        rows = self.rows[positions.numpy()]
        # Of 255 equally probable numbers as many are below a brightness as it says.
        white = self.rng.integers(0, BRIGHTEST, rows.shape, dtype=np.uint8) < rows
        return Pictures(torch.from_numpy(white).mT.float())


@dataclass(frozen=True)
class BinarisedElsewhere(Binarised):
    """The same on a device that is not the CPU; ``generator`` is on it."""

    generator: torch.Generator = field(kw_only=True)

    def take(self, positions: Tensor) -> Pictures:
        """New draws of each replica's pictures, pixels 0 or 1."""
        return Pictures(torch.bernoulli(self.x.mT[positions], generator=self.generator).mT)
