"""Saving and loading a model, and samples of its weights: weights as safetensors, the rest as JSON."""

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
from retina_vae.vae.weight_samples import describe_samples

__all__ = ["load_model", "load_samples", "save_model", "save_weights"]


def save_model(model: VariationalAutoencoder, description: ModelDescription, folder: Path) -> None:
    """Write ``weights.safetensors`` and ``model.json``, each whole or not at all."""
    save_weights(model, folder / "weights.safetensors")
    write_text(description.model_dump_json(indent=2) + "\n", folder / "model.json")


def save_weights(model: VariationalAutoencoder, path: Path) -> None:
    """Write the weights of all replicas alone, whole or not at all."""
    weights = {name: values.detach().cpu().contiguous() for name, values in model.state_dict().items()}
    with atomic_path(path) as temporary:
        # Not save_file: it reports a full disk as an error of its own kind.
        temporary.write_bytes(serialize(weights))


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


def load_samples(path: Path, description: ModelDescription) -> tuple[VariationalAutoencoder, ModelDescription]:
    """Read the samples of a model's weights: as many replicas as there are samples, those of the first chain first.

    Args:
        path: Of the samples.
        description: Of the model whose replicas the chains started from.

    Raises:
        InputError: The file is missing or damaged, or holds samples of another architecture.
    """
    try:
        weights = load_file(path)
        samples, left = divmod(len(next(iter(weights.values()))), description.replicas)
        if left or not samples:
            raise RuntimeError(f"as many samples of each of {description.replicas} chains were expected")
        described = describe_samples(description, samples)
        model = build_model(described)
        model.load_state_dict(weights)
    except (OSError, SafetensorError, RuntimeError, StopIteration) as error:
        raise InputError(
            f"{path}: expected samples of the weights that model.json describes, got: {error}. "
            "Delete it and run `snakemake --cores 8` to sample again."
        ) from None
    return model, described


def _read_description(path: Path) -> ModelDescription:
    values = read_model_json(path)
    try:
        return ModelDescription.model_validate(values)
    except ValueError as error:
        raise InputError(
            f"{path}: expected the description of a model of format {FORMAT}, got: {error}. "
            f"Delete {path.parent} and run `snakemake --cores 8` to train again."
        ) from None
