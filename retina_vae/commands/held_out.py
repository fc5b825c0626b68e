"""The command that measures how well unseen patients are described, and chooses the latent dimension by it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from retina_vae.artefacts import artefacts_of
from retina_vae.commands.options import ConfigPath, Threads, example
from retina_vae.commands.saying import say
from retina_vae.config import Configuration
from retina_vae.errors import ConfigurationError
from retina_vae.opening import open_run
from retina_vae.steps import OWN_DENSITIES
from retina_vae.words import amount_of

if TYPE_CHECKING:
    import pandas as pd

app = typer.Typer()


@app.command("held-out", epilog=example("held-out --run results/mine"))
def held_out(config: ConfigPath, threads: Threads = 1) -> None:
    """Train on folds of the patients, and measure how well the others are described; choose the latent dimension."""
    import torch

    from retina_vae.held_out import measure_held_out
    from retina_vae.progress import progress
    from retina_vae.vae import resolve_device
    from retina_vae.vae.memory import keep_freed_memory

    run = open_run(config)
    _require_density(run.settings)
    torch.set_num_threads(threads)
    keep_freed_memory()
    patients, schema = run.patients()
    with progress("held out, models", len(dims := run.settings.candidate_dims)) as advance:
        tables = measure_held_out(patients, schema, run.settings, resolve_device(run.settings.device), advance)
    run.write("held_out", {"vae/held_out.csv": tables.dimensions, "vae/held_out_patients.parquet": tables.patients})
    say(f"held out: {_summary(tables.dimensions, len(dims))}")


def _require_density(settings: Configuration) -> None:
    """Refuse a run that says nothing of unseen patients, before anything is trained.

    Raises:
        ConfigurationError: The model has no density, or nothing beside it is measured on the same patients.
    """
    declared = {path for own in artefacts_of(settings) for path in own.paths(settings)}
    if OWN_DENSITIES not in declared:
        raise ConfigurationError(
            "held-out: expected a run that chooses its latent dimension (vae.latent_dims: auto), or one of a table "
            "whose model has a density (vae.likelihood 'typed' and a posterior that is no point); this one has no such "
            "step."
        )


def _summary(dimensions: pd.DataFrame, asked: int) -> str:
    chosen = dimensions[dimensions["chosen"]].iloc[0]
    text = (
        f"{amount_of(int(chosen['latent_dim']), 'latent dimension')}: {chosen['log_density']:.3f} nats per patient in "
        f"{amount_of(int(chosen['folds']), 'fold')}, {chosen['trained_on']:.3f} of those trained on"
    )
    others = ", ".join(f"{row['latent_dim']}: {row['log_density']:.3f}" for _, row in dimensions.iterrows())
    return text if asked == 1 else f"{text}; chosen among {others}"
