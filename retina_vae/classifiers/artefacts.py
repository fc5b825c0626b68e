"""What a study whose items have labels adds to a run: the supervised model beside a plain classifier."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from retina_vae.artefacts import AS_IT_IS, Artefact
from retina_vae.steps import COHORT, Step, model_settings

if TYPE_CHECKING:
    from retina_vae.config import Configuration

__all__ = ["CLASSIFIERS", "CLASSIFIER_ARTEFACT", "CLASSIFIER_STEP", "LIMIT", "PLAIN", "SUPERVISED", "supervised_model"]

CLASSIFIERS = "evaluation/classifiers.csv"
"""The table, below a run's folder."""

SUPERVISED, PLAIN, LIMIT = "supervised VAE", "plain classifier", "limit"
"""What its rows are: both models, and what nothing is better than, where that is known."""


def supervised_model(configuration: Configuration) -> str | None:
    """The model that learns the labels: the first of the family that does; None without one, or without labels."""
    if not configuration.source.labels:
        return None
    learned = (name for name in configuration.family if configuration.vae_of(name).objective == "supervised")
    return next(learned, None)


def _has_classifiers(configuration: Configuration) -> bool:
    return supervised_model(configuration) is not None


def _settings(configuration: Configuration) -> dict[str, Any]:
    name, asked = supervised_model(configuration), configuration.held_out
    model = None if name is None else model_settings(configuration, name)
    return {"model": model, "held_out": {key: getattr(asked, key) for key in ("folds", "patients", "seed")}}


CLASSIFIER_ARTEFACT = Artefact(
    CLASSIFIERS,
    "classifiers",
    "number of known labels, model",
    (
        "known: labels that are known of the items that a model is trained on",
        f"model: `{SUPERVISED}`, `{PLAIN}` (the same encoder and classifier, the cross-entropy alone), or "
        f"`{LIMIT}` (the labels' probabilities by what is known of how the items were simulated)",
        "parameters: numbers of encoder and classifier",
        "folds",
        "seeds: models of each fold",
        "items: measured, each by the models that were not trained on its fold",
        "accuracy: share of the items whose most probable label is the true one, mean over folds and seeds",
        "accuracy_error: standard error over the folds, as the other errors",
        "cross_entropy: mean -log p(label), nats per item",
        "cross_entropy_error",
        "calibration_error: expected calibration error, 15 bins of the largest probability",
        "accuracy_gain: of the supervised VAE over the plain classifier",
        "accuracy_gain_error",
        "accuracy_gap: how far the model stays below the limit; empty where nobody knows it",
        "accuracy_gap_error",
    ),
    AS_IT_IS,
    when=_has_classifiers,
)

CLASSIFIER_STEP = Step("classifiers", "commands.classifiers", lambda _: [*COHORT], _settings, uses_study=True)
"""Makes it; the rule stands in ``workflow/rules/classifiers.smk``, which the study's rules include."""
