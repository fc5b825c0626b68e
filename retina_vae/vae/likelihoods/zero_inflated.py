"""Numbers that are 0 for many patients and positive for the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

import torch
from torch import Tensor

from retina_vae.cohort.encoding import ColumnEncoding
from retina_vae.cohort.kinds import Coding
from retina_vae.vae.likelihoods.bernoulli import Bernoulli
from retina_vae.vae.likelihoods.log_normal import LogNormal
from retina_vae.vae.likelihoods.quantiles import Components, Level

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

    def parameters(self, column: int) -> tuple[Tensor, ...]:
        """P(above 0), and those of the size."""
        return self.above.mean[:, column], *self.size.parameters(column)

    @classmethod
    def mixture_quantile(cls, level: Level, parameters: Components, weights: Tensor, coding: Coding) -> Tensor:
        """0 up to the level P(0), above it the quantile of the sizes whose level is what remains."""
        above, *size = parameters
        shares = weights * above
        total = shares.sum(dim=0)
        # Where the quantile is 0, any level gives a number that is not looked at.
        rest = ((level - 1) / total.clamp(min=1e-12) + 1).clamp(min=1e-9)
        found = LogNormal.mixture_quantile(rest, tuple(size), shares / total, coding)
        return torch.where(1 - total >= level, torch.zeros_like(found), found)

    @classmethod
    def limited_mean(cls, parameters: Components, coding: Coding, low: Tensor, high: Tensor) -> Tensor:
        """The lower end in place of 0, or the size between the ends."""
        above, *size = parameters
        # A size is above 0, and so are the ends between which it is drawn.
        ends = low.clamp(min=1e-300), high.clamp(min=1e-300)
        return (1 - above) * low + above * LogNormal.limited_mean(tuple(size), coding, *ends)
