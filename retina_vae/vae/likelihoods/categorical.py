"""Categories without an order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

import torch
from torch import Tensor
from torch.nn import functional

from retina_vae.cohort.encoding import ColumnEncoding
from retina_vae.vae.likelihoods.base import random_numbers

__all__ = ["Categorical"]


@dataclass(frozen=True)
class Categorical:
    """One column of C categories, one-hot: probabilities softmax(logits) over the features."""

    shared: ClassVar[bool] = False
    scales: ClassVar[int] = 0

    logits: Tensor

    @classmethod
    def from_numbers(cls, numbers: Tensor, log_scale: Tensor, columns: Sequence[ColumnEncoding]) -> Self:
        """The numbers are the logits."""
        return cls(numbers)

    @property
    def mean(self) -> Tensor:
        """Probability of each category."""
        return self.logits.softmax(dim=1)

    def log_prob(self, x: Tensor) -> Tensor:
        """The logarithm of the probability of the category that ``x`` marks; one column."""
        return (x * self.logits.log_softmax(dim=1)).sum(dim=1, keepdim=True)

    def sample(self, generators: Sequence[torch.Generator]) -> Tensor:
        """One-hot draws by the Gumbel-max trick (Maddison et al. 2014)."""
        uniform = random_numbers(torch.rand, self.logits, generators)
        best = (self.logits - (-uniform.log()).log()).argmax(dim=1)
        return functional.one_hot(best, self.logits.shape[1]).mT.to(self.logits.dtype)

    def expectation(self, columns: Sequence[ColumnEncoding]) -> Tensor:
        """Probability of each category."""
        return self.mean.double()
