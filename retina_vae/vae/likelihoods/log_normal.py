"""Positive numbers with a long tail to the right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from retina_vae.cohort.encoding import ColumnEncoding
from retina_vae.cohort.kinds import Coding
from retina_vae.vae.likelihoods.base import codings
from retina_vae.vae.likelihoods.gaussian import Gaussian
from retina_vae.vae.likelihoods.quantiles import Components

__all__ = ["LogNormal"]


@dataclass(frozen=True)
class LogNormal(Gaussian):
    """A number above 0 whose logarithm is Gaussian: a Gaussian of the feature, the z-score of the logarithm."""

    def expectation(self, columns: Sequence[ColumnEncoding]) -> Tensor:
        """exp(mu + s^2 / 2) in the column's unit, with mean mu and standard deviation s of the logarithm."""
        center, scale = codings(columns, self.mean)
        variance = (scale * self.log_scale.double().exp()).square()
        return (self.mean.double() * scale + center + variance / 2).exp()

    @classmethod
    def limited_mean(cls, parameters: Components, coding: Coding, low: Tensor, high: Tensor) -> Tensor:
        r"""Inside it is :math:`e^{\mu + s^2 / 2}` times the share that the normal distribution moved by s has there."""
        mean, sd = (part.double() for part in parameters)
        center, spread = mean * coding.scale + coding.center, sd * coding.scale
        a, b = (low.log() - center) / spread, (high.log() - center) / spread
        # The share beside the exponential is 0 before that overflows.
        moved = torch.special.log_ndtr(b - spread)
        part = (torch.special.log_ndtr(a - spread) - moved).exp()
        inside = (center + spread.square() / 2 + moved + torch.log1p(-part.clamp(max=1 - 1e-15))).exp()
        return low * torch.special.ndtr(a) + inside + high * torch.special.ndtr(-b)

    @staticmethod
    def _in_unit(numbers: Tensor) -> Tensor:
        return numbers.exp()
