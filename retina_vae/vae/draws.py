"""The random numbers of training: each replica's order of the patients and noise, epoch by epoch."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple

import torch
from torch import Tensor

__all__ = ["EpochDraws", "drawn_ahead", "epoch_draws"]


class EpochDraws(NamedTuple):
    """Random numbers of one epoch.

    ``order`` is an order of the patients for each replica, shape (replicas, patients); ``noise`` holds standard normal
    numbers, shape (replicas, *shape).
    """

    order: Tensor
    noise: Tensor


def epoch_draws(
    epochs: int, shape: Sequence[int], generators: Sequence[torch.Generator], dtype: torch.dtype, device: torch.device
) -> Iterator[EpochDraws]:
    """The draws of each epoch, on the device of the model; every replica's from its own stream on the CPU.

    Where the model is on another device, the draws of the next epoch are made while it computes.

    Args:
        epochs: How many.
        shape: Of a replica's noise; the last number counts the patients.
        generators: One random stream per replica.
        dtype: Of the noise.
        device: Where to put them.
    """
    if device.type == "cpu":
        for _ in range(epochs):
            draws = _space(shape, len(generators), dtype)
            _fill(draws, generators, range(len(generators)))
            yield draws
    else:
        for draws in drawn_ahead(epochs, shape, generators, dtype):
            yield EpochDraws(draws.order.to(device), draws.noise.to(device))


def drawn_ahead(
    epochs: int, shape: Sequence[int], generators: Sequence[torch.Generator], dtype: torch.dtype
) -> Iterator[EpochDraws]:
    """The same numbers on the CPU, the next epoch's made by threads meanwhile.

    The memory of an epoch's numbers is used again two epochs later.
    """
    replicas = len(generators)
    threads = min(replicas, len(os.sched_getaffinity(0)))
    parts = [range(replicas)[start::threads] for start in range(threads)]
    spaces = [_space(shape, replicas, dtype, pinned=torch.cuda.is_available()) for _ in range(2)]
    with ThreadPoolExecutor(threads) as pool:

        def begin(epoch: int) -> list[Future[None]]:
            # No further than the last epoch: what comes after the training goes on with the same streams.
            return [pool.submit(_fill, spaces[epoch % 2], generators, part) for part in parts if epoch < epochs]

        running = begin(0)
        for epoch in range(epochs):
            for job in running:
                job.result()
            running = begin(epoch + 1)
            yield spaces[epoch % 2]


def _space(shape: Sequence[int], replicas: int, dtype: torch.dtype, pinned: bool = False) -> EpochDraws:
    """Room for the numbers of an epoch; pinned memory is copied to a CUDA device at once."""
    order = torch.empty(replicas, shape[-1], dtype=torch.int64, pin_memory=pinned)
    return EpochDraws(order, torch.empty(replicas, *shape, dtype=dtype, pin_memory=pinned))


def _fill(draws: EpochDraws, generators: Sequence[torch.Generator], replicas: range) -> None:
    """Draw the order, then the noise of these replicas."""
    patients = draws.order.shape[1]
    for replica in replicas:
        generator = generators[replica]
        torch.randperm(patients, generator=generator, out=draws.order[replica])
        draws.noise[replica].normal_(generator=generator)
