"""The command that draws codes."""

from __future__ import annotations

import typer

from retina_vae.commands.options import ConfigPath, ModelName, Threads
from retina_vae.commands.saying import say
from retina_vae.run import open_run

app = typer.Typer()


@app.command("latent")
def latent(config: ConfigPath, model: ModelName, threads: Threads = 1) -> None:
    """Encode the patients with one model and draw codes from q(z | x)."""
    import torch

    from retina_vae.latent.encode import patient_features
    from retina_vae.latent.sample import patient_codes
    from retina_vae.vae import load_model

    run = open_run(config)
    settings = run.settings
    settings.model(model)
    torch.set_num_threads(threads)
    patients, schema = run.patients()
    trained, description = load_model(run.model_folder(model))
    codes = patient_codes(trained, description, patient_features(description.encoding, patients), settings.latent)
    table = codes.to_table(patients[schema.identifier].tolist(), schema.identifier)
    run.write("latent", {"latent/{model}/codes.parquet": table}, model)
    folder = run.folder / "latent" / model
    say(f"latent: {settings.latent.draws} draws per patient under {description.replicas} replicas in {folder}")
