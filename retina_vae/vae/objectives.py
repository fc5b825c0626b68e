"""Objectives: short functions that return what each patient contributes; only training adds patients up."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor

from retina_vae.vae.model import VariationalAutoencoder

__all__ = ["ObjectiveTerms", "beta_elbo"]


class ObjectiveTerms(NamedTuple):
    """Per-patient terms, each of shape (replicas, patients); training minimises the mean of ``loss``."""

    loss: Tensor
    reconstruction: Tensor
    kl: Tensor


def beta_elbo(model: VariationalAutoencoder, x: Tensor, noise: Tensor, beta: float) -> ObjectiveTerms:
    """The negative evidence lower bound with a weighted KL term (Higgins et al. 2017, equation 4).

    loss = -E_q[log p(x | z)] + beta KL(q(z | x) || p(z)). The expectation is the average over L reparametrised draws
    (Kingma and Welling 2014, equation 7), the KL divergence is exact. With ``beta = 1`` it is the negative ELBO.

    Args:
        model: The replicas.
        x: Scaled inputs, shape (replicas, inputs, patients).
        noise: Standard normal numbers, shape (replicas, latent dimensions, L, patients).
        beta: Weight of the KL divergence.
    """
    posterior = model.encode(x)
    draws = noise.shape[2]
    z = posterior.rsample(noise).flatten(2)
    targets = x if draws == 1 else x.repeat(1, 1, draws)
    log_likelihood = model.decode(z).log_prob(targets).sum(dim=1)
    reconstruction = -log_likelihood.unflatten(1, (draws, -1)).mean(dim=1)
    kl = posterior.kl_to_standard_normal()
    return ObjectiveTerms(reconstruction + beta * kl, reconstruction, kl)
