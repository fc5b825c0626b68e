"""What training writes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from retina_vae.artefacts.base import AS_IT_IS, NEVER, Artefact

if TYPE_CHECKING:
    from retina_vae.config import Configuration

__all__ = ["VAE"]


def _held_out(configuration: Configuration) -> bool:
    """Where it chooses the dimension; and of an analyst's table, where other methods stand beside it."""
    return configuration.vae.latent_dims == "auto" or (
        configuration.vae.has_density and configuration.cohort.source == "table"
    )


def _sampled(configuration: Configuration) -> bool:
    return configuration.vae.weights == "sghmc"


VAE = (
    Artefact(
        "vae/held_out.csv",
        "held_out",
        "latent dimension",
        (
            "latent_dim",
            "folds",
            "patients: measured, each by the model that was not trained on its fold",
            "log_density: their mean log p(x), nats per patient and unit of the columns",
            "log_density_error: standard error over the patients",
            "trained_on: as log_density, by a model that was trained on them",
            "below_best: mean difference from the best dimension",
            "below_best_error: its standard error over the patients",
            "chosen: the fewest within one standard error of the best",
        ),
        AS_IT_IS,
        when=_held_out,
    ),
    Artefact(
        "vae/held_out_patients.parquet",
        "held_out",
        "patient",
        ("position: row of the cohort, from 0", "fold", "log_density: of the chosen dimension"),
        NEVER,
        when=_held_out,
    ),
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
    Artefact(
        "vae/samples.safetensors",
        "weight_samples",
        "",
        ("Samples of the weights of the clustered model, stacked: those of replica 1's chain, then of the next.",),
        NEVER,
        when=_sampled,
    ),
    Artefact(
        "vae/samples.csv",
        "weight_samples",
        "replica, sample",
        (
            "replica: whose chain, 1..R",
            "sample: 1..S, in the order of the chain",
            "log_joint: log p(weights, patients) but for a constant, nats",
            "bound: mean lower bound of log p(x) over the patients, nats per unit of the features",
        ),
        AS_IT_IS,
        when=_sampled,
    ),
    Artefact(
        "vae/chains.csv",
        "weight_samples",
        "number of a sample",
        (
            "quantity: log_joint or bound",
            "chains",
            "samples: kept of each chain",
            "mean",
            "standard_deviation: over all samples",
            "r_hat: 1 where the chains agree (rank-normalised, split)",
            "effective_samples: independent samples that would tell its mean as closely",
        ),
        AS_IT_IS,
        when=_sampled,
    ),
)
