"""The command that tells sure from doubtful patients."""

from __future__ import annotations

import typer

from retina_vae.commands.options import ConfigPath, Threads, example
from retina_vae.commands.saying import say
from retina_vae.opening import open_run
from retina_vae.pictures import has_contributions
from retina_vae.run import Content

app = typer.Typer()


@app.command("doubt", epilog=example("doubt --run results/paper"))
def doubt(config: ConfigPath, threads: Threads = 1) -> None:
    """Integrate every patient's probability of every cluster, list the doubtful, and say what speaks for a cluster."""
    import pandas as pd
    import torch

    from retina_vae.assign import trained_run
    from retina_vae.assign.cluster_contributions import cluster_contributions
    from retina_vae.clusters.doubt import doubt_tables
    from retina_vae.progress import progress

    run = open_run(config).numbered()
    settings = run.settings
    torch.set_num_threads(1)
    with progress("doubt, per cent of the patients", 100) as advance:
        trained = trained_run(run, threads, advance)
    identifiers, own = pd.Series(trained.known.identifiers, name=trained.schema.identifier), trained.known.scores
    tables = doubt_tables(identifiers, own.cluster, own.probability, settings.clusters.doubtful_below)
    contents: dict[str, Content] = {
        "clusters/probabilities.parquet": tables.probabilities,
        "clusters/doubtful.csv": tables.doubtful,
        "clusters/doubt.csv": tables.clusters,
    }
    if has_contributions(settings):
        contents["clusters/contributions.csv"] = cluster_contributions(trained, threads)
    run.write("doubt", contents)
    say(f"doubt: the probability of every cluster, of every patient, in {run.folder / 'clusters'}")
