"""Draws that importance sampling weighs: most from q(z | x), some from N(0, I), so that no weight is without bound."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from retina_vae.vae.gaussians import standard_normal_log_prob
from retina_vae.vae.model import VariationalAutoencoder
from retina_vae.vae.objectives import log_likelihood
from retina_vae.vae.posteriors import Posterior

__all__ = ["Proposals", "own_draws", "shifted_points", "weighted_proposals"]

_DEFENSIVE_ONE_IN = 4


class Proposals(NamedTuple):
    """Codes, shape (replicas, d, draws, patients), and two numbers of each in nats, (replicas, draws, patients).

    ``log_joint`` is log p(x, z), ``log_weights`` the same minus the logarithm of the density that z was drawn from.
    """

    codes: Tensor
    log_joint: Tensor
    log_weights: Tensor


def own_draws(draws: int) -> int:
    """How many of the draws, the first ones, come from q(z | x); the others, a quarter, come from N(0, I)."""
    return draws - draws // _DEFENSIVE_ONE_IN


def weighted_proposals(model: VariationalAutoencoder, posterior: Posterior, x: Tensor, noise: Tensor) -> Proposals:
    """Draws from m(z) = 3/4 q(z | x) + 1/4 N(z; 0, I) with the weights p(x, z) / m(z).

    q alone is often narrower than p(z | x), or knows one of its modes: the weights of the few draws in its tails are
    then huge and most of the posterior is never proposed. With N(0, I), the prior of every model that a setting names,
    a weight is at most 4 p(x | z) (defensive importance sampling, Hesterberg 1995). The shares are numbers of draws
    and no chances, which only lowers the variance (Owen and Zhou 2000); m has the shares that were drawn.

    Args:
        model: R replicas with a typed likelihood.
        posterior: q(z | x) of the patients; it has a density.
        x: Features, shape (replicas, features, patients).
        noise: Standard normal numbers, shape (replicas, latent dimensions, draws, patients). Fewer than four draws
            all come from q.
    """
    draws, own = noise.shape[2], own_draws(noise.shape[2])
    near, far = noise[:, :, :own], noise[:, :, own:]
    z = torch.cat([posterior.rsample(near), far], dim=2)
    log_q = posterior.log_prob_of_draws(near)
    if own < draws:
        log_q = torch.cat([log_q, posterior.log_prob(far)], dim=1) + math.log(own / draws)
        log_q = torch.logaddexp(log_q, standard_normal_log_prob(z) + math.log(1 - own / draws))
    log_joint = log_likelihood(model, z, x) + model.prior.log_prob(z)
    return Proposals(z, log_joint, log_joint - log_q)


def shifted_points(
    latent_dim: int, draws: int, patients: int, generators: Sequence[torch.Generator], dtype: torch.dtype
) -> Tensor:
    """Standard normal points that fill the space evenly, of each patient and replica on its own.

    The same scrambled Sobol points (Owen 1998), shifted by a uniform number per dimension, patient and replica
    modulo 1 (Cranley and Patterson 1976), through the inverse normal distribution function. Every point is standard
    normal; means over them vary less than over as many independent ones.

    Returns:
        Shape (replicas, latent dimensions, draws, patients).
    """
    points = torch.quasirandom.SobolEngine(latent_dim, scramble=True, seed=1).draw(draws, dtype=torch.float64).T
    shifts = torch.stack([torch.rand(latent_dim, 1, patients, generator=own, dtype=dtype) for own in generators])
    uniform = (points.to(dtype).unsqueeze(2) + shifts) % 1.0
    # The ends would be infinite.
    return torch.special.ndtri(uniform.clamp(1e-7, 1 - 1e-7))
