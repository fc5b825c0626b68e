"""Numbers of any sign, about symmetric."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

import torch
from torch import Tensor

from retina_vae.cohort.encoding import ColumnEncoding
from retina_vae.cohort.kinds import Coding
from retina_vae.vae.likelihoods.base import codings, random_numbers
from retina_vae.vae.likelihoods.quantiles import Components, Level, normal_mixture_quantile

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

    def parameters(self, column: int) -> tuple[Tensor, ...]:
        """Mean and standard deviation of the feature."""
        return self.mean[:, column], self.log_scale.exp().expand_as(self.mean)[:, column]

    @classmethod
    def mixture_quantile(cls, level: Level, parameters: Components, weights: Tensor, coding: Coding) -> Tensor:
        """That of the feature, in the column's unit."""
        mean, sd = parameters
        found = normal_mixture_quantile(level, mean, sd, weights)
        return cls._in_unit(found * coding.scale + coding.center)

    @classmethod
    def limited_mean(cls, parameters: Components, coding: Coding, low: Tensor, high: Tensor) -> Tensor:
        r"""With z-scores a and b of the ends :math:`\int_a^b (\mu + \sigma t) \varphi(t) dt`, and the ends' shares."""
        mean, sd = (part.double() for part in parameters)
        center, spread = mean * coding.scale + coding.center, sd * coding.scale
        a, b = (low - center) / spread, (high - center) / spread
        below, above = torch.special.ndtr(a), torch.special.ndtr(-b)
        density = (-b.square() / 2).exp() - (-a.square() / 2).exp()
        inside = center * (1 - below - above) - spread * density / math.sqrt(2 * math.pi)
        return low * below + inside + high * above

    @staticmethod
    def _in_unit(numbers: Tensor) -> Tensor:
        return numbers
