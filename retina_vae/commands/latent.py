"""The command that draws codes."""

from __future__ import annotations

import typer

from retina_vae.commands.options import ConfigPath, ModelName, Threads
from retina_vae.commands.saying import say
from retina_vae.config import load_configuration
from retina_vae.files import write_table

app = typer.Typer()


@app.command("latent")
def latent(config: ConfigPath, model: ModelName, threads: Threads = 1) -> None:
    """Encode the patients with one model and draw codes from q(z | x)."""
    import torch

    from retina_vae.cohort import read_cohort
    from retina_vae.latent.encode import patient_features
    from retina_vae.latent.sample import patient_codes
    from retina_vae.vae import load_model

    settings = load_configuration(config)
    settings.model(model)
    torch.set_num_threads(threads)
    patients, schema = read_cohort(settings.folder)
    trained, description = load_model(settings.folder / "vae" / model)
    codes = patient_codes(trained, description, patient_features(description.encoding, patients), settings.latent)
    folder = settings.folder / "latent" / model
    write_table(codes.to_table(patients[schema.identifier].tolist(), schema.identifier), folder / "codes.parquet")
    say(f"latent: {settings.latent.draws} draws per patient under {description.replicas} replicas in {folder}")
