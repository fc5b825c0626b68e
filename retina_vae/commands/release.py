"""The command that takes small cells out of what others read."""

from __future__ import annotations

import typer

from retina_vae.commands.options import ConfigPath, example
from retina_vae.commands.saying import say
from retina_vae.opening import open_run
from retina_vae.words import amount_of

app = typer.Typer()


@app.command("release", epilog=example("release --run results/paper"))
def release(config: ConfigPath) -> None:
    """Release what of a run others may read: its tables without small cells, and what the report draws."""
    from retina_vae.release import release_run

    run = open_run(config).numbered()
    contents = release_run(run)
    run.write("release", contents)
    say(f"release: {amount_of(len(contents), 'file')} in {run.folder / 'release'}")
