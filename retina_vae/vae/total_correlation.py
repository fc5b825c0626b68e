"""What the KL divergence of the codes consists of, estimated from the patients of a batch (Chen et al. 2018)."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor

from retina_vae.vae.posteriors import DiagonalGaussian, Posterior
from retina_vae.vae.priors import Prior

__all__ = ["DivergenceParts", "divergence_parts", "total_correlation"]


class DivergenceParts(NamedTuple):
    """Three parts of KL(q(z | x) || p(z)), in nats, each of shape (replicas, patients)."""

    mutual_information: Tensor
    """E[log q(z | x) - log q(z)]: how much a code says about whose it is."""
    total_correlation: Tensor
    """E[log q(z) - sum_j log q(z_j)]: how far the coordinates are from independent of each other."""
    dimension_wise: Tensor
    """E[sum_j log q(z_j) - log p(z)]: how far each coordinate on its own is from the prior."""


def divergence_parts(posterior: Posterior, prior: Prior, noise: Tensor) -> DivergenceParts:
    """The three parts (Chen, Li, Grosse and Duvenaud 2018, equation 2), each the mean over the draws.

    They add up to the Monte-Carlo estimate of the KL divergence from the same draws, whatever q(z) is taken for.

    Args:
        posterior: Of the patients of a batch, with independent dimensions.
        prior: Of the model.
        noise: Standard normal numbers, shape (replicas, latent dimensions, draws, patients).

    Raises:
        ValueError: The posterior is no Gaussian with independent dimensions.
    """
    z = posterior.rsample(noise)
    joint, margins = _log_aggregate(posterior, z)
    information = posterior.log_prob_of_draws(noise) - joint
    return DivergenceParts(
        information.mean(dim=1), (joint - margins).mean(dim=1), (margins - prior.log_prob(z)).mean(dim=1)
    )


def total_correlation(posterior: Posterior, noise: Tensor) -> Tensor:
    """The second part alone, shape (replicas, patients); arguments and errors as :func:`divergence_parts`.

    A batch is no cohort: each patient's own q(z | x) weighs 1 / M in q(z) instead of 1 / N, so that the value is too
    high, the more so the fewer patients there are and the narrower their posteriors.
    """
    joint, margins = _log_aggregate(posterior, posterior.rsample(noise))
    return (joint - margins).mean(dim=1)


def _log_aggregate(posterior: Posterior, z: Tensor) -> tuple[Tensor, Tensor]:
    """log q(z) and sum_j log q(z_j) of draws (replicas, dimensions, draws, patients), without the dimensions.

    Minibatch-weighted sampling (Chen et al. 2018, equation S4): log q(z) is about log 1/(N M) sum_j q(z | x_j) over
    the M patients of the batch, each dimension likewise. The factor 1 / N is left out: it has no gradient, and without
    it a batch of all patients gives the exact aggregate.
    """
    if not isinstance(posterior, DiagonalGaussian):
        raise ValueError(f"expected a posterior with independent dimensions, got {type(posterior).__name__}")
    mean, log_variance = (own[:, :, None, None] for own in (posterior.mean, posterior.log_variance))
    # Patients whose draws they are on the axis before the last, patients whose posterior it is on the last one.
    squares = ((z.unsqueeze(4) - mean) * (-log_variance / 2).exp()).square()
    log_q = -(squares + log_variance + math.log(2 * math.pi)) / 2
    patients = math.log(z.shape[3])
    joint = torch.logsumexp(log_q.sum(dim=1), dim=3) - patients
    return joint, (torch.logsumexp(log_q, dim=4) - patients).sum(dim=1)
