"""The command that puts the chunks of a model together."""

from __future__ import annotations

import typer

from retina_vae.chunks import model_chunks
from retina_vae.commands.gathering import chunk_folders, gather_models
from retina_vae.commands.options import ConfigPath, ModelName, example
from retina_vae.commands.saying import say
from retina_vae.commands.training import write_model
from retina_vae.files import read_table
from retina_vae.opening import open_run
from retina_vae.words import amount_of

app = typer.Typer()


@app.command("vae-gather", epilog=example("vae-gather --run results/paper --model d3"))
def vae_gather(config: ConfigPath, model: ModelName) -> None:
    """Put the replicas together that the chunks of a model have trained: the bytes of all trained in one job."""
    import pandas as pd

    from retina_vae.vae import replica_seeds

    run = open_run(config).dimensioned()
    chosen, _, replicas = run.settings.model(model)
    chunks = chunk_folders(run.folder / "vae" / model, model_chunks(run.settings, model))
    trained, description = gather_models(chunks, replica_seeds(chosen.seed, replicas))
    histories = [read_table(chunk / "history.parquet", ["replica", "epoch"]) for chunk in chunks]
    # A chunk without a replica has a table without a row.
    history = pd.concat([table for table in histories if len(table)], ignore_index=True)
    write_model(run, model, trained, description, history)
    say(f"vae-gather: {amount_of(replicas, 'replica')} of {model} from {amount_of(len(chunks), 'chunk')}")
