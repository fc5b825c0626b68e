"""Likelihoods p(x | z): what the decoder returns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from torch import Tensor

__all__ = ["ClippedBernoulli", "Likelihood", "SquaredError", "likelihood"]


class Likelihood(Protocol):
    """A distribution over patients, one factor per column."""

    def log_prob(self, x: Tensor) -> Tensor:
        """log p(x | z) per column in nats; ``x`` broadcasts against (replicas, columns, patients)."""
        ...

    @property
    def mean(self) -> Tensor:
        """The decoder's output for each column, shape (replicas, columns, patients)."""
        ...


@dataclass(frozen=True)
class ClippedBernoulli:
    """The paper's sigmoid output with Keras's binary cross-entropy, p clipped to [floor, 1 - floor].

    For x in {0, 1} it is a Bernoulli distribution. On the paper's raw codes (race 0 to 4, age in years) it is a loss
    and no density: a target x > 1 pulls p to the upper clip, where the gradient ends and the value is
    x log(p) + (1 - x) log(1 - p) > 0. So every race code above 0 looks alike to it.
    """

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

    logits: Tensor

    @property
    def mean(self) -> Tensor:
        """Sigmoid output of each column."""
        return self.logits.sigmoid()

    def log_prob(self, x: Tensor) -> Tensor:
        """-(x - p)^2, per column."""
        return -(x - self.mean).square()


def likelihood(name: str, probability_floor: float) -> Callable[[Tensor], Likelihood]:
    """The likelihood that ``vae.reconstruction_loss`` names, as a function of the decoder's output.

    Raises:
        ValueError: There is none of that name.
    """
    if name == "binary_cross_entropy":
        return lambda logits: ClippedBernoulli(logits, probability_floor)
    if name == "squared_error":
        return SquaredError
    raise ValueError(f"expected 'binary_cross_entropy' or 'squared_error', got {name!r}")
