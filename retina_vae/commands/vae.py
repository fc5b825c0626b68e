"""The command that trains a model, or a chunk of its replicas."""

from __future__ import annotations

import typer

from retina_vae.commands.gathering import part_of
from retina_vae.commands.options import ChunkNumber, ConfigPath, ModelName, Threads, example
from retina_vae.commands.saying import say
from retina_vae.commands.training import training_cohort, write_model
from retina_vae.files import write_table
from retina_vae.opening import open_run
from retina_vae.words import amount_of

app = typer.Typer()


@app.command("vae", epilog=example("vae --run results/paper --model d3 --threads 4"))
def vae(config: ConfigPath, model: ModelName, threads: Threads = 1, chunk: ChunkNumber = None) -> None:
    """Train all replicas of one model, or those of a chunk."""
    import torch

    from retina_vae.progress import progress
    from retina_vae.training import history_table, plan_training, train_replicas
    from retina_vae.vae import resolve_device, save_model
    from retina_vae.vae.memory import keep_freed_memory

    run = open_run(config).dimensioned()
    chosen = run.settings.model(model)
    torch.set_num_threads(threads)
    keep_freed_memory()
    device = resolve_device(run.settings.device)
    given = training_cohort(run, chosen.vae)
    plan = plan_training(given, chosen, device)
    part = part_of(chunk, chosen.replicas, plan.per_pass, "vae")
    replicas = part.stop - part.start
    dimensions = amount_of(chosen.latent_dim, "latent dimension")
    say(f"vae: {amount_of(replicas, 'replica')} of {model} ({dimensions}) on {device}")
    epochs = (plan.settings.epochs + plan.settings.refit_epochs) * replicas
    with progress(f"vae {model}, epochs over replicas", epochs) as advance:
        trained, description, history = train_replicas(given, plan, part, advance)
    table = history_table(history, part.start)
    if chunk is None:
        write_model(run, model, trained, description, table)
    else:
        folder = run.folder / "vae" / model / chunk.name
        save_model(trained, description, folder)
        write_table(table, folder / "history.parquet")
