"""The posterior q(z | x) of every patient under every replica."""

from __future__ import annotations

import torch
from torch import Tensor

from retina_vae.vae.model import VariationalAutoencoder
from retina_vae.vae.posteriors import DiagonalGaussian

__all__ = ["encode_patients"]


@torch.no_grad()
def encode_patients(model: VariationalAutoencoder, x: Tensor, batch_size: int = 4096) -> DiagonalGaussian:
    """Encode patients in batches of bounded memory.

    Args:
        model: R replicas.
        x: Scaled inputs, shape (inputs, patients).
        batch_size: Patients per batch.

    Returns:
        The posterior, its tensors of shape (replicas, latent dimensions, patients).
    """
    replicas = model.encoder.hidden.weight.shape[0]
    posteriors = [model.encode(part.expand(replicas, -1, -1)) for part in x.split(batch_size, dim=1)]
    mean = torch.cat([posterior.mean for posterior in posteriors], dim=2)
    return DiagonalGaussian(mean, torch.cat([posterior.log_variance for posterior in posteriors], dim=2))
