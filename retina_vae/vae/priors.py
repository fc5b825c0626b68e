"""Priors p(z): what a code is before a patient is seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from retina_vae.vae.gaussians import standard_normal_log_prob
from retina_vae.vae.posteriors import Posterior
from retina_vae.vae.replicas import replica_noise

__all__ = ["Prior", "StandardNormal", "kl_to_prior"]


class Prior(Protocol):
    """p(z) of every replica. One with parameters is a module, whose tensors have the replicas on their first axis."""

    def log_prob(self, z: Tensor) -> Tensor:
        """log p(z) in nats.

        Args:
            z: Codes, shape (replicas, latent dimensions, ...).

        Returns:
            Shape (replicas, ...).
        """
        ...

    def sample(self, shape: Sequence[int], generators: Sequence[torch.Generator], dtype: torch.dtype) -> Tensor:
        """Draws for each replica from its stream.

        Args:
            shape: (latent dimensions, ...).
            generators: One random stream per replica.
            dtype: Of the draws.

        Returns:
            Shape (replicas, latent dimensions, ...).
        """
        ...

    def kl_from(self, posterior: Posterior) -> Tensor | None:
        """KL(q(z | x) || p(z)) in nats, shape (replicas, patients); None where it has no closed form."""
        ...

    def kl_by_dimension(self, posterior: Posterior) -> Tensor:
        """KL of each dimension on its own from the prior's, (replicas, latent dimensions, patients).

        Not a number where it has no closed form.
        """
        ...


@dataclass(frozen=True)
class StandardNormal:
    """p(z) = N(0, I)."""

    def log_prob(self, z: Tensor) -> Tensor:
        """-1/2 sum_j (z_j^2 + log 2 pi)."""
        return standard_normal_log_prob(z)

    def sample(self, shape: Sequence[int], generators: Sequence[torch.Generator], dtype: torch.dtype) -> Tensor:
        """Standard normal numbers."""
        return replica_noise(shape, generators, dtype)

    def kl_from(self, posterior: Posterior) -> Tensor:
        """Every family of posteriors has a closed form (Kingma and Welling 2014, appendix B)."""
        return posterior.kl_to_standard_normal()

    def kl_by_dimension(self, posterior: Posterior) -> Tensor:
        """(sigma_j^2 + mu_j^2 - 1) / 2 - log sigma_j, with sigma_j^2 on the diagonal of the covariance."""
        scale = posterior.scale
        return (scale.square() + posterior.mean.square() - 1) / 2 - scale.log()


def kl_to_prior(posterior: Posterior, prior: Prior, noise: Tensor) -> Tensor:
    """KL(q(z | x) || p(z)) in nats, shape (replicas, patients), differentiable in both.

    Exact where the prior has a closed form; else the mean of log q(z | x) - log p(z) over reparametrised draws, which
    is unbiased.

    Args:
        posterior: Of the patients.
        prior: Of the model.
        noise: Standard normal numbers, shape (replicas, latent dimensions, draws, patients); a closed form needs none.
    """
    exact = prior.kl_from(posterior)
    if exact is not None:
        return exact
    return (posterior.log_prob_of_draws(noise) - prior.log_prob(posterior.rsample(noise))).mean(dim=1)
