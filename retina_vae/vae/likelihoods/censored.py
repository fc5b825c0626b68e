"""Numbers of which some are known by a limit alone."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from retina_vae.vae.likelihoods.base import ColumnLikelihood
from retina_vae.vae.likelihoods.gaussian import Gaussian
from retina_vae.vae.likelihoods.remarked import Remarked, RemarkedFamily

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
class Censored(Remarked[Gaussian]):
    r"""One column of a Gaussian number, of which some patients have a limit that it lies below or above (Tobin 1958).

    Features are u, the z-score of the number or of the limit, and the side: -1 where the number lies below the limit, 1
    where it lies above, 0 where it is u itself.

    .. math:: \log p(u, s) = \log \mathcal{N}(u; \mu, \sigma^2) \text{ for } s = 0, \quad
              \log \Phi\left(-s\, \frac{u - \mu}{\sigma}\right) \text{ otherwise}

    So a limit counts with the probability of all numbers beyond it, whatever the limit; that it was there is not
    modelled (Helsel, Statistics for censored environmental data, 2012, chapter 2). A logarithm keeps the order of
    numbers, so the same holds of a log-normal one.
    """

    def log_prob(self, x: Tensor) -> Tensor:
        """The log-density of the number, or the log-probability of the tail beyond the limit; one column."""
        u, side = x[..., :1, :], x[..., 1:2, :]
        standardized = (u - self.factor.mean) * (-self.factor.log_scale).exp()
        # Both are computed of everybody; each is finite with a finite gradient, so that the one left out counts 0.
        tail = log_ndtr(-side * standardized)
        return torch.where(side == 0, self.factor.log_prob(u), tail)


class CensoredFamily(RemarkedFamily):
    """Censored factors of a family of Gaussian numbers."""

    def remarked(self, factor: ColumnLikelihood) -> Censored:
        """The factor of a number that may be a limit.

        Raises:
            TypeError: The factor is no Gaussian one.
        """
        if not isinstance(factor, Gaussian):
            raise TypeError(f"expected a Gaussian number of which some are limits, got {type(factor).__name__}")
        return Censored(factor)
