"""The command that looks at configuration files before Snakemake does."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from retina_vae.config import check_configuration_files

app = typer.Typer()


@app.command("check")
def check(
    configs: Annotated[list[Path], typer.Argument(help="Configuration files, as for `snakemake --configfile`.")],
) -> None:
    """Check that configuration files can be read, and say to a person what they say to Snakemake."""
    check_configuration_files(configs)
