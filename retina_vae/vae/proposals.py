"""Draws that importance sampling weighs: most from q(z | x), others from further out, so that no weight is huge."""

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

__all__ = [
    "WIDER",
    "Proposals",
    "Shares",
    "common_noise",
    "log_mixture",
    "mixture_draws",
    "shares",
    "shifted_points",
    "weighted_proposals",
]

WIDER = 2.0
"""Scale of the wide draws beside that of q(z | x)."""


class Proposals(NamedTuple):
    """Codes, shape (replicas, d, draws, patients), and two numbers of each in nats, (replicas, draws, patients).

    ``log_joint`` is log p(x, z), ``log_weights`` the same minus the logarithm of the density that z was drawn from.
    """

    codes: Tensor
    log_joint: Tensor
    log_weights: Tensor


class Shares(NamedTuple):
    """How many draws come from q(z | x), from the same with twice the scale, and from N(0, I), in this order."""

    own: int
    wide: int
    prior: int


def shares(draws: int) -> Shares:
    """Five eighths, a quarter, and an eighth; fewer than four draws all come from q."""
    wide, prior = draws // 4, draws // 8
    return Shares(draws - wide - prior, wide, prior)


def weighted_proposals(model: VariationalAutoencoder, posterior: Posterior, x: Tensor, noise: Tensor) -> Proposals:
    """Draws from m(z) = 5/8 q(z | x) + 1/4 q_2(z | x) + 1/8 N(z; 0, I) with the weights p(x, z) / m(z).

    q alone is often narrower than p(z | x), or knows one of its modes: the weights of the few draws in its tails are
    then huge and much of the posterior is never proposed. q_2 is q with twice its scale, and reaches the tails; with
    N(0, I), the prior of every model that a setting names, a weight is at most 8 p(x | z) (defensive importance
    sampling, Hesterberg 1995). The shares are numbers of draws and no chances, which only lowers the variance (Owen
    and Zhou 2000); m has the shares that were drawn.

    Args:
        model: R replicas with a typed likelihood.
        posterior: q(z | x) of the patients, a Gaussian.
        x: Features, shape (replicas, features, patients).
        noise: Standard normal numbers, shape (replicas, latent dimensions, draws, patients), or of one patient where
            all have the same.
    """
    z, log_m = mixture_draws(posterior, noise)
    log_joint = log_likelihood(model, z, x) + model.prior.log_prob(z)
    return Proposals(z, log_joint, log_joint - log_m)


def mixture_draws(posterior: Posterior, noise: Tensor) -> tuple[Tensor, Tensor]:
    """The draws of :func:`weighted_proposals`, and log m(z) of each, whatever is weighed at them.

    Returns:
        Codes, shape (replicas, latent dimensions, draws, patients), and log m, (replicas, draws, patients).
    """
    own, wide, prior = shares(noise.shape[2])
    scaled = torch.cat([noise[:, :, :own], WIDER * noise[:, :, own : own + wide]], dim=2)
    far = noise[:, :, own + wide :]
    near, log_q = posterior.rsample(scaled), posterior.log_prob_of_draws(scaled)
    z = torch.cat([near, far.expand(-1, -1, -1, near.shape[3])], dim=2)
    if prior:
        log_q = torch.cat([log_q, posterior.log_prob(far)], dim=1)
    return z, log_mixture(posterior, z, log_q, shares(z.shape[2]))


def log_mixture(posterior: Posterior, z: Tensor, log_q: Tensor, parts: Shares) -> Tensor:
    """log m(z) of the mixture with these shares, at draws or any other codes.

    Args:
        posterior: q(z | x) of the patients, a Gaussian.
        z: Codes, shape (replicas, latent dimensions, codes, patients).
        log_q: log q(z | x), shape (replicas, codes, patients).
        parts: Numbers of draws.
    """
    # Of a Gaussian, log q at its mean minus log q is half the squared distance, which is 4 times smaller under q_2.
    highest = posterior.log_prob_of_draws(torch.zeros_like(z[:, :, :1]))
    log_wide = highest - (highest - log_q) / WIDER**2 - z.shape[1] * math.log(WIDER)
    own, wide, prior = parts
    densities = [(own, log_q), (wide, log_wide), (prior, standard_normal_log_prob(z))]
    terms = [values + math.log(count / sum(parts)) for count, values in densities if count]
    return torch.logsumexp(torch.stack(terms), dim=0)


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


def common_noise(latent_dim: int, draws: int, seed: int) -> Tensor:
    """Standard normal points for every patient alike, shape (1, d, draws, 1).

    They are scrambled Sobol points (Owen 1998) through the inverse normal distribution function, which estimate a
    probability more closely than as many independent draws.
    """
    uniform = torch.quasirandom.SobolEngine(latent_dim, scramble=True, seed=seed).draw(draws, dtype=torch.float64)
    # The ends would be infinite.
    return torch.special.ndtri(uniform.clamp(1e-9, 1 - 1e-9)).float().T.reshape(1, latent_dim, draws, 1)
