"""The posterior q(z | x) of every patient under every replica."""

from __future__ import annotations

import torch
from torch import Tensor

from retina_vae.vae.model import VariationalAutoencoder
from retina_vae.vae.posteriors import Posterior

__all__ = ["encode_patients"]


@torch.no_grad()
def encode_patients(model: VariationalAutoencoder, x: Tensor, batch_size: int = 4096) -> Posterior:
    """Encode patients in batches of bounded memory.

    Args:
        model: R replicas.
        x: Features, shape (features, patients).
        batch_size: Patients per batch.

    Returns:
        The posterior, its tensors of shape (replicas, latent dimensions, patients).
    """
    parameters = [model.encoder(part.expand(model.replicas, -1, -1)) for part in x.split(batch_size, dim=1)]
    return model.posterior.from_parameters(torch.cat(parameters, dim=2), model.latent_dim)
