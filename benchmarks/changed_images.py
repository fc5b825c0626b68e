"""Pictures made from others: some that a score is chosen by, and some of the brightness and contrast of others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

import numpy as np
import pandas as pd
from images import BRIGHTEST, Bytes, FloatArray
from numpy.typing import NDArray

__all__ = ["brightness_and_contrast", "invented", "matched", "pairs_alike"]

_BLOCK = 7
_HALVINGS = 15
_STRETCH = 4.0
"""Logarithm of the most that contrast is multiplied or divided by."""

Pixels = NDArray[np.float32]


def invented(pictures: Bytes, seed: int) -> Iterator[tuple[str, Bytes]]:
    """Each kind of invented pictures with its name, made from pictures of the set, (pictures, rows, columns).

    None of them needs another set, so that a score can be chosen without looking at the one that it is tested on.
    """
    rng, count = np.random.default_rng(seed), len(pictures)
    yield "upside down", pictures[:, ::-1]
    yield "a quarter turn", np.rot90(pictures, axes=(1, 2))
    others = pictures[rng.permutation(count)]
    middle = pictures.shape[1] // 2
    yield "halves of two", np.concatenate([pictures[:, :middle], others[:, middle:]], axis=1)
    yield "blocks shuffled", _blocks_shuffled(pictures, rng)
    yield "strokes", _strokes(pictures)


def _blocks_shuffled(pictures: Bytes, rng: np.random.Generator) -> Bytes:
    count, side = len(pictures), pictures.shape[1] // _BLOCK
    blocks = pictures.reshape(count, side, _BLOCK, side, _BLOCK).swapaxes(2, 3).reshape(count, side**2, _BLOCK, _BLOCK)
    mixed = np.stack([own[rng.permutation(side**2)] for own in blocks])
    return mixed.reshape(count, side, side, _BLOCK, _BLOCK).swapaxes(2, 3).reshape(pictures.shape)


def _strokes(pictures: Bytes) -> Bytes:
    """Edges alone: where neighbouring pixels differ, as strongly as they do, stretched to the full range."""
    grey = pictures.astype(np.int16)
    down = np.abs(np.diff(grey, axis=1, append=0))
    across = np.abs(np.diff(grey, axis=2, append=0))
    edges = np.maximum(down, across).astype(np.float64)
    largest = np.maximum(edges.max(axis=(1, 2), keepdims=True), 1)
    return np.rint(edges / largest * BRIGHTEST).astype(np.uint8)


def brightness_and_contrast(pictures: Bytes) -> FloatArray:
    """Mean and standard deviation of the pixels of each picture, from 0 to 1, shape (pictures, 2)."""
    flat = pictures.reshape(len(pictures), -1) / BRIGHTEST
    return np.stack([flat.mean(axis=1), flat.std(axis=1)], axis=1)


def matched(pictures: Bytes, like: Bytes, seed: int) -> Bytes:
    """The pictures with the brightness and contrast of others, each of one that is drawn at random.

    Pixels are shifted and stretched, and what falls beyond black and white is cut off. The shift that gives the mean is
    found by bisection for every stretch, and the stretch that gives the deviation by bisection over these; a picture
    that no stretch takes there comes as near as it can.
    """
    wanted = brightness_and_contrast(like)[np.random.default_rng(seed).integers(len(like), size=len(pictures))]
    mean, deviation = (column.astype(np.float32)[:, None] for column in wanted.T)
    flat = (pictures.reshape(len(pictures), -1) / BRIGHTEST).astype(np.float32)
    low, high = np.full_like(mean, -_STRETCH), np.full_like(mean, _STRETCH)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        little = _at_mean(flat, np.exp(middle), mean).std(axis=1, keepdims=True) < deviation
        low, high = np.where(little, middle, low), np.where(little, high, middle)
    pixels = _at_mean(flat, np.exp(high), mean)
    return np.rint(pixels * BRIGHTEST).astype(np.uint8).reshape(pictures.shape)


def _at_mean(flat: Pixels, stretch: Pixels, mean: Pixels) -> Pixels:
    """Pixels times the stretch, shifted so that what is left within black and white has the mean."""
    stretched = flat * stretch
    low, high = -stretch, np.ones_like(stretch)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        little = np.clip(stretched + middle, 0, 1).mean(axis=1, keepdims=True) < mean
        low, high = np.where(little, middle, low), np.where(little, high, middle)
    return np.clip(stretched + high, 0, 1)


def pairs_alike(first: Bytes, second: Bytes, width: float, seed: int) -> tuple[Bytes, Bytes]:
    """As many pictures of either set from every cell of brightness and contrast, as they are.

    Args:
        first: Pictures.
        second: Others.
        width: Of a cell, in shares of the whole range.
        seed: Which are taken, where a set has more in a cell.
    """
    rng = np.random.default_rng(seed)
    cells = [_cells(own, width) for own in (first, second)]
    chosen: tuple[list[int], list[int]] = ([], [])
    for cell in sorted(cells[0].keys() & cells[1].keys()):
        count = min(len(places[cell]) for places in cells)
        for taken, places in zip(chosen, cells, strict=True):
            taken.extend(rng.permutation(places[cell])[:count].tolist())
    return first[chosen[0]], second[chosen[1]]


def _cells(pictures: Bytes, width: float) -> dict[tuple[int, int], NDArray[np.int64]]:
    """Places of the pictures of each cell."""
    found = pd.DataFrame(np.floor(brightness_and_contrast(pictures) / width).astype(int))
    return cast("dict[tuple[int, int], NDArray[np.int64]]", found.groupby([0, 1]).indices)
