"""Approximate posteriors q(z | x): what the encoder returns."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

__all__ = ["DiagonalGaussian"]


@dataclass(frozen=True)
class DiagonalGaussian:
    """q(z | x) = N(mu, diag(sigma^2)).

    ``mean`` is mu and ``log_variance`` is log sigma^2, both of shape (replicas, latent dimensions, patients).
    """

    mean: Tensor
    log_variance: Tensor

    @classmethod
    def from_parameters(cls, parameters: Tensor) -> DiagonalGaussian:
        """Split an encoder's output of shape (replicas, 2 x latent dimensions, patients)."""
        mean, log_variance = parameters.chunk(2, dim=1)
        return cls(mean, log_variance)

    @property
    def scale(self) -> Tensor:
        """sigma, shape (replicas, latent dimensions, patients)."""
        return (self.log_variance / 2).exp()

    def rsample(self, noise: Tensor) -> Tensor:
        """Reparametrised draws z = mu + sigma * noise (Kingma and Welling 2014, section 2.4).

        Args:
            noise: Standard normal numbers of shape (replicas, latent dimensions, draws, patients).

        Returns:
            Draws of the same shape, differentiable in mu and sigma.
        """
        return torch.addcmul(self.mean.unsqueeze(2), self.scale.unsqueeze(2), noise)

    def kl_to_standard_normal(self) -> Tensor:
        """KL(q(z | x) || N(0, I)) in nats, shape (replicas, patients) (Kingma and Welling 2014, appendix B)."""
        variance = self.log_variance.exp()
        return (variance + self.mean.square() - 1 - self.log_variance).sum(dim=1) / 2

    def log_prob(self, z: Tensor) -> Tensor:
        """log q(z | x) in nats for draws as from :meth:`rsample`; shape (replicas, draws, patients)."""
        log_variance = self.log_variance.unsqueeze(2)
        squares = (z - self.mean.unsqueeze(2)).square() * (-log_variance).exp()
        return -(squares + log_variance + torch.log(torch.tensor(2 * torch.pi, dtype=z.dtype))).sum(dim=1) / 2
