"""The study's commands: what they load, call and save."""

from __future__ import annotations

import typer

from retina_vae.commands.options import ConfigPath, example
from retina_vae.commands.saying import say
from retina_vae.opening import open_run
from retina_vae.studies.molecules.artefacts import MODELS

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True)


@app.callback()
def molecules() -> None:
    """Steps of the study of molecules, and molecules near a given one."""


@app.command("measure", epilog=example("molecules measure --run results/molecules"))
def measure(config: ConfigPath) -> None:
    """Measure how models write molecules again, what lies near one, and what moves along a property."""
    from retina_vae.progress import progress
    from retina_vae.studies.molecules.chemistry import require_packages
    from retina_vae.studies.molecules.run import measured_models, molecule_tables

    require_packages()
    run = open_run(config).numbered()
    with progress("molecules, models", len(measured_models(run.settings))) as advance:
        tables = molecule_tables(run, advance)
    run.write("molecules", dict(tables))
    for row in tables[MODELS].itertuples():
        say(
            f"molecules: {row.model}, replica {row.replica}: {row.reconstruction:.1%} of {row.held_out:,} held-out "
            f"molecules written again, {row.valid:.1%} of {row.draws:,} draws valid, {row.unique:.1%} unique"
        )
