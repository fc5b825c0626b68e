"""Draws from the posterior q(z | x)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from retina_vae.latent.codes import Codes
from retina_vae.latent.correct import corrected_codes
from retina_vae.latent.decode import take_replica
from retina_vae.latent.encode import encode_patients
from retina_vae.settings import LatentSettings
from retina_vae.vae.description import ModelDescription
from retina_vae.vae.model import VariationalAutoencoder
from retina_vae.vae.posteriors import Posterior
from retina_vae.vae.replicas import replica_generators, replica_noise, replica_seeds

__all__ = ["codes_by_replica", "patient_codes", "sample_codes"]


def patient_codes(
    model: VariationalAutoencoder, description: ModelDescription, x: Tensor, settings: LatentSettings
) -> Codes:
    """The codes that the configuration asks for: from q(z | x), or corrected to p(z | x) where the model has a density.

    Args:
        model: R replicas.
        description: What they are.
        x: Features, shape (features, patients).
        settings: Draws, correction and the seed of the first replica.
    """
    seeds = replica_seeds(settings.seed, model.replicas)
    if settings.correction == "importance" and description.has_density:
        return corrected_codes(model, x, settings.proposals, settings.draws, seeds).codes
    return sample_codes(encode_patients(model, x), settings.draws, seeds)


def codes_by_replica(
    model: VariationalAutoencoder, description: ModelDescription, x: Tensor, settings: LatentSettings
) -> Iterator[Codes]:
    """The codes of :func:`patient_codes`, one replica after the other, so that only one is in memory at a time."""
    for replica in range(1, model.replicas + 1):
        single, alone = take_replica(model, description, replica)
        yield patient_codes(single, alone, x, settings.model_copy(update={"seed": settings.seed + replica - 1}))


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
