"""The command that writes down what the run was made from."""

from __future__ import annotations

import typer

from retina_vae.commands.options import ConfigPath
from retina_vae.commands.saying import say
from retina_vae.config import load_configuration
from retina_vae.files import write_text

app = typer.Typer()


@app.command("manifest")
def manifest(config: ConfigPath) -> None:
    """Write down what the run was made from."""
    import json

    from retina_vae.manifest import describe_run

    settings = load_configuration(config)
    inputs = settings.source.files(settings.cohort)
    path = settings.folder / "manifest.json"
    write_text(json.dumps(describe_run(settings, inputs), indent=2) + "\n", path)
    say(f"manifest: {path}")
