"""The command that trains a model, or a chunk of its replicas."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from retina_vae.commands.gathering import part_of
from retina_vae.commands.options import ChunkNumber, ConfigPath, ModelName, Threads, example
from retina_vae.commands.saying import say
from retina_vae.commands.training import training_cohort, write_model
from retina_vae.files import write_table
from retina_vae.run import open_run
from retina_vae.words import amount_of

if TYPE_CHECKING:
    import pandas as pd

    from retina_vae.vae import History


app = typer.Typer()


@app.command("vae", epilog=example("vae --run results/paper --model d3 --threads 4"))
def vae(config: ConfigPath, model: ModelName, threads: Threads = 1, chunk: ChunkNumber = None) -> None:
    """Train all replicas of one model, or those of a chunk."""
    import torch

    from retina_vae.progress import progress
    from retina_vae.vae import (
        ModelDescription,
        fit_replicas,
        replica_seeds,
        replicas_per_pass,
        resolve_device,
        save_model,
    )
    from retina_vae.vae.memory import keep_freed_memory

    run = open_run(config)
    settings = run.settings
    chosen, latent_dim, replicas = settings.model(model)
    torch.set_num_threads(threads)
    keep_freed_memory()
    device = resolve_device(settings.device)
    given = training_cohort(run, chosen)
    seeds = replica_seeds(chosen.seed, replicas)
    whole = ModelDescription.from_settings(chosen, latent_dim, seeds, given.encoding, str(device), given.classes)
    per_pass = replicas_per_pass(given.patients, whole, chosen, device)
    part = part_of(chunk, replicas, per_pass, "vae")
    description = whole.of_replicas(part)
    dimensions = amount_of(latent_dim, "latent dimension")
    say(f"vae: {amount_of(description.replicas, 'replica')} of {model} ({dimensions}) on {device}")
    epochs = (chosen.epochs + chosen.refit_epochs) * description.replicas
    with progress(f"vae {model}, epochs over replicas", epochs) as advance:
        trained, history = fit_replicas(
            given.patients,
            description,
            chosen,
            device,
            lambda done, loss: advance(done, f"loss {loss.mean().item():.4f}"),
            per_pass,
            part.start,
        )
    table = _history_table(history, part.start)
    if chunk is None:
        write_model(run, model, trained, description, table)
    else:
        folder = run.folder / "vae" / model / chunk.name
        save_model(trained, description, folder)
        write_table(table, folder / "history.parquet")


def _history_table(history: History, before: int) -> pd.DataFrame:
    """One row per replica, of which ``before`` stand in other tables, and epoch; both counted from 1."""
    import numpy as np
    import pandas as pd

    epochs, replicas = history.loss.shape
    table = {
        "replica": np.repeat(np.arange(before + 1, before + replicas + 1), epochs),
        "epoch": np.tile(np.arange(1, epochs + 1), replicas),
    }
    terms = {name: values.T.reshape(-1).double().numpy() for name, values in history._asdict().items()}
    return pd.DataFrame(table | terms)
