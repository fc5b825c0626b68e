"""The command that tells sure from doubtful patients."""

from __future__ import annotations

import typer

from retina_vae.commands.options import ConfigPath, Threads
from retina_vae.commands.saying import say
from retina_vae.files import write_table
from retina_vae.runs import run_settings

app = typer.Typer()


@app.command("doubt")
def doubt(config: ConfigPath, threads: Threads = 1) -> None:
    """Integrate every patient's probability of every cluster, and list the doubtful patients."""
    import pandas as pd
    import torch

    from retina_vae.assign import load_run
    from retina_vae.assign.doubt import doubt as integrate
    from retina_vae.disclosure import suppress_parts, suppress_small_clusters

    settings = run_settings(config)
    torch.set_num_threads(1)
    run, folder = load_run(settings.folder, threads), settings.folder / "clusters"
    identifiers = pd.Series(run.known.identifiers, name=run.schema.identifier)
    tables = integrate(identifiers, run.known.scores, settings.clusters.doubtful_below)
    write_table(tables.probabilities, folder / "probabilities.parquet")
    write_table(tables.doubtful, folder / "doubtful.csv")
    sizes, floor = tables.clusters.set_index("cluster")["size"], settings.small_cell_floor
    shown = suppress_parts(tables.clusters, sizes, floor, "doubtful")
    write_table(suppress_small_clusters(shown, sizes, floor, ["size"]), folder / "doubt.csv")
    say(f"doubt: {len(tables.doubtful)} of {len(identifiers)} patients are doubtful")
