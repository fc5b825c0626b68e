"""The command that prints what a configuration may hold."""

from __future__ import annotations

import typer

from retina_vae.commands.options import example
from retina_vae.config_schema import export_schema

app = typer.Typer()


@app.command("schema", epilog=example("schema"))
def schema() -> None:
    """Print the JSON schema of the configuration."""
    print(export_schema(), end="")
