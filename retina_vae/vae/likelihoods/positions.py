"""The symbols of a sequence, position by position."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

import torch
from torch import Tensor
from torch.nn import functional

from retina_vae.cohort.encoding import ColumnEncoding
from retina_vae.vae.likelihoods.base import random_numbers

__all__ = ["Positions"]


@dataclass(frozen=True)
class Positions:
    """L columns of the same C categories, one-hot: the product of as many categorical factors, computed at once.

    ``logits`` has the shape (replicas, L, C, patients). Each column is as
    :class:`~retina_vae.vae.likelihoods.categorical.Categorical` has it.
    """

    shared: ClassVar[bool] = False
    scales: ClassVar[int] = 0

    logits: Tensor

    @classmethod
    def from_numbers(cls, numbers: Tensor, log_scale: Tensor, columns: Sequence[ColumnEncoding]) -> Self:
        """The numbers are the logits, those of the first position first."""
        return cls(numbers.unflatten(1, (len(columns), columns[0].width)))

    @property
    def mean(self) -> Tensor:
        """Probability of each category at each position, shape (replicas, L C, patients)."""
        return self.logits.softmax(dim=2).flatten(1, 2)

    def log_prob(self, x: Tensor) -> Tensor:
        """The logarithm of the probability of the category that ``x`` marks, shape (replicas, L, patients)."""
        marked = x.unflatten(-2, self.logits.shape[1:3])
        return (marked * self.logits).sum(dim=-2) - self.logits.logsumexp(dim=2) * marked.sum(dim=-2)

    def sample(self, generators: Sequence[torch.Generator]) -> Tensor:
        """One-hot draws by the Gumbel-max trick (Maddison et al. 2014)."""
        uniform = random_numbers(torch.rand, self.logits, generators)
        best = (self.logits - (-uniform.log()).log()).argmax(dim=2)
        drawn = functional.one_hot(best, self.logits.shape[2]).transpose(2, 3)
        return drawn.to(self.logits.dtype).flatten(1, 2)

    def expectation(self, columns: Sequence[ColumnEncoding]) -> Tensor:
        """Probability of each category at each position."""
        return self.mean.double()
