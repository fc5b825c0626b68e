"""The evidence log p(x) of each patient, by importance sampling."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from retina_vae.vae.model import VariationalAutoencoder
from retina_vae.vae.objectives import log_weights
from retina_vae.vae.replicas import replica_noise

__all__ = ["Evidence", "estimate_evidence", "log_evidence"]


class Evidence(NamedTuple):
    """What is known of log p(x) in nats; each of shape (replicas, patients).

    ``log_evidence`` is the logarithm of the mean importance weight, ``standard_error`` its standard error,
    ``elbo`` the mean of the logarithms of the same weights.
    """

    log_evidence: Tensor
    standard_error: Tensor
    elbo: Tensor


@torch.no_grad()
def log_evidence(model: VariationalAutoencoder, x: Tensor, noise: Tensor) -> Evidence:
    """Estimate log p(x) = log E_q[p(x, z) / q(z | x)] with S draws from the posterior.

    The logarithm of a mean is biased downwards, by about half the squared standard error, so the estimate never
    flatters the model. The standard error is the delta method's, sd(w) / (mean(w) sqrt(S)) of the weights w (Owen
    2013, Monte Carlo theory, methods and examples, chapter 9).

    Args:
        model: R replicas with a typed likelihood and a posterior that has a density.
        x: Features, shape (replicas, features, patients).
        noise: Standard normal numbers, shape (replicas, latent dimensions, S, patients).
    """
    log_likelihood, log_ratio = log_weights(model, model.encode(x), x, noise)
    log_w = log_likelihood + log_ratio
    draws = log_w.shape[1]
    evidence = torch.logsumexp(log_w, dim=1) - math.log(draws)
    relative = (log_w - evidence.unsqueeze(1)).exp()
    return Evidence(evidence, relative.std(dim=1) / math.sqrt(draws), log_w.mean(dim=1))


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
