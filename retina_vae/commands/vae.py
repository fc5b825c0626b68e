"""The command that trains a model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from retina_vae.commands.options import ConfigPath, ModelName, Threads
from retina_vae.commands.saying import say
from retina_vae.commands.training import training_cohort
from retina_vae.run import WRITTEN, open_run

if TYPE_CHECKING:
    import pandas as pd

    from retina_vae.vae import History


app = typer.Typer()


@app.command("vae")
def vae(config: ConfigPath, model: ModelName, threads: Threads = 1) -> None:
    """Train all replicas of one model."""
    import torch

    from retina_vae.progress import progress
    from retina_vae.vae import ModelDescription, fit_replicas, replica_seeds, resolve_device, save_model
    from retina_vae.vae.memory import keep_freed_memory

    run = open_run(config)
    settings = run.settings
    chosen, latent_dim, replicas = settings.model(model)
    torch.set_num_threads(threads)
    keep_freed_memory()
    device = resolve_device(settings.device)
    given = training_cohort(run, chosen)
    seeds = replica_seeds(chosen.seed, replicas)
    description = ModelDescription.from_settings(chosen, latent_dim, seeds, given.encoding, str(device), given.classes)
    say(f"vae: {replicas} replicas of {model} ({latent_dim} latent dimensions) on {device}")
    with progress(f"vae {model}, epochs over replicas", (chosen.epochs + chosen.refit_epochs) * replicas) as advance:
        trained, history = fit_replicas(
            given.patients,
            description,
            chosen,
            device,
            lambda done, loss: advance(done, f"loss {loss.mean().item():.4f}"),
        )
    save_model(trained, description, run.folder / "vae" / model)
    contents = {
        "vae/{model}/weights.safetensors": WRITTEN,
        "vae/{model}/model.json": WRITTEN,
        "vae/{model}/history.parquet": _history_table(history),
    }
    run.write("vae", contents, model)


def _history_table(history: History) -> pd.DataFrame:
    """One row per replica and epoch, both counted from 1."""
    import numpy as np
    import pandas as pd

    epochs, replicas = history.loss.shape
    table = {
        "replica": np.repeat(np.arange(1, replicas + 1), epochs),
        "epoch": np.tile(np.arange(1, epochs + 1), replicas),
    }
    terms = {name: values.T.reshape(-1).double().numpy() for name, values in history._asdict().items()}
    return pd.DataFrame(table | terms)
