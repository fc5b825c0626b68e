"""Codes of the decoder's own posterior p(z | x), by importance weights on draws from q(z | x) and wider ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from retina_vae.latent.codes import Codes
from retina_vae.latent.smoothing import smooth_weights
from retina_vae.vae.model import VariationalAutoencoder
from retina_vae.vae.proposals import shifted_points, weighted_proposals
from retina_vae.vae.replicas import replica_generators

__all__ = ["CorrectedCodes", "corrected_codes"]

_CODES_PER_BATCH = 2**12


class CorrectedCodes(NamedTuple):
    """Codes, and what their weights are worth; both numbers of shape (replicas, patients).

    ``effective_draws`` is how many equally weighted draws the weighted ones are worth, ``tail_shape`` k-hat of their
    largest weights (:mod:`retina_vae.latent.smoothing`).
    """

    codes: Codes
    effective_draws: NDArray[np.float32]
    tail_shape: NDArray[np.float32]


@torch.no_grad()
def corrected_codes(
    model: VariationalAutoencoder, x: Tensor, proposals: int, draws: int, seeds: Sequence[int]
) -> CorrectedCodes:
    """Mean, scale and draws of p(z | x) by sampling importance resampling (Rubin 1988).

    The encoder's q(z | x) is an approximation; the decoder alone decides p(z | x), which is proportional to
    p(x | z) p(z). ``proposals`` evenly spread draws from q and further out, with Pareto smoothed weights
    (:func:`retina_vae.vae.proposals.weighted_proposals`, :func:`retina_vae.latent.smoothing.smooth_weights`), which are
    made to sum to 1, stand for it: their weighted mean and standard deviation, and ``draws`` of them drawn again by
    weight.

    Args:
        model: R replicas with a typed likelihood and a posterior that has a density.
        x: Features, shape (features, patients), or (replicas, features, patients) where every replica has patients of
            its own; on the model's device.
        proposals: Weighted draws per patient and replica.
        draws: Draws from p(z | x) to keep of each patient and replica.
        seeds: One per replica.
    """
    generators, size = replica_generators(seeds), max(1, _CODES_PER_BATCH // proposals)
    replicas, dims, count = model.replicas, model.latent_dim, x.shape[-1]
    # One block for all patients: a small tensor kept from each batch would keep freed memory from being used again.
    mean, scale = x.new_empty(2, replicas, dims, count)
    drawn = x.new_empty(replicas, dims, draws, count)
    effective, shape = x.new_empty(2, replicas, count)
    for start in range(0, count, size):
        part = slice(start, start + size)
        found = _correct(model, x[..., part], proposals, draws, generators)
        for whole, own in zip((mean, scale, drawn, effective, shape), found, strict=True):
            whole[..., part] = own
    numbers = (mean.mT, scale.mT, drawn.permute(0, 2, 3, 1))
    codes = Codes(*(values.cpu().numpy() for values in numbers))
    return CorrectedCodes(codes, effective.cpu().numpy(), shape.cpu().numpy())


def _correct(
    model: VariationalAutoencoder, x: Tensor, proposals: int, draws: int, generators: Sequence[torch.Generator]
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    """Mean and scale (replicas, d, n), draws (replicas, d, draws, n), effective draws and k-hat (replicas, n)."""
    x = x.expand(model.replicas, -1, -1)
    noise = shifted_points(model.latent_dim, proposals, x.shape[2], generators, x.dtype).to(x.device)
    z, _, log_weights = weighted_proposals(model, model.encode(x), x, noise)
    weights, shape = smooth_weights(log_weights)
    mean = torch.einsum("rdkn,rkn->rdn", z, weights)
    variance = torch.einsum("rdkn,rkn->rdn", (z - mean.unsqueeze(2)).square(), weights)
    uniform = torch.stack([torch.rand(x.shape[2], draws, generator=g, dtype=x.dtype) for g in generators]).to(x.device)
    # The last cumulative weight may fall short of 1 by rounding.
    chosen = torch.searchsorted(weights.cumsum(dim=1).mT.contiguous(), uniform).clamp(max=proposals - 1).mT
    drawn = z.gather(2, chosen.unsqueeze(1).expand(-1, z.shape[1], -1, -1))
    return mean, variance.sqrt(), drawn, 1 / weights.square().sum(dim=1), shape
