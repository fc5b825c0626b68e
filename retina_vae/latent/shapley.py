"""Shapley values: what each of several columns adds to a number that all of them together make."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

__all__ = ["EXACT_UP_TO", "EverySubset", "SampledOrders", "SubsetSums", "orderings"]

EXACT_UP_TO = 8
"""Columns up to which every subset of them is summed."""

_PAIRS = 16
_SEED = 20_260_131


class SubsetSums(Protocol):
    """Which subsets S of the columns are looked at, and how their values v(S) become contributions."""

    @property
    def count(self) -> int:
        """How many subsets, the empty one first and all columns last; some may be there several times."""
        ...

    def sums(self, terms: Tensor) -> Tensor:
        """Sums of the terms over each subset.

        Args:
            terms: Shape (patients, columns, points).

        Returns:
            Shape (patients, subsets, points).
        """
        ...

    def contributions(self, values: Tensor) -> tuple[Tensor, Tensor]:
        """Shapley values of v, and the squared standard errors of their sampling (0 where nothing is sampled).

        Args:
            values: v(S) of each subset, shape (..., subsets).

        Returns:
            Both of shape (..., columns). The values add up to v(all columns) - v(no column).
        """
        ...


def orderings(columns: int) -> SubsetSums:
    """Every subset of few columns, sampled orderings of many."""
    return EverySubset(columns) if columns <= EXACT_UP_TO else SampledOrders.antithetic(columns)


@dataclass(frozen=True)
class EverySubset:
    """All 2^p subsets of ``columns`` columns; bit j of a subset's number says whether it has column j.

    phi_j = sum over the S without j of s! (p - s - 1)! / p! (v(S and j) - v(S)), where S has s columns (Shapley 1953).
    """

    columns: int

    @property
    def count(self) -> int:
        """2^p."""
        return 2**self.columns

    def sums(self, terms: Tensor) -> Tensor:
        """Those of :class:`SubsetSums`, each from that of a smaller subset."""
        sums = terms.new_empty(len(terms), self.count, terms.shape[2])
        sums[:, 0] = 0
        for column in range(self.columns):
            place = 2**column
            torch.add(sums[:, :place], terms[:, column, None], out=sums[:, place : 2 * place])
        return sums

    def contributions(self, values: Tensor) -> tuple[Tensor, Tensor]:
        """Those of :class:`SubsetSums`."""
        found = values @ self._weights().to(values.dtype).T
        return found, torch.zeros_like(found)

    def _weights(self) -> Tensor:
        """How much v of each subset counts in each column's contribution, shape (columns, subsets)."""
        bits = (torch.arange(self.count) >> torch.arange(self.columns)[:, None]) & 1
        size = bits.sum(dim=0).tolist()
        p = self.columns
        # Of orderings, the share in which the others of S come before j and the rest after it.
        joined = [math.factorial(n - 1) * math.factorial(p - n) / math.factorial(p) if n else 0.0 for n in size]
        left = [math.factorial(n) * math.factorial(p - n - 1) / math.factorial(p) if n < p else 0.0 for n in size]
        with_column, without = (torch.tensor(shares, dtype=torch.float64) for shares in (joined, left))
        return torch.where(bits.bool(), with_column, -without)


@dataclass(frozen=True, eq=False)
class SampledOrders:
    """The beginnings of sampled orderings, each ordering followed by its reverse (Castro, Gomez and Tejada 2009).

    In the reverse a column comes late where it came early, so that the errors of a pair cancel in part.

    Attributes:
        orders: Columns in their order, shape (2 x pairs, columns).
    """

    orders: Tensor

    @classmethod
    def antithetic(cls, columns: int, pairs: int = _PAIRS, seed: int = _SEED) -> SampledOrders:
        """``pairs`` random orderings and their reverses; the same numbers give the same orderings."""
        generator = torch.Generator().manual_seed(seed)
        drawn = torch.stack([torch.randperm(columns, generator=generator) for _ in range(pairs)])
        return cls(torch.stack([drawn, drawn.flip(1)], dim=1).flatten(0, 1))

    @property
    def count(self) -> int:
        """One more than columns, for each ordering."""
        return len(self.orders) * (self.orders.shape[1] + 1)

    def sums(self, terms: Tensor) -> Tensor:
        """Those of :class:`SubsetSums`, ordering by ordering."""
        ordered = terms[:, self.orders].cumsum(dim=2)
        return torch.cat([torch.zeros_like(ordered[:, :, :1]), ordered], dim=2).flatten(1, 2)

    def contributions(self, values: Tensor) -> tuple[Tensor, Tensor]:
        """Those of :class:`SubsetSums`; the errors from how much the pairs differ."""
        steps = values.unflatten(-1, (len(self.orders), -1)).diff(dim=-1)
        places = self.orders.argsort(dim=1).expand_as(steps)
        pairs = steps.gather(-1, places).unflatten(-2, (-1, 2)).mean(dim=-2)
        return pairs.mean(dim=-2), pairs.var(dim=-2) / pairs.shape[-2]
