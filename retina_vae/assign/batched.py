"""Patients in batches, side by side on several threads; equal patients once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits
from torch import Tensor

from retina_vae.progress import Advance
from retina_vae.vae import ModelDescription

__all__ = ["codes_per_batch", "compute_in_batches", "distinct_rows"]

_DECODED_PER_BATCH = 2**21
"""Numbers in the widest layer of the decoder or behind it, which are the most that a batch holds."""


def codes_per_batch(description: ModelDescription) -> int:
    """How many codes are decoded at once."""
    return _DECODED_PER_BATCH // max(description.widest_layer[1], description.encoding.width)


def compute_in_batches(
    compute: Callable[[Tensor], Sequence[NDArray[Any]]],
    features: NDArray[np.float64],
    patients_per_batch: int,
    threads: int,
    advance: Advance,
) -> list[NDArray[Any]]:
    """What ``compute`` says of every patient.

    Patients with the same features, of whom a table of categories and whole years has many, are computed once.

    Args:
        compute: From features of some patients, shape (width, some), to arrays with a row for each.
        features: Shape (patients, width).
        patients_per_batch: How many are some.
        threads: CPU threads.
        advance: Is told how many in a hundred are done.

    Returns:
        The arrays, with a row for each patient.
    """
    first, place = distinct_rows(features)
    x, size = torch.from_numpy(features[first].T).float().contiguous(), patients_per_batch
    batches = [x[:, start : start + size] for start in range(0, x.shape[1], size)]
    # What computes with numpy would start threads of its own in every worker.
    with threadpool_limits(1, user_api="blas"), ThreadPoolExecutor(threads) as pool:
        parts = []
        for part in pool.map(compute, batches):
            parts.append(part)
            advance(100 * len(parts) // len(batches))
    return [np.concatenate(values)[place] for values in zip(*parts, strict=True)]


def distinct_rows(features: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The first row of each kind, and which of these every row is like, bit by bit."""
    bits = np.ascontiguousarray(features).view(np.uint64)
    factors = np.random.default_rng(0).integers(2**63, size=bits.shape[1], dtype=np.uint64) * 2 + 1
    mixed = bits ^ (bits >> np.uint64(32))
    _, first, place = np.unique((mixed * factors).sum(axis=1, dtype=np.uint64), return_index=True, return_inverse=True)
    if (bits[first[place]] == bits).all():
        return first, place
    # Two kinds have the same sum, by a chance of about one in 2^64 for two rows.
    every = np.arange(len(bits))
    return every, every
