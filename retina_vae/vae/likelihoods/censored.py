"""Numbers of which some are known by a limit alone."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from retina_vae.cohort.encoding import ColumnEncoding
from retina_vae.vae.likelihoods.base import ColumnLikelihood, Family
from retina_vae.vae.likelihoods.gaussian import Gaussian

__all__ = ["Censored", "CensoredFamily", "log_ndtr"]


class _LogNdtr(torch.autograd.Function):
    r"""log Phi with a derivative that keeps its digits far in the tail.

    The library's derivative is exp(-x^2 / 2 - log Phi(x)) / sqrt(2 pi), a difference of large numbers: in single
    precision it is 1 % off at -500, and nothing is left of it at -30,000. This one needs no difference:

    .. math:: \frac{\varphi(x)}{\Phi(x)} = \sqrt{2 / \pi}\, /\, \mathrm{erfcx}(-x / \sqrt 2)
    """

    @staticmethod
    def forward(context: Any, x: Tensor) -> Tensor:
        """log Phi(x)."""
        context.save_for_backward(x)
        return torch.special.log_ndtr(x)

    @staticmethod
    def backward(context: Any, *gradients: Tensor) -> Tensor:
        """The gradient times the derivative, which is 0 where erfcx overflows."""
        (x,) = context.saved_tensors
        return gradients[0] * math.sqrt(2 / math.pi) / torch.special.erfcx(-x * math.sqrt(0.5))


def log_ndtr(x: Tensor) -> Tensor:
    """The logarithm of the probability that a standard normal number lies below ``x``, elementwise."""
    found: Tensor = _LogNdtr.apply(x)  # type: ignore[no-untyped-call]
    return found


@dataclass(frozen=True)
class Censored:
    r"""One column of a Gaussian number, of which some patients have a limit that it lies below or above (Tobin 1958).

    Features are u, the z-score of the number or of the limit, and the side: -1 where the number lies below the limit, 1
    where it lies above, 0 where it is u itself.

    .. math:: \log p(u, s) = \log \mathcal{N}(u; \mu, \sigma^2) \text{ for } s = 0, \quad
              \log \Phi\left(-s\, \frac{u - \mu}{\sigma}\right) \text{ otherwise}

    So a limit counts with the probability of all numbers beyond it, whatever the limit; that it was there is not
    modelled (Helsel, Statistics for censored environmental data, 2012, chapter 2). A logarithm keeps the order of
    numbers, so the same holds of a log-normal one.
    """

    factor: Gaussian

    @property
    def mean(self) -> Tensor:
        """That of the number, and side 0."""
        return _with_zeros(self.factor.mean)

    def log_prob(self, x: Tensor) -> Tensor:
        """The log-density of the number, or the log-probability of the tail beyond the limit; one column."""
        u, side = x[..., :1, :], x[..., 1:2, :]
        standardized = (u - self.factor.mean) * (-self.factor.log_scale).exp()
        # Both are computed of everybody; each is finite with a finite gradient, so that the one left out counts 0.
        tail = log_ndtr(-side * standardized)
        return torch.where(side == 0, self.factor.log_prob(u), tail)

    def sample(self, generators: Sequence[torch.Generator]) -> Tensor:
        """Numbers, none of them a limit."""
        return _with_zeros(self.factor.sample(generators))

    def expectation(self, columns: Sequence[ColumnEncoding]) -> Tensor:
        """The mean in the column's unit, of the numbers themselves."""
        return self.factor.expectation(columns)


@dataclass(frozen=True)
class CensoredFamily:
    """Censored factors of a family of Gaussian numbers."""

    family: Family

    @property
    def shared(self) -> bool:
        """No: a column has two features."""
        return False

    @property
    def scales(self) -> int:
        """Those of the family."""
        return self.family.scales

    def from_numbers(self, numbers: Tensor, log_scale: Tensor, columns: Sequence[ColumnEncoding]) -> ColumnLikelihood:
        """The family's factor of the first number; the side's is not read.

        Raises:
            TypeError: The factor is no Gaussian one.
        """
        factor = self.family.from_numbers(numbers[:, :1], log_scale, columns)
        if not isinstance(factor, Gaussian):
            raise TypeError(f"expected a Gaussian number of which some are limits, got {type(factor).__name__}")
        return Censored(factor)


def _with_zeros(values: Tensor) -> Tensor:
    return torch.cat([values, torch.zeros_like(values)], dim=1)
