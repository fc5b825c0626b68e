"""Options that several commands have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from retina_vae.chunks import Chunk

__all__ = ["ChunkNumber", "ConfigPath", "ModelName", "RunFolder", "TableOutput", "Threads", "example"]

ChunkNumber = Annotated[
    Chunk | None,
    typer.Option(
        "--chunk", parser=Chunk.parse, metavar="I/N", help="Train one of N chunks, to be gathered when all are there."
    ),
]

RunFolder = Annotated[Path, typer.Option("--run", metavar="FOLDER", help="Folder of a run: results/<run>.")]
ConfigPath = Annotated[
    Path,
    typer.Option(
        "--run", "--config", metavar="FOLDER|FILE", help="The run: its folder results/<run>, or its configuration."
    ),
]
TableOutput = Annotated[
    Path, typer.Option("--output", "-o", metavar="FILE", help="The table to write: .csv or .parquet.")
]
ModelName = Annotated[str, typer.Option("--model", help="A model of the run: d<D>, or a member of its family.")]
Threads = Annotated[int, typer.Option("--threads", min=1, help="CPU threads to use.")]


def example(arguments: str) -> str:
    """The end of a command's help: a call of it that works, alone in its line so that it can be copied."""
    return f"Example:\n\nretina-vae {arguments}"
