"""The command that draws codes."""

from __future__ import annotations

import typer

from retina_vae.commands.options import ConfigPath, ModelName, Threads, example
from retina_vae.commands.saying import say
from retina_vae.opening import open_run
from retina_vae.run import WRITTEN
from retina_vae.words import amount_of

app = typer.Typer()


@app.command("latent", epilog=example("latent --run results/paper --model d3"))
def latent(config: ConfigPath, model: ModelName, threads: Threads = 1) -> None:
    """Encode the patients with one model and draw codes from q(z | x)."""
    import torch

    from retina_vae.latent.encode import patient_features
    from retina_vae.latent.sample import codes_by_replica
    from retina_vae.latent.storage import write_codes
    from retina_vae.progress import counted, progress
    from retina_vae.vae import load_model

    run = open_run(config).dimensioned()
    settings = run.settings
    settings.model(model)
    torch.set_num_threads(threads)
    patients, schema = run.patients()
    trained, description = load_model(run.model_folder(model))
    features = patient_features(description.encoding, patients)
    codes = codes_by_replica(trained, description, features, settings.latent)
    path = run.path("latent/{model}/codes.parquet", model)
    with progress(f"latent {model}, replicas", description.replicas) as advance:
        write_codes(path, counted(codes, advance), patients[schema.identifier].tolist(), schema.identifier)
    run.write("latent", {"latent/{model}/codes.parquet": WRITTEN}, model)
    folder = run.folder / "latent" / model
    draws, replicas = amount_of(settings.latent.draws, "draw"), amount_of(description.replicas, "replica")
    say(f"latent: {draws} per patient under {replicas} in {folder}")
