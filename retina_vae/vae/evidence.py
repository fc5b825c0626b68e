"""The evidence log p(x) of each patient, by importance sampling."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from retina_vae.vae.model import VariationalAutoencoder
from retina_vae.vae.proposals import shares, weighted_proposals
from retina_vae.vae.replicas import replica_noise

__all__ = ["Evidence", "estimate_evidence", "log_evidence"]


class Evidence(NamedTuple):
    """What is known of log p(x) in nats; each of shape (replicas, patients).

    ``log_evidence`` is the logarithm of the mean importance weight plus ``bias``, ``standard_error`` its standard
    error; ``bias`` is what the logarithm of a mean lacks on average, as estimated; ``elbo`` is the mean of
    log p(x, z) - log q(z | x) over the draws from q.
    """

    log_evidence: Tensor
    standard_error: Tensor
    bias: Tensor
    elbo: Tensor


@torch.no_grad()
def log_evidence(model: VariationalAutoencoder, x: Tensor, noise: Tensor) -> Evidence:
    """Estimate log p(x) = log E_m[p(x, z) / m(z)] with S draws from m, a mixture of q(z | x) and wider ones.

    The standard error of the mean weight is the delta method's, s = sd(w) / (mean(w) sqrt(S)) of the weights w (Owen
    2013, Monte Carlo theory, methods and examples, chapter 9). The logarithm of a mean is biased downwards, by s^2 / 2
    to the second order, which is added. The wide draws keep the weights small, without which s would be too small
    (:func:`retina_vae.vae.proposals.weighted_proposals`).

    Args:
        model: R replicas with a typed likelihood and a posterior that has a density.
        x: Features, shape (replicas, features, patients).
        noise: Standard normal numbers, shape (replicas, latent dimensions, S, patients).
    """
    posterior, draws = model.encode(x), noise.shape[2]
    _, log_joint, log_w = weighted_proposals(model, posterior, x, noise)
    log_mean = torch.logsumexp(log_w, dim=1) - math.log(draws)
    error = (log_w - log_mean.unsqueeze(1)).exp().std(dim=1) / math.sqrt(draws)
    bias = error.square() / 2
    near = shares(draws).own
    elbo = (log_joint[:, :near] - posterior.log_prob_of_draws(noise[:, :, :near])).mean(dim=1)
    return Evidence(log_mean + bias, error, bias, elbo)


def estimate_evidence(
    model: VariationalAutoencoder,
    x: Tensor,
    draws: int,
    generators: Sequence[torch.Generator],
    points_per_batch: int = 2**12,
) -> Evidence:
    """:func:`log_evidence` of many patients in batches of bounded memory, each patient on its own.

    Args:
        model: R replicas.
        x: Features, shape (features, patients), on the model's device.
        draws: S, the draws per patient.
        generators: One random stream per replica.
        points_per_batch: Codes that are decoded at once, per replica; few enough to stay in the cache.
    """
    # One block for all patients: a small tensor kept from each batch would keep freed memory from being used again.
    found = x.new_empty(len(Evidence._fields), model.replicas, x.shape[1])
    size = max(1, points_per_batch // draws)
    for start in range(0, x.shape[1], size):
        batch = x[:, start : start + size]
        noise = replica_noise((model.latent_dim, draws, batch.shape[1]), generators, x.dtype).to(x.device)
        terms = log_evidence(model, batch.expand(model.replicas, -1, -1), noise)
        found[..., start : start + size] = torch.stack(terms)
    return Evidence(*found)
