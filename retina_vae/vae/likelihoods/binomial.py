"""Whole numbers from 0 to a maximum, the brightness of a pixel among them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar, Self

import numpy as np
import torch
from scipy import special
from torch import Tensor
from torch.nn import functional

from retina_vae.cohort.encoding import ColumnEncoding
from retina_vae.cohort.kinds import Coding
from retina_vae.vae.likelihoods.base import codings
from retina_vae.vae.likelihoods.quantiles import Components, Level

__all__ = ["Binomial"]

_SINGLE_UP_TO = 1024
"""The largest maximum for which single precision has digits enough, as of any pixel of one byte."""

_SAME_LEVEL = 1e-9
"""A level is reached by probabilities that fall short of it by rounding."""


@dataclass(frozen=True)
class Binomial:
    r"""k of n, each with the probability :math:`p = \mathrm{sigmoid}(\text{logit})`; of n = 1 a Bernoulli variable.

    .. math:: \log P(k) = \log \binom{n}{k} + k \,\text{logit} - n \,\mathrm{softplus}(\text{logit})

    Features are shares k / n, from which k is read off.

    Attributes:
        logits: Shape (replicas, columns, patients).
        largest: n of each column, shape (columns, 1), in double precision.
        same: n where all columns have the same, else None.
    """

    shared: ClassVar[bool] = True
    scales: ClassVar[int] = 0

    logits: Tensor
    largest: Tensor
    same: int | None

    @classmethod
    def from_numbers(cls, numbers: Tensor, log_scale: Tensor, columns: Sequence[ColumnEncoding]) -> Self:
        """The numbers are the logits."""
        different = {column.scale for column in columns}
        return cls(numbers, codings(columns, numbers)[1], int(different.pop()) if len(different) == 1 else None)

    @property
    def mean(self) -> Tensor:
        """p, the expected share."""
        return self.logits.sigmoid()

    def log_prob(self, x: Tensor) -> Tensor:
        """The logarithm of the probability of the number, per column.

        Of large numbers, and of columns with several maxima, in double precision: terms of thousands of nats leave
        single precision few digits of their difference.
        """
        if self.same is None or self.same > _SINGLE_UP_TO:
            return self._log_prob(x.double(), self.logits.double()).to(self.logits.dtype)
        return self._log_prob(x, self.logits)

    def _log_prob(self, x: Tensor, logits: Tensor) -> Tensor:
        n = self.largest if self.same is None else self.same
        count = (x * n).round()
        found = count * logits - n * functional.softplus(logits)
        return found if self.same == 1 else found + self._ways(count)

    def sample(self, generators: Sequence[torch.Generator]) -> Tensor:
        """Shares of numbers that are drawn by NumPy, seeded by the stream, which has no such draw of its own."""
        chance = self.mean.detach().double().cpu().numpy()
        n = self.largest.cpu().numpy().astype(np.int64)
        drawn = [_binomial(n, own, generator) for own, generator in zip(chance, generators, strict=True)]
        return torch.from_numpy(np.stack(drawn) / n).to(self.logits.device, self.logits.dtype)

    def expectation(self, columns: Sequence[ColumnEncoding]) -> Tensor:
        """n p."""
        return self.largest * self.mean.double()

    def parameters(self, column: int) -> tuple[Tensor, ...]:
        """The logit, and n."""
        logits = self.logits[:, column]
        return logits, self.largest[column].to(logits.dtype).expand_as(logits)

    @classmethod
    def mixture_quantile(cls, level: Level, parameters: Components, weights: Tensor, coding: Coding) -> Tensor:
        """The smallest number that is not exceeded with a probability of at least ``level``, by bisection."""
        chance, n = parameters[0].double().sigmoid().numpy(), round(coding.scale)
        wanted = np.asarray(level.numpy() if isinstance(level, Tensor) else level) - _SAME_LEVEL
        low, high = np.full(chance.shape[1], -1), np.full(chance.shape[1], n)
        # Below or at `low` there is too little, at `high` enough.
        while (high - low > 1).any():
            middle = (low + high) // 2
            enough = (weights.numpy() * special.bdtr(middle, n, chance)).sum(axis=0) >= wanted
            low, high = np.where(enough, low, middle), np.where(enough, middle, high)
        return torch.from_numpy(high.astype(np.float64))

    @classmethod
    def limited_mean(cls, parameters: Components, coding: Coding, low: Tensor, high: Tensor) -> Tensor:
        """n p, or the end that it lies beyond."""
        return (parameters[0].double().sigmoid() * coding.scale).clamp(low, high)

    def _ways(self, count: Tensor) -> Tensor:
        """The logarithm of the number of ways to choose so many."""
        if self.same is None:
            # Beyond the ends there is no way; what is asked there must be finite all the same.
            n, k = self.largest, count.clamp(min=0.0).minimum(self.largest)
            return torch.lgamma(n + 1) - torch.lgamma(k + 1) - torch.lgamma(n - k + 1)
        # Far cheaper than log-gamma functions.
        return _all_ways(self.same, count.dtype, count.device)[count.long().clamp(0, self.same)]


# A training step must not copy from the CPU, so what it has seen stays on the device.
@lru_cache(maxsize=64)
def _all_ways(n: int, dtype: torch.dtype, device: torch.device) -> Tensor:
    """log of n choose 0, 1, ... n."""
    count = np.arange(n + 1)
    ways = special.gammaln(n + 1) - special.gammaln(count + 1) - special.gammaln(n - count + 1)
    return torch.tensor(ways.tolist(), dtype=dtype, device=device)


def _binomial(
    n: np.ndarray[tuple[int, ...], np.dtype[np.int64]],
    chance: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
    generator: torch.Generator,
) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    rng = np.random.default_rng(int(torch.randint(2**63 - 1, (), generator=generator)))
    return rng.binomial(n, chance)
