"""The command that lists what a run is made of."""

from __future__ import annotations

import typer

from retina_vae.commands.options import example

app = typer.Typer()


@app.command("artefacts", epilog=example("artefacts"))
def artefacts() -> None:
    """Print every file of a run as a Markdown table: the one in docs/architecture.md."""
    from retina_vae.artefacts import ARTEFACTS
    from retina_vae.artefacts.table import describe_artefacts
    from retina_vae.studies import STUDIES, find_study

    # What several studies share is there once.
    own = {artefact.path: artefact for name in STUDIES for artefact in find_study(name).artefacts}
    print(describe_artefacts([*ARTEFACTS, *own.values()]), end="")
