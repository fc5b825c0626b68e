"""What the study adds to a run: the supervised model beside a plain classifier."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from retina_vae.artefacts import AS_IT_IS, Artefact
from retina_vae.drawing.artefacts import IMAGE_ARTEFACTS, image_step
from retina_vae.steps import COHORT, Step, model_settings

if TYPE_CHECKING:
    from retina_vae.config import Configuration

__all__ = ["ARTEFACTS", "STEPS", "supervised_model"]


def supervised_model(configuration: Configuration) -> str | None:
    """The model that learns the labels: the first of the family that does; None without one, or without labels."""
    if configuration.cohort.source == "unlabelled_images":
        return None
    learned = (name for name in configuration.family if configuration.vae_of(name).objective == "supervised")
    return next(learned, None)


def _has_classifiers(configuration: Configuration) -> bool:
    return supervised_model(configuration) is not None


ARTEFACTS = (
    *IMAGE_ARTEFACTS,
    Artefact(
        "pictures/classifiers.csv",
        "classifiers",
        "number of known labels, model",
        (
            "known: labels that are known of the pictures that a model is trained on",
            "model: `supervised VAE`, or `plain classifier` (the same encoder and classifier, the cross-entropy alone)",
            "parameters: numbers of encoder and classifier",
            "folds",
            "seeds: models of each fold",
            "pictures: measured, each by the models that were not trained on its fold",
            "accuracy: share of the pictures whose most probable label is the true one, mean over folds and seeds",
            "accuracy_error: standard error over the folds, as the other errors",
            "cross_entropy: mean -log p(label), nats per picture",
            "cross_entropy_error",
            "calibration_error: expected calibration error, 15 bins of the largest probability",
            "accuracy_gain: of the supervised VAE over the plain classifier",
            "accuracy_gain_error",
        ),
        AS_IT_IS,
        when=_has_classifiers,
    ),
)


def _of_classifiers(configuration: Configuration) -> dict[str, Any]:
    name, asked = supervised_model(configuration), configuration.held_out
    model = None if name is None else model_settings(configuration, name)
    return {"model": model, "held_out": {key: getattr(asked, key) for key in ("folds", "patients", "seed")}}


STEPS = (
    image_step("studies.digits.commands"),
    Step("classifiers", "studies.digits.commands", lambda _: [*COHORT], _of_classifiers),
)
"""The steps that make them."""
