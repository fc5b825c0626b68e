"""What the posterior makes of each latent dimension."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor

from retina_vae.vae.gaussians import Estimate, monte_carlo_kl
from retina_vae.vae.posteriors import Posterior
from retina_vae.vae.priors import Prior

__all__ = ["ACTIVE_ABOVE", "PosteriorDiagnostics", "aggregate_kl", "posterior_diagnostics"]

ACTIVE_ABOVE = 0.01
"""A dimension is active where the variance of its posterior mean over the patients exceeds this (Burda et al. 2016)."""


_DENSITIES_AT_ONCE, _COMPONENTS_AT_ONCE = 2**14, 2**12


class PosteriorDiagnostics(NamedTuple):
    """Per replica and latent dimension, each of shape (replicas, latent dimensions).

    Attributes:
        kl: Mean over the patients of KL(q(z_j | x) || p(z_j)) in nats, of the dimension on its own.
        mean_variance: Variance over the patients of the posterior mean; the dimension is active above
            ``ACTIVE_ABOVE``.
        mean_scale: Mean over the patients of the posterior's standard deviation: 1 where the dimension says nothing.
        aggregate_mean: Mean of the aggregated posterior q(z_j), which is 0 under N(0, I).
        aggregate_scale: Standard deviation of the aggregated posterior, which is 1 under N(0, I).
    """

    kl: Tensor
    mean_variance: Tensor
    mean_scale: Tensor
    aggregate_mean: Tensor
    aggregate_scale: Tensor

    @property
    def active_units(self) -> Tensor:
        """Number of active dimensions of each replica, shape (replicas,)."""
        return (self.mean_variance > ACTIVE_ABOVE).sum(dim=1)


def posterior_diagnostics(posterior: Posterior, prior: Prior) -> PosteriorDiagnostics:
    """Diagnose the posterior of all patients beside the prior. A point has an infinite ``kl``."""
    mean, scale = posterior.mean, posterior.scale
    variance = scale.square()
    spread = mean.var(dim=2, correction=0)
    return PosteriorDiagnostics(
        kl=prior.kl_by_dimension(posterior).mean(dim=2),
        mean_variance=spread,
        mean_scale=scale.mean(dim=2),
        aggregate_mean=mean.mean(dim=2),
        # Law of total variance.
        aggregate_scale=(spread + variance.mean(dim=2)).sqrt(),
    )


def aggregate_kl(posterior: Posterior, prior: Prior, noise: Tensor, patients: Tensor | None = None) -> Estimate:
    """KL(q(z) || p(z)) of the aggregated posterior q(z) = 1/N sum_i q(z | x_i), in nats per replica.

    A mixture of N Gaussians has no closed form, so this is a Monte-Carlo estimate: one draw from each of n components,
    whose density is the mean over all N. The prior's holes and the codes outside it both raise it. It is computed in
    double precision, because narrow components are held against draws that lie many of their widths away.

    Fewer draws leave it without bias and raise its standard error. Fewer components would not: the mean of some of them
    stands too low between the codes, and its logarithm is off by more the narrower they are.

    Args:
        posterior: Of N patients; the cost grows with n N.
        prior: p(z).
        noise: Standard normal numbers, shape (replicas, latent dimensions, 1, n).
        patients: Positions of the n patients whose components the draws come from; all N by default.
    """
    drawn_from = posterior if patients is None else posterior.take(patients)
    z, count = drawn_from.double().rsample(noise.double())[:, :, 0], posterior.mean.shape[2]
    blocks = [
        _log_sums(posterior.take(slice(start, start + _COMPONENTS_AT_ONCE)).double(), z)
        for start in range(0, count, _COMPONENTS_AT_ONCE)
    ]
    log_q = torch.logsumexp(torch.stack(blocks), dim=0) - math.log(count)
    return monte_carlo_kl(log_q.T, prior.log_prob(z).T)


def _log_sums(components: Posterior, z: Tensor) -> Tensor:
    """Logarithm of the summed densities of codes z (replicas, d, n) under these patients, shape (replicas, n)."""
    count = components.mean.shape[2]
    sums, size = z.new_empty(len(z), z.shape[2]), max(1, _DENSITIES_AT_ONCE // count)
    for start in range(0, z.shape[2], size):
        # log_prob takes draws per patient; here every draw is held against every patient.
        part = z[:, :, start : start + size].unsqueeze(3).expand(-1, -1, -1, count)
        sums[:, start : start + size] = torch.logsumexp(components.log_prob(part), dim=2)
    return sums
