"""Likelihood regret: by how much a posterior that is fitted to one patient alone beats the encoder's.

Xiao, Yan and Amit 2020, Likelihood regret: an out-of-distribution detection score for variational auto-encoder, arXiv
2003.02977.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from retina_vae.vae.model import VariationalAutoencoder
from retina_vae.vae.objectives import log_likelihood
from retina_vae.vae.posteriors import Posterior
from retina_vae.vae.priors import kl_to_prior
from retina_vae.vae.proposals import common_noise

__all__ = ["estimate_regret", "likelihood_regret", "matched_points"]

STEPS = 100
"""After which another step changes the order of patients little."""

STEP_SIZE = 0.1

_DECAYS = 0.9, 0.999
"""Of the running means of gradients and of their squares (Kingma and Ba 2015)."""

_FITTED_AT, _MEASURED_AT = 32, 128
"""Points at which a posterior is fitted, and others at which both are measured."""


def likelihood_regret(
    model: VariationalAutoencoder,
    x: Tensor,
    fitted_at: Tensor,
    measured_at: Tensor,
    steps: int = STEPS,
    step_size: float = STEP_SIZE,
) -> Tensor:
    """ELBO(q*) - ELBO(q), with q the encoder's posterior and q* the best of its family for the patient alone.

    The parameters of each q(z | x) (a mean and log-variances, or a mean and a Cholesky factor) start at what the
    encoder gives and climb the ELBO by Adam, whose steps fall to 0 along half a cosine; no weight of the model changes.
    As ELBO(q) = log p(x) - KL(q || p(z | x)), the regret is

        KL(q || p(z | x)) - min over q* of KL(q* || p(z | x)),

    which is KL(q || p(z | x)) where the family holds the decoder's own posterior. It is at least 0, and what the fit
    does not reach is taken to be nothing: numbers below 0 become 0. A patient whose parameters leave the numbers that
    can be computed has none.

    Args:
        model: R replicas with a Gaussian posterior.
        x: Features, shape (replicas, features, patients).
        fitted_at: Points of mean 0 and covariance I, shape (replicas, latent dimensions, points, 1), the same for all
            patients (:func:`matched_points`).
        measured_at: Others.
        steps: Of Adam.
        step_size: Of the first step.

    Returns:
        In nats, shape (replicas, patients).
    """
    with torch.no_grad():
        start = model.encoder(model.encoder_input(x))
    parameters, mean, square = start.clone(), torch.zeros_like(start), torch.zeros_like(start)
    for step in range(steps):
        parameters.requires_grad_()
        bound = _bound(model, _posterior(model, parameters), x, fitted_at).sum()
        (gradient,) = torch.autograd.grad(bound, parameters)
        # Adam treats every number on its own, so patients and replicas do not meet.
        mean.lerp_(gradient, 1 - _DECAYS[0])
        square.lerp_(gradient.square(), 1 - _DECAYS[1])
        first, second = (1 - decay ** (step + 1) for decay in _DECAYS)
        size = step_size * (1 + math.cos(math.pi * step / steps)) / 2
        parameters = parameters.detach() + size / first * mean / ((square / second).sqrt() + 1e-8)
    with torch.no_grad():
        before, after = (_bound(model, _posterior(model, own), x, measured_at) for own in (start, parameters))
    return (after - before).clamp(min=0)


def estimate_regret(
    model: VariationalAutoencoder, x: Tensor, steps: int = STEPS, patients_per_batch: int = 64
) -> Tensor:
    """:func:`likelihood_regret` of many patients in batches of bounded memory, each patient on its own.

    Args:
        model: R replicas, on the CPU.
        x: Features, shape (features, patients).
        steps: Of the fit.
        patients_per_batch: How many are fitted at once; few enough to stay in the cache.

    Returns:
        In nats, shape (replicas, patients).
    """
    fitted_at, measured_at = (
        matched_points(model.latent_dim, points, seed).to(x).expand(model.replicas, -1, -1, -1)
        for seed, points in enumerate((_FITTED_AT, _MEASURED_AT), start=1)
    )
    found = x.new_empty(model.replicas, x.shape[1])
    for start in range(0, x.shape[1], patients_per_batch):
        batch = x[:, start : start + patients_per_batch].expand(model.replicas, -1, -1)
        found[:, start : start + patients_per_batch] = likelihood_regret(model, batch, fitted_at, measured_at, steps)
    return found


def matched_points(latent_dim: int, points: int, seed: int) -> Tensor:
    """Points in pairs of opposite sign, with covariance I exactly, shape (1, d, points, 1), in double precision.

    The expectation of a quadratic function under a Gaussian is exact with them.

    Args:
        latent_dim: d.
        points: An even number, 2 d at least.
        seed: Of the Sobol points that they are made of.
    """
    half = common_noise(latent_dim, points // 2, seed)[0, :, :, 0].double()
    own = torch.cat([half, -half], dim=1)
    factor = torch.linalg.cholesky(own @ own.T / own.shape[1])
    return torch.linalg.solve_triangular(factor, own, upper=False)[None, :, :, None]


def _posterior(model: VariationalAutoencoder, parameters: Tensor) -> Posterior:
    return model.posterior.from_parameters(parameters, model.latent_dim)


def _bound(model: VariationalAutoencoder, posterior: Posterior, x: Tensor, noise: Tensor) -> Tensor:
    """The ELBO of each patient under a posterior, shape (replicas, patients)."""
    fit = log_likelihood(model, posterior.rsample(noise), x).mean(dim=1)
    return fit - kl_to_prior(posterior, model.prior, noise)
