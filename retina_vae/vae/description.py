"""What a model is, apart from its weights."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict

from retina_vae.cohort.encoding import Encoding
from retina_vae.config import VaeSettings
from retina_vae.model_format import FORMAT

__all__ = ["ModelDescription"]


class ModelDescription(BaseModel):
    """What is needed to rebuild a model and to feed it: its shape, its distributions, how patients become features.

    ``classes`` names the outcome's categories that a supervised model distinguishes, and is empty otherwise.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: int = FORMAT
    replicas: int
    seeds: tuple[int, ...]
    hidden_units: int
    decoder_units: int
    latent_dim: int
    encoding: Encoding
    likelihood: Literal["typed", "binary_cross_entropy", "squared_error"]
    probability_floor: float = 1e-7
    gaussian_scale: Literal["fixed", "learned", "predicted"] = "fixed"
    sigma: float = 1.0
    posterior: Literal["diagonal", "full", "point"] = "diagonal"
    classes: tuple[str, ...] = ()
    device: str

    @property
    def has_density(self) -> bool:
        """Whether p(x) and q(z | x) are densities, so that there is a log-evidence to estimate."""
        return self.likelihood == "typed" and self.posterior != "point"

    def of_replicas(self, part: slice) -> ModelDescription:
        """What some of the replicas are."""
        seeds = self.seeds[part]
        return self.model_copy(update={"replicas": len(seeds), "seeds": seeds})

    @classmethod
    def from_settings(
        cls,
        settings: VaeSettings,
        latent_dim: int,
        seeds: Sequence[int],
        encoding: Encoding,
        device: str,
        classes: Sequence[str] = (),
    ) -> ModelDescription:
        """The model that the configuration asks for, one replica per seed.

        Args:
            settings: The model's settings.
            latent_dim: Number of latent dimensions.
            seeds: One per replica.
            encoding: How patients become features.
            device: Where it is trained.
            classes: The outcome's categories; kept where the objective is the supervised one.
        """
        return cls(
            replicas=len(seeds),
            seeds=tuple(seeds),
            hidden_units=settings.hidden_units,
            decoder_units=settings.decoder_units or settings.hidden_units,
            latent_dim=latent_dim,
            encoding=encoding,
            likelihood=settings.likelihood,
            probability_floor=settings.probability_floor,
            gaussian_scale=settings.gaussian_scale,
            sigma=settings.sigma,
            posterior=settings.posterior,
            classes=tuple(classes) if settings.objective == "supervised" else (),
            device=device,
        )
