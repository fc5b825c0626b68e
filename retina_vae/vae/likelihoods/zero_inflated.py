"""Numbers that are 0 for many patients and positive for the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

import torch
from torch import Tensor

from retina_vae.cohort.encoding import ColumnEncoding
from retina_vae.vae.likelihoods.bernoulli import Bernoulli
from retina_vae.vae.likelihoods.log_normal import LogNormal

__all__ = ["ZeroInflatedLogNormal"]


@dataclass(frozen=True)
class ZeroInflatedLogNormal:
    """One column: 0, or with the probability of ``above`` a log-normal number, ``size`` (Aitchison 1955).

    Features are whether the number is above 0, and the z-score of its logarithm, 0 where there is none.
    """

    shared: ClassVar[bool] = False
    scales: ClassVar[int] = 1

    above: Bernoulli
    size: LogNormal

    @classmethod
    def from_numbers(cls, numbers: Tensor, log_scale: Tensor, columns: Sequence[ColumnEncoding]) -> Self:
        """The logit of a number above 0, and the mean of the z-score then."""
        return cls(Bernoulli(numbers[:, :1]), LogNormal(numbers[:, 1:], log_scale))

    @property
    def mean(self) -> Tensor:
        """Probability of a number above 0, and that times the mean z-score."""
        above = self.above.mean
        return torch.cat([above, above * self.size.mean], dim=1)

    def log_prob(self, x: Tensor) -> Tensor:
        """log P(0), or log P(above 0) and the log-density of the z-score; one column."""
        above, size = x[..., :1, :], x[..., 1:, :]
        return self.above.log_prob(above) + above * self.size.log_prob(size)

    def sample(self, generators: Sequence[torch.Generator]) -> Tensor:
        """Whether the number is above 0, then how large it is."""
        above = self.above.sample(generators)
        return torch.cat([above, above * self.size.sample(generators)], dim=1)

    def expectation(self, columns: Sequence[ColumnEncoding]) -> Tensor:
        """P(above 0) times the mean of the numbers above 0, in the column's unit."""
        return self.above.expectation(columns) * self.size.expectation(columns)
