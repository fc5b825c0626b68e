"""What the commands do that train in chunks and put them together."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from retina_vae.chunks import Chunk, chunk_parts
from retina_vae.commands.saying import say
from retina_vae.errors import InputError

if TYPE_CHECKING:
    from retina_vae.vae import ModelDescription, VariationalAutoencoder

__all__ = ["chunk_folders", "gather_models", "part_of"]


def part_of(chunk: Chunk | None, replicas: int, per_pass: int, command: str) -> slice:
    """The replicas that a job trains, all of them without a chunk; says what a chunk has."""
    if chunk is None:
        return slice(0, replicas)
    part = chunk_parts(replicas, per_pass, chunk.total)[chunk.number - 1]
    if part.start < part.stop:
        say(f"{command}: chunk {chunk.number} of {chunk.total}: replicas {part.start + 1} to {part.stop}")
    else:
        say(
            f"{command}: chunk {chunk.number} of {chunk.total} has no replica: {per_pass} are trained in one pass, and "
            "a chunk holds whole passes; with a smaller vae.replicas_per_pass there are more of them."
        )
    return part


def chunk_folders(folder: Path, chunks: int) -> list[Path]:
    """Where the chunks lie until they are gathered, in their order."""
    return [folder / Chunk(number, chunks).name for number in range(1, chunks + 1)]


def gather_models(chunks: Sequence[Path], seeds: Sequence[int]) -> tuple[VariationalAutoencoder, ModelDescription]:
    """The model whose replicas the chunks have trained.

    Args:
        chunks: Their folders, in order.
        seeds: Of all replicas.

    Raises:
        InputError: A chunk is missing or damaged, or they do not fit together.
    """
    from retina_vae.vae import join_replicas, load_model

    models, descriptions = zip(*map(load_model, chunks), strict=True)
    try:
        description = _joined(descriptions, seeds)
    except ValueError as error:
        raise InputError(
            f"{chunks[0].parent}: expected chunks of one model, {error}. Delete "
            f"{', '.join(path.name for path in chunks)} there and run `snakemake --cores 8` to train them again."
        ) from None
    return join_replicas(models, description), description


def _joined(descriptions: Sequence[ModelDescription], seeds: Sequence[int]) -> ModelDescription:
    """What all replicas are.

    Raises:
        ValueError: The chunks are not those of one model, or do not hold the replicas of these seeds in order.
    """
    found = [seed for description in descriptions for seed in description.seeds]
    if found != list(seeds):
        raise ValueError(f"whose replicas have the seeds {list(seeds)}, got {found}")
    whole = [one.model_copy(update={"replicas": len(seeds), "seeds": tuple(seeds)}) for one in descriptions]
    differing = {name for other in whole for name, value in other if value != getattr(whole[0], name)}
    if differing:
        raise ValueError(f"got some that differ in {sorted(differing)}")
    return whole[0]
