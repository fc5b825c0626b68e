"""Saving and loading a model: weights as safetensors, the rest as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict
from safetensors import SafetensorError
from safetensors.torch import load_file
from safetensors.torch import save as serialize

from retina_vae.cohort.encoding import Scaling
from retina_vae.config import VaeSettings
from retina_vae.errors import InputError
from retina_vae.files import atomic_path, write_text

if TYPE_CHECKING:
    from retina_vae.vae.model import VariationalAutoencoder

__all__ = ["ModelDescription", "load_model", "save_model"]

FORMAT = 1


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


def save_model(model: VariationalAutoencoder, description: ModelDescription, folder: Path) -> None:
    """Write ``weights.safetensors`` and ``model.json``, each whole or not at all."""
    weights = {name: values.detach().cpu().contiguous() for name, values in model.state_dict().items()}
    with atomic_path(folder / "weights.safetensors") as temporary:
        # Not save_file: it reports a full disk as an error of its own kind.
        temporary.write_bytes(serialize(weights))
    write_text(description.model_dump_json(indent=2) + "\n", folder / "model.json")


def load_model(folder: Path) -> tuple[VariationalAutoencoder, ModelDescription]:
    """Read a model that :func:`save_model` wrote.

    Raises:
        InputError: A file is missing or damaged, comes from a newer version, or fits another architecture.
    """
    from retina_vae.vae.model import build_model

    description = _read_description(folder / "model.json")
    model = build_model(description)
    path = folder / "weights.safetensors"
    try:
        model.load_state_dict(load_file(path))
    except (OSError, SafetensorError, RuntimeError) as error:
        raise InputError(
            f"{path}: expected the weights that model.json describes, got: {error}. "
            f"Delete {folder} and run `snakemake --cores 8` to train again."
        ) from None
    return model, description


def _read_description(path: Path) -> ModelDescription:
    try:
        description = ModelDescription.model_validate_json(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(
            f"{path}: expected the description of a model of format {FORMAT}, got: {error}. "
            f"Delete {path.parent} and run `snakemake --cores 8` to train again."
        ) from None
    if description.format != FORMAT:
        raise InputError(f"{path}: expected format {FORMAT}, got {description.format}; use the version that wrote it.")
    return description
