"""Integrals of a likelihood over scenes with the prior N(0, I), by adaptive importance sampling.

Population Monte Carlo (Cappe, Guillin, Marin and Robert 2004): each round draws from a proposal of its own for each
sweep, a Student distribution fitted to the weighted draws of the round before, whose weights are tempered where they
rest on too few draws. Every tenth draw comes from the prior, which bounds the weights (defensive mixture, Hesterberg
1995).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import lgamma, log, pi

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

__all__ = ["Evidence", "Sampling", "log_evidence"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

LogLikelihood = Callable[[IntArray, FloatArray], FloatArray]
"""log p(x | place) of items by their positions, shape (items, draws), at places of shape (items, draws, d); or at the
places of shape (draws, d), the same for all items."""

_FREEDOM = 5.0
_DEFENSIVE = 0.1
_WIDER = 1.2
_LEAST_VARIANCE = 1e-4
_TEMPERS = 0.6 ** np.arange(14)
_ITEMS = 32
"""At a time; few enough that their numbers stay in a processor's cache."""


@dataclass(frozen=True)
class Sampling:
    """How much is drawn.

    Attributes:
        first: Draws from the prior that the first proposals are fitted to, the same for all items.
        rounds: Rounds of proposals; the last alone counts.
        draws: Of each item in each round; in the last twice as many.
        least: Effective draws that a proposal is fitted to at least.
        seed: Of all draws.
    """

    first: int = 2048
    rounds: int = 3
    draws: int = 60
    least: float = 20.0
    seed: int = 1


@dataclass(frozen=True)
class Evidence:
    """log p(x) of items, with what is known of its error.

    Attributes:
        value: Logarithm of the mean weight, nats, shape (items,).
        error: Its standard error over the draws (delta method), nats, shape (items,).
    """

    value: FloatArray
    error: FloatArray


@dataclass(frozen=True)
class _Proposals:
    """A Student distribution for each item: means (items, d) and Cholesky factors (items, d, d)."""

    mean: FloatArray
    factor: FloatArray

    @classmethod
    def of(cls, places: FloatArray, log_weights: FloatArray, least: float) -> _Proposals:
        """Fitted to weighted draws, shapes (items, draws, d) and (items, draws)."""
        weights = _tempered(log_weights, least)
        mean = (weights[:, None] @ places)[:, 0]
        apart = places - mean[:, None]
        covariance = np.swapaxes(weights[..., None] * apart, 1, 2) @ apart
        covariance += _LEAST_VARIANCE * np.eye(places.shape[2])
        return cls(mean, np.asarray(_WIDER * np.linalg.cholesky(covariance), dtype=np.float64))

    def draw(self, count: int, rng: np.random.Generator) -> FloatArray:
        """Places of shape (items, count, d), the first tenth of them from the prior."""
        items, d = self.mean.shape
        found = rng.standard_normal((items, count, d))
        own = slice(_defensive(count), None)
        scale = np.sqrt(_FREEDOM / rng.chisquare(_FREEDOM, (items, count, 1)))
        found[:, own] = self.mean[:, None] + (found * scale)[:, own] @ np.swapaxes(self.factor, 1, 2)
        return found

    def log_density(self, places: FloatArray) -> FloatArray:
        """Of the mixture with the prior that :meth:`draw` draws from, shape (items, draws)."""
        count, d = places.shape[1:]
        share = _defensive(count) / count
        apart = (places - self.mean[:, None]) @ np.swapaxes(np.linalg.inv(self.factor), 1, 2)
        size = np.log(np.diagonal(self.factor, axis1=1, axis2=2)).sum(axis=1)[:, None]
        scale = lgamma((_FREEDOM + d) / 2) - lgamma(_FREEDOM / 2) - d / 2 * log(_FREEDOM * pi)
        student = scale - size - (_FREEDOM + d) / 2 * np.log1p((apart**2).sum(axis=2) / _FREEDOM)
        return np.logaddexp(log(1 - share) + student, log(share) + _log_prior(places))


def log_evidence(likelihood: LogLikelihood, items: int, dimension: int, sampling: Sampling) -> Evidence:
    """log of the integral of p(x | place) N(place; 0, I) over R^d, for each item x.

    Args:
        likelihood: log p(x | place).
        items: How many.
        dimension: d.
        sampling: How much is drawn.
    """
    first, found = np.random.default_rng([sampling.seed, dimension]).standard_normal((sampling.first, dimension)), []
    for start in range(0, items, _ITEMS):
        rng = np.random.default_rng([sampling.seed, dimension, start])
        positions = np.arange(start, min(start + _ITEMS, items))
        found.append(_log_weights(likelihood, positions, first, sampling, rng))
    log_weights = np.concatenate(found)
    count = log_weights.shape[1]
    variance = 1 / _effective(log_weights) - 1 / count
    return Evidence(logsumexp(log_weights, axis=1) - log(count), np.sqrt(np.maximum(variance, 0)))


def _log_weights(
    likelihood: LogLikelihood, items: IntArray, first: FloatArray, sampling: Sampling, rng: np.random.Generator
) -> FloatArray:
    """Of the last round's draws, shape (items, draws)."""
    places, log_weights = first[None], likelihood(items, first)
    for number in range(1, sampling.rounds + 1):
        proposals = _Proposals.of(places, log_weights, sampling.least)
        places = proposals.draw(sampling.draws * (2 if number == sampling.rounds else 1), rng)
        log_weights = likelihood(items, places) + _log_prior(places) - proposals.log_density(places)
    return log_weights


def _defensive(count: int) -> int:
    return max(round(_DEFENSIVE * count), 1)


def _log_prior(places: FloatArray) -> FloatArray:
    return np.asarray(-0.5 * (places**2).sum(axis=-1) - 0.5 * places.shape[-1] * log(2 * pi))


def _effective(log_weights: FloatArray) -> FloatArray:
    """(sum w)^2 / sum w^2 of each item (Kong 1992)."""
    scaled = np.exp(log_weights - log_weights.max(axis=1, keepdims=True))
    return np.asarray(scaled.sum(axis=1) ** 2 / (scaled**2).sum(axis=1))


def _tempered(log_weights: FloatArray, least: float) -> FloatArray:
    """Weights to the largest power of a list at which they rest on ``least`` effective draws, with the sum 1."""
    power = np.full(len(log_weights), _TEMPERS[-1])
    for temper in _TEMPERS[::-1]:
        power[_effective(temper * log_weights) >= least] = temper
    scaled = power[:, None] * log_weights
    weights: FloatArray = np.exp(scaled - logsumexp(scaled, axis=1, keepdims=True))
    return weights
