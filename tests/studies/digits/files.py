"""IDX files of pictures that somebody drew."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np


def idx_bytes(values: np.ndarray) -> bytes:
    """The content of an IDX file of bytes."""
    return bytes([0, 0, 8, values.ndim]) + struct.pack(f">{values.ndim}I", *values.shape) + values.tobytes()


def write_pictures(folder: Path, count: int = 12, labels: int = 3) -> np.ndarray:
    """``images.idx`` and ``labels.idx`` of random pictures of 4 x 5 pixels; returns the pictures."""
    images = np.random.default_rng(1).integers(0, 256, (count, 4, 5)).astype(np.uint8)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "images.idx").write_bytes(idx_bytes(images))
    (folder / "labels.idx").write_bytes(idx_bytes((np.arange(count) % labels).astype(np.uint8)))
    return images
