"""What training writes."""

from __future__ import annotations

from retina_vae.artefacts.base import AS_IT_IS, NEVER, Artefact

__all__ = ["VAE"]

VAE = (
    Artefact("vae/{model}/weights.safetensors", "vae", "", ("Every replica's weights, stacked.",), NEVER),
    Artefact("vae/{model}/model.json", "vae", "", ("What is needed to rebuild the model.",), NEVER),
    Artefact(
        "vae/{model}/history.parquet",
        "vae",
        "replica, epoch",
        (
            "replica: 1..R",
            "epoch: 1..E",
            "loss: mean per patient over the epoch, as the next three",
            "reconstruction",
            "kl: 0 where the objective has no such term",
            "cross_entropy: 0 where the objective has no such term",
            "validation_loss: of the patients kept out, if any",
        ),
        AS_IT_IS,
    ),
)
