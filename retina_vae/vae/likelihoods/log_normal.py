"""Positive numbers with a long tail to the right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from retina_vae.cohort.encoding import ColumnEncoding
from retina_vae.vae.likelihoods.base import codings
from retina_vae.vae.likelihoods.gaussian import Gaussian

__all__ = ["LogNormal"]


@dataclass(frozen=True)
class LogNormal(Gaussian):
    """A number above 0 whose logarithm is Gaussian: a Gaussian of the feature, the z-score of the logarithm."""

    def expectation(self, columns: Sequence[ColumnEncoding]) -> Tensor:
        """exp(mu + s^2 / 2) in the column's unit, with mean mu and standard deviation s of the logarithm."""
        center, scale = codings(columns, self.mean)
        variance = (scale * self.log_scale.double().exp()).square()
        return (self.mean.double() * scale + center + variance / 2).exp()
