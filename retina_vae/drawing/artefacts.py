"""What a study of images adds to a run: its pictures, how good they are, and the figures of the report."""

from __future__ import annotations

from retina_vae.artefacts import AS_IT_IS, Artefact
from retina_vae.config import Configuration
from retina_vae.steps import COHORT, Step

__all__ = ["IMAGE_ARTEFACTS", "IMAGE_STEP", "PICTURES", "QUALITY"]

PICTURES = "pictures/pictures.parquet"
QUALITY = "pictures/quality.csv"

_FIGURES = {
    "clusters": "the images of each cluster",
    "reconstructions": "images and what models make of them",
    "prior": "what models draw from the prior",
    "paths": "the way from one image to another",
    "traversals": "what each coordinate draws",
    "plane": "the plane of a model of two dimensions",
}


IMAGE_ARTEFACTS = (
    Artefact(
        PICTURES,
        "pictures",
        "picture",
        (
            "set: clusters, reconstructions, prior, paths, traversals or plane",
            "model: that drew it; empty of the images themselves",
            "row: in the set; of clusters their number",
            "place: in the row",
            "caption",
            "value_<i>: share of the maximum of pixel i",
        ),
        "pictures",
    ),
    Artefact(
        QUALITY,
        "pictures",
        "model, replica, kind of pictures",
        (
            "model: empty of the images themselves",
            "replica: 0 of the images themselves",
            "pictures: data, reconstructions, prior or midpoints (of the codes of two images of different labels)",
            "count",
            "sharpness: mean variance of the Laplacian of what the decoder expects",
            "sharpness_error: standard error",
            "accepted: share to which a classifier gives a label at 0.9 or more; empty without labels",
            "accepted_error: standard error",
            "classifier: its accuracy on images that it was not trained on; empty without labels",
        ),
        AS_IT_IS,
    ),
    *(
        Artefact(
            f"report/figures/images_{name}.{suffix}",
            "report",
            "",
            (f"{subject[0].upper()}{subject[1:]}.",),
            AS_IT_IS,
            # Of real people some are left out, which only the patients say.
            optional=True,
        )
        for name, subject in _FIGURES.items()
        for suffix in ("svg", "png")
    ),
)
"""In the order in which a run makes them."""


def _reads(configuration: Configuration) -> list[str]:
    # Of all models: which of them are as many-dimensional, a run that chooses the dimension does not know beforehand.
    files = ("weights.safetensors", "model.json")
    models = [f"vae/{name}/{file}" for name in configuration.models for file in files]
    clusters = [f"clusters/{name}" for name in ("assignments.parquet", "centers.csv", "replicas.csv")]
    found = ["clusters/latent_structure.csv"] if configuration.clusters.k == "auto" else []
    held = ["vae/held_out.csv"] if configuration.vae.latent_dims == "auto" else []
    return [*COHORT, *models, *clusters, *found, *held]


IMAGE_STEP = Step(
    "pictures", "commands.pictures", _reads, lambda c: {"seed": c.latent.seed, "family": sorted(c.family)}
)
"""Makes the pictures; the rule stands in ``workflow/rules/pictures.smk``, which the study's rules include."""
