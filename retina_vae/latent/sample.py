"""Draws from the posterior q(z | x)."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from retina_vae.latent.codes import Codes
from retina_vae.vae.posteriors import Posterior
from retina_vae.vae.replicas import replica_generators, replica_noise

__all__ = ["sample_codes"]


@torch.no_grad()
def sample_codes(posterior: Posterior, draws: int, seeds: Sequence[int]) -> Codes:
    """Draw ``draws`` codes per patient and replica; replica i's noise comes from ``seeds[i]``."""
    _, dims, patients = posterior.mean.shape
    noise = replica_noise((dims, draws, patients), replica_generators(seeds), posterior.mean.dtype)
    z = posterior.rsample(noise.to(posterior.mean.device))
    return Codes(
        mean=posterior.mean.mT.cpu().numpy(),
        scale=posterior.scale.mT.cpu().numpy(),
        draws=z.permute(0, 2, 3, 1).cpu().numpy(),
    )
