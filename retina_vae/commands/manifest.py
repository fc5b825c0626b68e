"""The command that writes down what the run was made from."""

from __future__ import annotations

import typer

from retina_vae.commands.options import ConfigPath, example
from retina_vae.commands.saying import say
from retina_vae.files import write_text
from retina_vae.opening import open_run

app = typer.Typer()


@app.command("manifest", epilog=example("manifest --run results/paper"))
def manifest(config: ConfigPath) -> None:
    """Write down what the run was made from."""
    import json

    from retina_vae.manifest import describe_run

    run = open_run(config)
    inputs = [*run.settings.source.files(run.settings.found_cohort), *run.settings.unlike.files]
    path = run.path("manifest.json")
    write_text(json.dumps(describe_run(run, inputs), indent=2) + "\n", path)
    say(f"manifest: {path}")
