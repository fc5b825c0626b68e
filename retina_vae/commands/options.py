"""Options that several commands have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from retina_vae.chunks import Chunk

__all__ = ["ChunkNumber", "ConfigPath", "ModelName", "Threads"]

ChunkNumber = Annotated[
    Chunk | None,
    typer.Option(
        "--chunk", parser=Chunk.parse, metavar="I/N", help="Train one of N chunks, to be gathered when all are there."
    ),
]

ConfigPath = Annotated[Path, typer.Option("--config", help="The run's configuration.")]
ModelName = Annotated[str, typer.Option("--model", help="A model of the run: d<D>, or a member of its family.")]
Threads = Annotated[int, typer.Option("--threads", min=1, help="CPU threads to use.")]
