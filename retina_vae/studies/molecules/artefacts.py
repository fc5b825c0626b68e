"""What the study adds to a run: how well models write molecules, what lies near one, and what is drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from retina_vae.artefacts import AS_IT_IS, Artefact
from retina_vae.steps import COHORT, Step

if TYPE_CHECKING:
    from retina_vae.config import Configuration

__all__ = ["ARTEFACTS", "DRAWN", "FIGURES", "MODELS", "MOVED", "NEIGHBOURS", "PROPERTIES_OF_CODES", "STEPS"]

MODELS = "molecules/models.csv"
NEIGHBOURS = "molecules/neighbours.csv"
PROPERTIES_OF_CODES = "molecules/properties.csv"
MOVED = "molecules/moved.csv"
DRAWN = "molecules/drawn.csv"

FIGURES = {
    "neighbours": "molecules near one, of each model at matched distances",
    "similarity": "how alike molecules are to those that they lie near, by distance",
    "prior": "molecules from the prior",
    "path": "the way from one molecule to another",
    "moved": "a molecule as its code moves along a property",
}

ARTEFACTS = (
    Artefact(
        MODELS,
        "molecules",
        "model, replica",
        (
            "model",
            "replica",
            "trained: molecules that it was trained on",
            "held_out: molecules that no model sees, on which reconstruction is measured",
            "reconstruction: share of the held-out molecules that the middle of their code is decoded into",
            "reconstruction_error: standard error over the molecules",
            "reconstruction_trained: the same of as many molecules of the cohort",
            "draws: codes drawn from the prior N(0, I); of an autoencoder from a normal with the mean and the "
            "covariance of its codes",
            "valid: share of the draws that are molecules",
            "unique: share of the valid ones that differ",
            "novel: share of the different ones that are not in the cohort",
            "rediscovered: share of the different ones that are in the source, and not in the cohort",
        ),
        AS_IT_IS,
    ),
    Artefact(
        NEIGHBOURS,
        "molecules",
        "model, replica, unit, radius",
        (
            "model: empty of pairs of different held-out molecules that are drawn at random",
            "replica: 0 of these pairs",
            "unit: codes (a step is a draw from a normal with the covariance of the codes) or distance (evenly in all "
            "directions, as long on average)",
            "radius: by which the step is multiplied, so that 1 is as far as two codes differ in one",
            "draws: codes near each molecule",
            "molecules: held-out ones whose neighbourhood is looked at",
            "similarity: mean Tanimoto similarity to the molecule (Morgan fingerprints of radius 2), 0 to what is none",
            "similarity_error: standard error over the molecules",
            "same: share of the draws that are the molecule itself",
            "similarity_of_others: mean over the draws that are another molecule",
            "valid: share of the draws that are molecules",
        ),
        AS_IT_IS,
    ),
    Artefact(
        PROPERTIES_OF_CODES,
        "molecules",
        "model, replica, property",
        (
            "model: `components` of as many principal components of the symbols as the clustered model has dimensions",
            "replica: 0 of components",
            "property",
            "r2: of a linear regression on the codes, measured on held-out molecules",
            "r2_quadratic: the same of a regression on codes and their products",
            "error: root mean squared error of the linear regression, in the property's unit",
        ),
        AS_IT_IS,
    ),
    Artefact(
        MOVED,
        "molecules",
        "model, replica, property, step",
        (
            "model",
            "replica",
            "property",
            "step: along the direction of the linear regression, in standard deviations of the codes along it",
            "molecules: held-out ones that are moved",
            "mean: of the property of what is decoded",
            "error: standard error over the molecules",
            "predicted: what the regression says",
            "valid: share of what is decoded that is a molecule",
        ),
        AS_IT_IS,
    ),
    Artefact(
        DRAWN,
        "molecules",
        "molecule that is drawn",
        (
            "set: neighbours, prior, path or moved",
            "model",
            "row",
            "place: in the row",
            "smiles: empty where nothing is decoded",
            "caption",
        ),
        AS_IT_IS,
    ),
    *(
        Artefact(
            f"report/figures/molecules_{name}.{suffix}",
            "report",
            "",
            (f"{subject[0].upper()}{subject[1:]}.",),
            AS_IT_IS,
        )
        for name, subject in FIGURES.items()
        for suffix in ("svg", "png")
    ),
)
"""In the order in which a run makes them."""


def _reads(configuration: Configuration) -> list[str]:
    files = ("weights.safetensors", "model.json")
    models = [f"vae/{name}/{file}" for name in configuration.models for file in files]
    held = ["vae/held_out.csv"] if configuration.vae.latent_dims == "auto" else []
    return [*COHORT, *models, "clusters/replicas.csv", *held]


def _settings(configuration: Configuration) -> dict[str, Any]:
    values = configuration.cohort.model_dump(mode="json")
    own = {"source": values["source"]} | {key: values[key] for key in configuration.source.reads}
    return {"seed": configuration.latent.seed, "family": sorted(configuration.family), "cohort": own}


STEPS = (Step("molecules", "studies.molecules.commands", _reads, _settings, uses_study=True, reads_source=True),)
"""The step that makes them."""
