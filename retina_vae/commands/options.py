"""Options that several commands have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["ConfigPath", "ModelName", "Threads"]

ConfigPath = Annotated[Path, typer.Option("--config", help="The run's configuration.")]
ModelName = Annotated[str, typer.Option("--model", help="A model of the run: d<D>, or a member of its family.")]
Threads = Annotated[int, typer.Option("--threads", min=1, help="CPU threads to use.")]
