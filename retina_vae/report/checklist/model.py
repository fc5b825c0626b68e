"""The items on the model, its training and the software."""

from __future__ import annotations

import math

import pandas as pd

from retina_vae.report.checklist.answer import Answer, answered, in_part
from retina_vae.report.choices import choice_rows
from retina_vae.report.manuscript.software import software_versions
from retina_vae.report.tables import RunTables
from retina_vae.report.wording import clusters_in_words, percent
from retina_vae.words import amount_of, enumerated

__all__ = ["algorithm", "last_fall", "software", "starts_and_convergence"]

_FEWEST_EPOCHS = 20
_STILL = 0.01


def algorithm(tables: RunTables) -> Answer:
    """The model, what it minimises, and the clustering."""
    vae, clusters = tables.configuration.vae, tables.configuration.clusters
    choices = "; ".join(f"{label[0].lower()}{label[1:]}: {text}" for label, text in choice_rows(vae))
    dimensions = amount_of(clusters.latent_dim, "latent dimension")
    kind = "An autoencoder" if vae.posterior == "point" else "A variational autoencoder"
    return answered(
        f"{kind} with {dimensions} ({choices}), then {tables.clustering.name} on the {clusters.on} of its codes into "
        f"{clusters_in_words(clusters.number)}.",
        "#settings",
        "#methods",
        "config.yaml",
    )


def starts_and_convergence(tables: RunTables) -> Answer:
    """Starts of training and clustering, and whether the loss still fell at the end."""
    seeds, clusters = len(tables.replicas), tables.configuration.clusters
    said = (
        f"{amount_of(seeds, 'training')} of {tables.configuration.vae.epochs:,} epochs, each from its own seed; "
        f"{clusters.n_init} starts of the clustering."
    )
    left = last_fall(tables.histories[clusters.latent_dim])
    where = ("#training", f"release/vae/{tables.clustered}/history.parquet")
    if math.isnan(left):
        return in_part(f"{said} Whether the loss still fell at the end cannot be told from so few epochs.", *where)
    said += f" In the last tenth of the epochs the loss fell by {percent(left, 1)} of its whole fall"
    if left > _STILL:
        return in_part(f"{said}: the training may not have converged. State why that is enough.", *where)
    return in_part(f"{said}. Iterations of the clustering itself are not recorded.", *where)


def last_fall(history: pd.DataFrame) -> float:
    """How much of the whole fall of the loss lies between its last tenth of epochs and the tenth before.

    Args:
        history: ``replica, epoch, loss`` of one model; the median of the replicas counts.

    Returns:
        A share, 0 where it no longer falls; NaN of fewer than 20 epochs, or where the loss never fell.
    """
    losses = history.groupby("epoch")["loss"].median().sort_index()
    tenth = len(losses) // 10
    if len(losses) < _FEWEST_EPOCHS:
        return math.nan
    end, before = float(losses.iloc[-tenth:].mean()), float(losses.iloc[-2 * tenth : -tenth].mean())
    whole = float(losses.iloc[0]) - end
    return max((before - end) / whole, 0.0) if whole > 0 else math.nan


def software(tables: RunTables) -> Answer:
    """Versions and hashes."""
    versions = enumerated([f"{name} {version}" for name, version in software_versions().items()])
    return answered(
        f"{versions}. The manifest, which is written when the run is complete, holds SHA-256 of every file that the "
        "run read and wrote, with commit, machine and seeds.",
        "#settings",
        "manifest.json",
    )
