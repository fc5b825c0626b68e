"""Sigmoid outputs: a loss per input, and no density on raw codes."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from retina_vae.vae.likelihoods.base import observed_log_prob

__all__ = ["ClippedBernoulli", "ObservedSigmoid", "SquaredError"]


@dataclass(frozen=True)
class ClippedBernoulli:
    """A sigmoid output with Keras's binary cross-entropy, p clipped to [floor, 1 - floor].

    For x in {0, 1} it is a Bernoulli distribution. On raw codes (categories 0 to 4, a number in its unit) it is a loss
    and no density: a target x > 1 pulls p to the upper clip, where the gradient ends and the value is
    x log(p) + (1 - x) log(1 - p) > 0. So every code above 0 looks alike to it.
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


@dataclass(frozen=True)
class ObservedSigmoid:
    """Either of them for inputs with gaps: a feature that is NaN counts 0 and has no gradient."""

    likelihood: ClippedBernoulli | SquaredError

    @property
    def mean(self) -> Tensor:
        """That of the likelihood."""
        return self.likelihood.mean

    def log_prob(self, x: Tensor) -> Tensor:
        """That of the likelihood, per feature; 0 where the feature is NaN."""
        return observed_log_prob(self.likelihood, x)
