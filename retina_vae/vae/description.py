"""What a model is, apart from its weights."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict

from retina_vae.cohort.encoding import Scaling
from retina_vae.config import VaeSettings

__all__ = ["FORMAT", "ModelDescription"]

FORMAT = 1
"""Version of the files that hold a model; a change that older versions cannot read raises it."""


class ModelDescription(BaseModel):
    """What is needed to rebuild a model and to feed it: its shape, its likelihood, the scaling of its inputs."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: int = FORMAT
    replicas: int
    seeds: tuple[int, ...]
    inputs: int
    hidden_units: int
    latent_dim: int
    reconstruction_loss: str
    probability_floor: float
    scaling: Scaling
    device: str

    @classmethod
    def from_settings(
        cls, settings: VaeSettings, latent_dim: int, seeds: Sequence[int], scaling: Scaling, device: str
    ) -> ModelDescription:
        """The model that the configuration asks for, one replica per seed."""
        return cls(
            replicas=len(seeds),
            seeds=tuple(seeds),
            inputs=len(scaling.columns),
            hidden_units=settings.hidden_units,
            latent_dim=latent_dim,
            reconstruction_loss=settings.reconstruction_loss,
            probability_floor=settings.probability_floor,
            scaling=scaling,
            device=device,
        )
