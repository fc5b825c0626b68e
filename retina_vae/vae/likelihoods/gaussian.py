"""Numbers of any sign, about symmetric."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

import torch
from torch import Tensor

from retina_vae.cohort.encoding import ColumnEncoding
from retina_vae.vae.likelihoods.base import codings, random_numbers

__all__ = ["Gaussian"]


@dataclass(frozen=True)
class Gaussian:
    """A number: N(mean, sigma^2), ``log_scale`` is log sigma and broadcasts against ``mean``."""

    shared: ClassVar[bool] = True
    scales: ClassVar[int] = 1

    mean: Tensor
    log_scale: Tensor

    @classmethod
    def from_numbers(cls, numbers: Tensor, log_scale: Tensor, columns: Sequence[ColumnEncoding]) -> Self:
        """The numbers are the means."""
        return cls(numbers, log_scale)

    def log_prob(self, x: Tensor) -> Tensor:
        """The log-density, per column and unit of the feature."""
        squares = ((x - self.mean) * (-self.log_scale).exp()).square()
        return -squares / 2 - self.log_scale - math.log(2 * math.pi) / 2

    def sample(self, generators: Sequence[torch.Generator]) -> Tensor:
        """mean + sigma * noise."""
        noise = random_numbers(torch.randn, self.mean, generators)
        return self.mean + self.log_scale.exp() * noise

    def expectation(self, columns: Sequence[ColumnEncoding]) -> Tensor:
        """The mean in the column's unit."""
        center, scale = codings(columns, self.mean)
        return self.mean.double() * scale + center
