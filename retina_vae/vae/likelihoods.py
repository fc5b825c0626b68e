"""Likelihoods p(x | z): what the decoder returns, one factor per column.

``ClippedBernoulli`` and ``SquaredError`` are the paper's sigmoid output, a loss rather than a density on its raw
codes. ``TypedLikelihood`` is a density: the product of a Gaussian, Bernoulli or categorical factor per column.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

import torch
from torch import Tensor
from torch.nn import functional

__all__ = [
    "Bernoulli",
    "Categorical",
    "ClippedBernoulli",
    "ColumnLikelihood",
    "Gaussian",
    "Likelihood",
    "SquaredError",
    "TypedLikelihood",
]


class Likelihood(Protocol):
    """A distribution over patients, one factor per column."""

    normalized: ClassVar[bool]
    """Whether it sums and integrates to 1 over patients, so that log p(x) is a number of nats."""

    def log_prob(self, x: Tensor) -> Tensor:
        """log p(x | z) per column in nats, shape (replicas, columns, patients).

        Args:
            x: Features that broadcast against (replicas, features, patients).
        """
        ...

    @property
    def mean(self) -> Tensor:
        """E[x | z] of each feature, shape (replicas, features, patients)."""
        ...


@dataclass(frozen=True)
class ClippedBernoulli:
    """The paper's sigmoid output with Keras's binary cross-entropy, p clipped to [floor, 1 - floor].

    For x in {0, 1} it is a Bernoulli distribution. On the paper's raw codes (race 0 to 4, age in years) it is a loss
    and no density: a target x > 1 pulls p to the upper clip, where the gradient ends and the value is
    x log(p) + (1 - x) log(1 - p) > 0. So every race code above 0 looks alike to it.
    """

    normalized: ClassVar[bool] = False

    logits: Tensor
    floor: float

    @property
    def mean(self) -> Tensor:
        """Clipped probability of each column."""
        return self.logits.sigmoid().clamp(self.floor, 1 - self.floor)

    def log_prob(self, x: Tensor) -> Tensor:
        """x log(p) + (1 - x) log(1 - p), per column."""
        p = self.mean
        return x * p.log() + (1 - x) * (-p).log1p()


@dataclass(frozen=True)
class SquaredError:
    """A sigmoid output with the squared error -(x - p)^2, which is a Gaussian of variance 1/2 up to a constant."""

    normalized: ClassVar[bool] = False

    logits: Tensor

    @property
    def mean(self) -> Tensor:
        """Sigmoid output of each column."""
        return self.logits.sigmoid()

    def log_prob(self, x: Tensor) -> Tensor:
        """-(x - p)^2, per column."""
        return -(x - self.mean).square()


class ColumnLikelihood(Protocol):
    """The factor of one column, or of several columns of one feature each."""

    def log_prob(self, x: Tensor) -> Tensor:
        """log p(x | z) per column in nats; ``x`` broadcasts against (replicas, features, patients)."""
        ...

    @property
    def mean(self) -> Tensor:
        """E[x | z], shape (replicas, features, patients)."""
        ...

    def sample(self, generators: Sequence[torch.Generator]) -> Tensor:
        """One draw per patient, replica i's from ``generators[i]``; shaped as ``mean``."""
        ...


@dataclass(frozen=True)
class Gaussian:
    """A number: N(mean, sigma^2), ``log_scale`` is log sigma and broadcasts against ``mean``."""

    mean: Tensor
    log_scale: Tensor

    def log_prob(self, x: Tensor) -> Tensor:
        """The log-density, per column and unit of the feature."""
        squares = ((x - self.mean) * (-self.log_scale).exp()).square()
        return -squares / 2 - self.log_scale - math.log(2 * math.pi) / 2

    def sample(self, generators: Sequence[torch.Generator]) -> Tensor:
        """mean + sigma * noise."""
        noise = _random(torch.randn, self.mean, generators)
        return self.mean + self.log_scale.exp() * noise


@dataclass(frozen=True)
class Bernoulli:
    """A finding of 0 or 1, present with the probability sigmoid(logits)."""

    logits: Tensor

    @property
    def mean(self) -> Tensor:
        """Probability that the finding is present."""
        return self.logits.sigmoid()

    def log_prob(self, x: Tensor) -> Tensor:
        """x log(p) + (1 - x) log(1 - p), without overflow at any logit."""
        return x * self.logits - functional.softplus(self.logits)

    def sample(self, generators: Sequence[torch.Generator]) -> Tensor:
        """0 or 1."""
        return (_random(torch.rand, self.logits, generators) < self.mean).to(self.logits.dtype)


@dataclass(frozen=True)
class Categorical:
    """One column of C categories, one-hot: probabilities softmax(logits) over the features."""

    logits: Tensor

    @property
    def mean(self) -> Tensor:
        """Probability of each category."""
        return self.logits.softmax(dim=1)

    def log_prob(self, x: Tensor) -> Tensor:
        """The logarithm of the probability of the category that ``x`` marks; one column."""
        return (x * self.logits.log_softmax(dim=1)).sum(dim=1, keepdim=True)

    def sample(self, generators: Sequence[torch.Generator]) -> Tensor:
        """One-hot draws by the Gumbel-max trick (Maddison et al. 2014)."""
        uniform = _random(torch.rand, self.logits, generators)
        best = (self.logits - (-uniform.log()).log()).argmax(dim=1)
        return functional.one_hot(best, self.logits.shape[1]).mT.to(self.logits.dtype)


@dataclass(frozen=True)
class TypedLikelihood:
    """The product of the columns' factors, in the order of the columns.

    ``factors`` holds each factor with its place among the features.
    """

    normalized: ClassVar[bool] = True

    factors: tuple[tuple[slice, ColumnLikelihood], ...]

    @property
    def mean(self) -> Tensor:
        """E[x | z] of each feature."""
        return torch.cat([factor.mean for _, factor in self.factors], dim=1)

    def log_prob(self, x: Tensor) -> Tensor:
        """log p(x | z) per column; the table's is their sum over the observed columns."""
        return torch.cat([factor.log_prob(x[..., place, :]) for place, factor in self.factors], dim=1)

    def sample(self, generators: Sequence[torch.Generator]) -> Tensor:
        """One patient per code, shape (replicas, features, patients); replica i draws from ``generators[i]``."""
        return torch.cat([factor.sample(generators) for _, factor in self.factors], dim=1)


def _random(draw: Callable[..., Tensor], like: Tensor, generators: Sequence[torch.Generator]) -> Tensor:
    """Random numbers in the shape of ``like``, drawn on the CPU so that a seed means the same everywhere."""
    numbers = [draw(like.shape[1:], generator=generator, dtype=like.dtype) for generator in generators]
    return torch.stack(numbers).to(like.device)
