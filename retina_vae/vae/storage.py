"""Saving and loading a model: weights as safetensors, the rest as JSON."""

from __future__ import annotations

from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file
from safetensors.torch import save as serialize

from retina_vae.errors import InputError
from retina_vae.files import atomic_path, write_text
from retina_vae.model_format import FORMAT, read_model_json
from retina_vae.vae.description import ModelDescription
from retina_vae.vae.model import VariationalAutoencoder, build_model

__all__ = ["load_model", "save_model"]


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
    values = read_model_json(path)
    try:
        return ModelDescription.model_validate(values)
    except ValueError as error:
        raise InputError(
            f"{path}: expected the description of a model of format {FORMAT}, got: {error}. "
            f"Delete {path.parent} and run `snakemake --cores 8` to train again."
        ) from None
