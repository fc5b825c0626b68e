"""What a network reads of the patients, and the posterior q(z | x) of each under every replica."""

from __future__ import annotations

import pandas as pd
import torch
from torch import Tensor

from retina_vae.cohort import Encoding
from retina_vae.vae.model import VariationalAutoencoder
from retina_vae.vae.posteriors import Posterior

__all__ = ["encode_patients", "patient_features"]


def patient_features(encoding: Encoding, patients: pd.DataFrame) -> Tensor:
    """The patients' features, shape (features, patients), in single precision; NaN where a column is not observed.

    Raises:
        InputError: A patient has a category that the encoding does not know, or lacks a value that none did.
    """
    return torch.from_numpy(encoding.encode(patients).T).float().contiguous()


@torch.no_grad()
def encode_patients(model: VariationalAutoencoder, x: Tensor, batch_size: int = 4096) -> Posterior:
    """Encode patients in batches of bounded memory.

    Args:
        model: R replicas.
        x: Features, shape (features, patients); NaN where a column is not observed.
        batch_size: Patients per batch.

    Returns:
        The posterior, its tensors of shape (replicas, latent dimensions, patients).
    """
    count = x.shape[1]
    # One block for all patients: a small tensor kept from each batch would keep freed memory from being used again.
    parameters = x.new_empty(model.replicas, model.posterior.parameter_count(model.latent_dim), count)
    for start in range(0, count, batch_size):
        part = slice(start, start + batch_size)
        parameters[..., part] = model.encoder(model.encoder_input(x[:, part]).expand(model.replicas, -1, -1))
    return model.posterior.from_parameters(parameters, model.latent_dim)
