"""Codes of the decoder's own posterior p(z | x), by importance weights on draws from q(z | x)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from retina_vae.latent.codes import Codes
from retina_vae.vae.model import VariationalAutoencoder
from retina_vae.vae.objectives import log_weights
from retina_vae.vae.replicas import replica_generators, replica_noise

__all__ = ["CorrectedCodes", "corrected_codes"]

_CODES_PER_BATCH = 2**12


class CorrectedCodes(NamedTuple):
    """Codes, and how many equally weighted draws each patient's weighted ones are worth, shape (replicas, patients)."""

    codes: Codes
    effective_draws: NDArray[np.float32]


@torch.no_grad()
def corrected_codes(
    model: VariationalAutoencoder, x: Tensor, proposals: int, draws: int, seeds: Sequence[int]
) -> CorrectedCodes:
    """Mean, scale and draws of p(z | x) by sampling importance resampling (Rubin 1988).

    The encoder's q(z | x) is an approximation; the decoder alone decides p(z | x), which is proportional to
    p(x | z) p(z). ``proposals`` draws from q with the weights p(x, z) / q(z | x), which are made to sum to 1, stand
    for it: their weighted mean and standard deviation, and ``draws`` of them drawn again by weight.

    Args:
        model: R replicas with a typed likelihood and a posterior that has a density.
        x: Features, shape (features, patients), on the model's device.
        proposals: Draws from q(z | x) per patient and replica.
        draws: Draws from p(z | x) to keep of each patient and replica.
        seeds: One per replica.
    """
    generators, size = replica_generators(seeds), max(1, _CODES_PER_BATCH // proposals)
    replicas, dims, count = model.replicas, model.latent_dim, x.shape[1]
    # One block for all patients: a small tensor kept from each batch would keep freed memory from being used again.
    mean, scale = x.new_empty(2, replicas, dims, count)
    drawn, effective = x.new_empty(replicas, dims, draws, count), x.new_empty(replicas, count)
    for start in range(0, count, size):
        part = slice(start, start + size)
        mean[..., part], scale[..., part], drawn[..., part], effective[..., part] = _correct(
            model, x[:, part], proposals, draws, generators
        )
    numbers = (mean.mT, scale.mT, drawn.permute(0, 2, 3, 1))
    return CorrectedCodes(Codes(*(values.cpu().numpy() for values in numbers)), effective.cpu().numpy())


def _correct(
    model: VariationalAutoencoder, x: Tensor, proposals: int, draws: int, generators: Sequence[torch.Generator]
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Mean and scale (replicas, d, n), draws (replicas, d, draws, n), effective draws (replicas, n) of n patients."""
    x = x.expand(model.replicas, -1, -1)
    noise = replica_noise((model.latent_dim, proposals, x.shape[2]), generators, x.dtype).to(x.device)
    posterior = model.encode(x)
    z = posterior.rsample(noise)
    log_likelihood, log_ratio = log_weights(model, posterior, x, noise)
    weights = (log_likelihood + log_ratio).softmax(dim=1)
    mean = torch.einsum("rdkn,rkn->rdn", z, weights)
    variance = torch.einsum("rdkn,rkn->rdn", (z - mean.unsqueeze(2)).square(), weights)
    uniform = torch.stack([torch.rand(x.shape[2], draws, generator=g, dtype=x.dtype) for g in generators]).to(x.device)
    # The last cumulative weight may fall short of 1 by rounding.
    chosen = torch.searchsorted(weights.cumsum(dim=1).mT.contiguous(), uniform).clamp(max=proposals - 1).mT
    drawn = z.gather(2, chosen.unsqueeze(1).expand(-1, z.shape[1], -1, -1))
    return mean, variance.sqrt(), drawn, 1 / weights.square().sum(dim=1)
