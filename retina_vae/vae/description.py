"""What a model is, apart from its weights."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, SerializerFunctionWrapHandler, model_serializer

from retina_vae.cohort.encoding import Encoding
from retina_vae.config import VaeSettings
from retina_vae.model_format import FORMAT

__all__ = ["ModelDescription"]

_OF_FEW = ("channels", "recurrent_units")


class ModelDescription(BaseModel):
    """What is needed to rebuild a model and to feed it: its shape, its distributions, how patients become features.

    ``classes`` names the outcome's categories that a supervised model distinguishes, and is empty otherwise.
    ``hidden_units`` and ``decoder_units`` are those of one hidden layer, or of each. ``channels`` are those of the
    convolutions of a model of pictures, and empty otherwise; ``recurrent_units`` those of the recurrent layer of a
    model of sequences, and 0 otherwise.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: int = FORMAT
    replicas: int
    seeds: tuple[int, ...]
    hidden_units: int | tuple[int, ...]
    decoder_units: int | tuple[int, ...]
    channels: tuple[int, ...] = ()
    recurrent_units: int = 0
    latent_dim: int
    encoding: Encoding
    likelihood: Literal["typed", "binary_cross_entropy", "squared_error"]
    probability_floor: float = 1e-7
    gaussian_scale: Literal["fixed", "learned", "predicted"] = "fixed"
    sigma: float = 1.0
    posterior: Literal["diagonal", "full", "point"] = "diagonal"
    classes: tuple[str, ...] = ()
    device: str

    @model_serializer(mode="wrap")
    def _without_what_few_models_have(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        values: dict[str, Any] = write(self)
        return {name: value for name, value in values.items() if value or name not in _OF_FEW}

    @property
    def widest_layer(self) -> tuple[int, int]:
        """Units of the widest hidden layer of the encoder, and of the decoder.

        The channels of all pixels count, and the units of a recurrent layer at all positions.
        """
        sequence = self.encoding.sequence
        recurrent = 0 if sequence is None else self.recurrent_units * sequence.length
        return self._widest(self.hidden_units), max(self._widest(self.decoder_units), recurrent)

    def _widest(self, units: int | tuple[int, ...]) -> int:
        image = self.encoding.image
        largest = units if isinstance(units, int) else max(units)
        if image is None or not self.channels:
            return largest
        pixels = [math.prod(size) for size in image.halved(len(self.channels))[1:]]
        return max(largest, *(own * count for own, count in zip(self.channels, pixels, strict=True)))

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
            hidden_units=_layers(settings.hidden_units),
            decoder_units=_decoder_layers(settings),
            channels=tuple(settings.channels) if settings.network == "convolutional" else (),
            recurrent_units=settings.recurrent_units if settings.network == "recurrent" else 0,
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


def _layers(units: int | Sequence[int]) -> int | tuple[int, ...]:
    return units if isinstance(units, int) else tuple(units)


def _decoder_layers(settings: VaeSettings) -> int | tuple[int, ...]:
    if settings.decoder_units is not None:
        return _layers(settings.decoder_units)
    own = _layers(settings.hidden_units)
    return own if isinstance(own, int) else own[::-1]
