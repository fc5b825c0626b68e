"""Two categories."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

import torch
from torch import Tensor
from torch.nn import functional

from retina_vae.cohort.encoding import ColumnEncoding
from retina_vae.vae.likelihoods.base import random_numbers

__all__ = ["Bernoulli"]


@dataclass(frozen=True)
class Bernoulli:
    """A feature of 0 or 1, which is 1 with the probability sigmoid(logits)."""

    shared: ClassVar[bool] = True
    scales: ClassVar[int] = 0

    logits: Tensor

    @classmethod
    def from_numbers(cls, numbers: Tensor, log_scale: Tensor, columns: Sequence[ColumnEncoding]) -> Self:
        """The numbers are the logits."""
        return cls(numbers)

    @property
    def mean(self) -> Tensor:
        """Probability of 1."""
        return self.logits.sigmoid()

    def log_prob(self, x: Tensor) -> Tensor:
        """x log(p) + (1 - x) log(1 - p), without overflow at any logit."""
        return x * self.logits - functional.softplus(self.logits)

    def sample(self, generators: Sequence[torch.Generator]) -> Tensor:
        """0 or 1."""
        return (random_numbers(torch.rand, self.logits, generators) < self.mean).to(self.logits.dtype)

    def expectation(self, columns: Sequence[ColumnEncoding]) -> Tensor:
        """Probability of the second category."""
        return self.mean.double()
