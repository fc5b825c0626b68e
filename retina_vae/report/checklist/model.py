"""The items on the model, its training and the software."""

from __future__ import annotations

from retina_vae.report.checklist.answer import Answer, answered, in_part
from retina_vae.report.choices import choice_rows
from retina_vae.report.convergence import STILL_FALLING, falling_replicas
from retina_vae.report.manuscript.software import software_versions
from retina_vae.report.tables import RunTables
from retina_vae.report.wording import clusters_in_words, percent
from retina_vae.words import amount_of, enumerated

__all__ = ["algorithm", "software", "starts_and_convergence"]


def algorithm(tables: RunTables) -> Answer:
    """The model, what it minimises, and the clustering."""
    vae, clusters = tables.vae, tables.configuration.clusters
    choices = "; ".join(f"{label[0].lower()}{label[1:]}: {text}" for label, text in choice_rows(vae))
    dimensions = amount_of(tables.configuration.latent_dim, "latent dimension")
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
        f"{amount_of(seeds, 'training')} of {tables.vae.epochs:,} epochs, each from its own seed; "
        f"{clusters.n_init} starts of the clustering."
    )
    where = ("#training", f"release/vae/{tables.clustered}/history.parquet")
    falling, count = falling_replicas(tables)
    bound = percent(STILL_FALLING, 1)
    if falling:
        said += f" The loss of {falling} of {count} fell by more than {bound} in the last tenth of the epochs"
        return in_part(f"{said}: the training may not have converged. State why that is enough.", *where)
    said += f" No loss fell by more than {bound} in the last tenth of the epochs."
    return in_part(f"{said} Iterations of the clustering itself are not recorded.", *where)


def software(tables: RunTables) -> Answer:
    """Versions and hashes."""
    versions = enumerated([f"{name} {version}" for name, version in software_versions().items()])
    return answered(
        f"{versions}. The manifest, which is written when the run is complete, holds SHA-256 of every file that the "
        "run read and wrote, with commit, machine and seeds.",
        "#settings",
        "manifest.json",
    )
