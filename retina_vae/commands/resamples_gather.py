"""The command that puts the chunks of the models trained on resamples together."""

from __future__ import annotations

import typer

from retina_vae.chunks import resample_chunks
from retina_vae.commands.gathering import chunk_folders, gather_models
from retina_vae.commands.options import ConfigPath, example
from retina_vae.commands.resamples import CHUNKS, resample_seeds, write_resamples
from retina_vae.commands.training import training_cohort
from retina_vae.opening import open_run

app = typer.Typer()


@app.command("resamples-gather", epilog=example("resamples-gather --run results/paper"))
def resamples_gather(config: ConfigPath) -> None:
    """Encode all patients with the models that the chunks have trained on resamples: the bytes of one job."""
    import torch

    run = open_run(config).dimensioned()
    torch.set_num_threads(1)
    chunks = chunk_folders(run.folder / CHUNKS, resample_chunks(run.settings))
    trained, description = gather_models(chunks, resample_seeds(run.settings))
    cohort = training_cohort(run, run.settings.model(run.clustered).vae)
    write_resamples(run, trained, description, cohort)
