"""The command that draws the images of a run, and measures what the models draw."""

from __future__ import annotations

import typer

from retina_vae.commands.options import ConfigPath, example
from retina_vae.commands.saying import say
from retina_vae.opening import open_run

app = typer.Typer()


@app.command("pictures", epilog=example("pictures --run results/digits"))
def pictures(config: ConfigPath) -> None:
    """Draw the images of the clusters and what the models make of codes, and measure both."""
    from retina_vae.drawing.models import compared_models
    from retina_vae.drawing.run import picture_tables
    from retina_vae.progress import progress

    run = open_run(config).numbered()
    with progress("pictures, models", len(compared_models(run.settings))) as advance:
        tables = picture_tables(run, advance)
    run.write("pictures", dict(tables))
    say(f"pictures: {', '.join(tables)} in {run.folder}")
