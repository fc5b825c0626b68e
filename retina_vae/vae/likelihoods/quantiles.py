"""Quantiles of mixtures, by inverting their distribution functions."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

__all__ = ["Components", "Level", "cantelli", "invert", "normal_mixture_quantile"]

Components = tuple[Tensor, ...]
"""Parameters of the distributions that are mixed, each of shape (components, cells)."""

Level = float | Tensor
"""Between 0 and 1, one for all cells or of shape (cells,)."""

_STEPS = 60
"""More than any distribution needs: each step at least halves what two of them leave."""

_NARROW = 1e-9
"""Relative width of a bracket that is a point."""

_CLOSE = 1e-5
"""A level is reached where the normal score is off by no more: no interval differs by so few standard deviations."""


def invert(cdf: Callable[[Tensor], Tensor], level: Level, low: Tensor, high: Tensor) -> Tensor:
    """Where distribution functions reach a level, shape (cells,), in double precision.

    The secant rule on normal scores, on which a mixture of about normal distributions is about a straight line, inside
    a bracket (the Illinois rule; Dowell and Jarratt 1971), with a bisection wherever that gains little.

    Args:
        cdf: From numbers of shape (cells,) to probabilities; continuous and rising from ``low`` to ``high``.
        level: Which quantile.
        low: Numbers below the quantiles, shape (cells,).
        high: Numbers above them.
    """
    low, high = low.double(), high.double()
    target = _normal_score(low.new_zeros(low.shape) + level)
    below, above = _normal_score(cdf(low)) - target, _normal_score(cdf(high)) - target
    at, done = (low + high) / 2, torch.zeros_like(low, dtype=torch.bool)
    for step in range(_STEPS):
        proposed = (low + high) / 2
        if step % 3 < 2:
            secant = low - below * (high - low) / (above - below).clamp(min=1e-300)
            proposed = torch.where((secant > low) & (secant < high), secant, proposed)
        # A cell that is done stays where it is, so that it does not depend on the others.
        at = torch.where(done, at, proposed)
        missed = _normal_score(cdf(at)) - target
        under = missed < 0
        # The end that stays counts half, so that the next secant leaves it too.
        below, above = torch.where(under, missed, below / 2), torch.where(under, above / 2, missed)
        low, high = torch.where(under, at, low), torch.where(under, high, at)
        done |= (missed.abs() < _CLOSE) | (high - low <= _NARROW * (1 + at.abs()))
        if bool(done.all()):
            break
    return at


def normal_mixture_quantile(level: Level, mean: Tensor, sd: Tensor, weights: Tensor) -> Tensor:
    """The quantile of a mixture of normal distributions, shape (cells,).

    Args:
        level: Which quantile.
        mean: Of the components, shape (components, cells).
        sd: Their standard deviations, which broadcast against it.
        weights: Of the components, shape (components, cells); they sum to 1 in each cell.
    """
    slope = 1 / (math.sqrt(2) * sd.expand_as(mean))
    start, shares = mean * slope, weights.to(mean.dtype)

    def cdf(at: Tensor) -> Tensor:
        return (1 + (shares * torch.erf(at.to(mean.dtype) * slope - start)).sum(dim=0).double()) / 2

    center = (weights * mean).sum(dim=0)
    spread = (weights * ((mean - center).square() + sd.square())).sum(dim=0).sqrt()
    return invert(cdf, level, *cantelli(level, center, spread))


def cantelli(level: Level, mean: Tensor, sd: Tensor) -> tuple[Tensor, Tensor]:
    """Numbers between which any distribution of this mean and standard deviation has its quantile (Cantelli 1928)."""
    chance = torch.as_tensor(level, dtype=torch.float64)
    odds = (chance / (1 - chance)).sqrt()
    margin = 1e-9 + 1e-6 * sd
    return mean - sd / odds - margin, mean + sd * odds + margin


def _normal_score(probability: Tensor) -> Tensor:
    return torch.special.ndtri(probability.clamp(1e-300, 1 - 1e-16))
