"""Categories in an order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

import torch
from torch import Tensor
from torch.nn import functional

from retina_vae.cohort.encoding import ColumnEncoding
from retina_vae.vae.likelihoods.base import random_numbers

__all__ = ["OrderedLogistic"]


@dataclass(frozen=True)
class OrderedLogistic:
    r"""One column of K ordered categories by cumulative logits (McCullagh 1980), features a thermometer.

    .. math:: P(Y > j) = \sigma(\eta_j), \quad \eta_1 = n_1, \quad \eta_j = \eta_{j-1} - \mathrm{softplus}(n_j)

    for the steps j = 1 .. K - 1 from a category to the next. ``numbers`` are the n, shape (replicas, K - 1,
    patients): the first threshold is free, the others lie below it, so that all probabilities are positive. With two
    categories it is a Bernoulli distribution.
    """

    shared: ClassVar[bool] = False
    scales: ClassVar[int] = 0

    numbers: Tensor

    @classmethod
    def from_numbers(cls, numbers: Tensor, log_scale: Tensor, columns: Sequence[ColumnEncoding]) -> Self:
        """A number per threshold."""
        return cls(numbers)

    @property
    def logits(self) -> Tensor:
        """The eta, shape (replicas, K - 1, patients), which fall from step to step."""
        return torch.cat([self.numbers[:, :1], -functional.softplus(self.numbers[:, 1:])], dim=1).cumsum(dim=1)

    @property
    def mean(self) -> Tensor:
        """P(Y > j) of each step."""
        return self.logits.sigmoid()

    def log_prob(self, x: Tensor) -> Tensor:
        r"""log P(Y = k) of the category that the thermometer ``x`` shows; one column.

        The difference of two sigmoids is a product, so that nothing cancels (here a > b are neighbouring eta, n the
        number that parts them, and :math:`1 - \exp(-\mathrm{softplus}(n)) = \sigma(n)`):

        .. math:: \sigma(a) - \sigma(b) = \sigma(a)\,\sigma(-b)\,(1 - e^{b - a}) = \sigma(a)\,\sigma(-b)\,\sigma(n)
        """
        logits = self.logits
        above, below = functional.logsigmoid(logits), functional.logsigmoid(-logits)
        # 1 at the last step that the category lies above, and at the first that it does not.
        last = x - torch.cat([x[..., 1:, :], torch.zeros_like(x[..., :1, :])], dim=-2)
        first = torch.cat([torch.ones_like(x[..., :1, :]), x[..., :-1, :]], dim=-2) - x
        between = first[..., 1:, :] * functional.logsigmoid(self.numbers[:, 1:])
        # The top category lies above all steps and has no step above it: ``first`` is 0 everywhere.
        return (last * above + first * below).sum(dim=1, keepdim=True) + between.sum(dim=1, keepdim=True)

    def sample(self, generators: Sequence[torch.Generator]) -> Tensor:
        """A thermometer: one uniform number per patient held against every step."""
        uniform = random_numbers(torch.rand, self.numbers[:, :1], generators)
        return (uniform < self.mean).to(self.numbers.dtype)

    def expectation(self, columns: Sequence[ColumnEncoding]) -> Tensor:
        """Probability of each category."""
        above = self.mean.double()
        ones = torch.ones_like(above[:, :1])
        return -torch.cat([ones, above, torch.zeros_like(ones)], dim=1).diff(dim=1)
