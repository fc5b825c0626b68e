"""The command that lets a browser assign a patient."""

from __future__ import annotations

import json

import typer

from retina_vae.commands.options import ConfigPath, Threads, example
from retina_vae.commands.saying import say
from retina_vae.opening import open_run

app = typer.Typer()


@app.command("explorer", epilog=example("explorer --run results/paper"))
def explorer(config: ConfigPath, threads: Threads = 1) -> None:
    """Write down what the report needs to assign a patient in the browser; no patient is in it."""
    import torch

    from retina_vae.assign import trained_run
    from retina_vae.assign.explorer import explorer_model
    from retina_vae.progress import progress

    run = open_run(config).numbered()
    schema = run.patients()[1]
    if schema.made_of_parts:
        run.write("explorer", {"assign/explorer.json": "null\n"})
        parts = "pixels of a picture" if schema.image is not None else "symbols of a sequence"
        say(f"explorer: none, because nobody sets the {parts} in a form; `retina-vae assign` takes a table of them")
        return
    # Batches are small and run side by side; more threads within one would only wait for each other.
    torch.set_num_threads(1)
    with progress("explorer, per cent of the patients", 100) as advance:
        trained = trained_run(run, threads, advance)
    model = explorer_model(trained)
    path = run.path("assign/explorer.json")
    run.write("explorer", {"assign/explorer.json": json.dumps(model, ensure_ascii=False, allow_nan=False) + "\n"})
    say(f"explorer: {path}, {path.stat().st_size / 1e6:.2f} MB")
