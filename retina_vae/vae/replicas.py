"""Replicas: the same model from different seeds, trained in one pass, each as if it were alone."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

__all__ = [
    "replica_generators",
    "replica_noise",
    "replica_orders",
    "replica_seeds",
    "select_replica",
    "select_replicas",
]


def replica_seeds(seed: int, replicas: int) -> list[int]:
    """Seeds of the replicas: ``seed`` for the first, then one more for each.

    >>> replica_seeds(1, 3)
    [1, 2, 3]
    """
    return list(range(seed, seed + replicas))


def replica_generators(seeds: Sequence[int]) -> list[torch.Generator]:
    """One random stream per replica.

    The streams live on the CPU whatever the device of the model, so that a seed means the same numbers everywhere.
    """
    return [torch.Generator().manual_seed(seed) for seed in seeds]


def replica_orders(count: int, generators: Sequence[torch.Generator]) -> Tensor:
    """A random order of ``count`` patients for each replica, shape (replicas, count)."""
    return torch.stack([torch.randperm(count, generator=generator) for generator in generators])


def replica_noise(shape: Sequence[int], generators: Sequence[torch.Generator], dtype: torch.dtype) -> Tensor:
    """Standard normal numbers for each replica, shape (replicas, *shape)."""
    return torch.stack([torch.randn(*shape, generator=generator, dtype=dtype) for generator in generators])


def select_replica(model: nn.Module, replica: int) -> dict[str, Tensor]:
    """The weights of one replica (counted from 0) as the state of a model with a single replica."""
    return select_replicas(model, slice(replica, replica + 1))


def select_replicas(model: nn.Module, part: slice) -> dict[str, Tensor]:
    """The weights of some replicas as the state of a model that has these alone."""
    return {name: values[part].clone() for name, values in model.state_dict().items()}
