"""The supervised VAE beside a plain classifier of the same size: does it earn its place?

Both have the same encoder and the same classifier of (mu, Sigma), the same first weights, batches, optimiser and
epochs, and are measured on the same pictures that neither was trained on. The supervised VAE minimises the ELBO and the
cross-entropy (after Kingma, Mohamed, Rezende and Welling 2014, Semi-supervised learning with deep generative models),
the plain classifier the cross-entropy alone. Few labels are where the former has more to learn from: a picture whose
label is hidden counts with the ELBO alone, so that only the supervised VAE learns from it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor

from retina_vae.classifiers.artefacts import LIMIT, PLAIN, SUPERVISED
from retina_vae.cohort import CohortSchema
from retina_vae.cohort.folds import Folds, fold_of
from retina_vae.config import HeldOutSettings, ModelSettings, VaeSettings
from retina_vae.progress import Advance, silent
from retina_vae.training import TrainingCohort, prepare_cohort
from retina_vae.vae import ModelDescription, Patients, VariationalAutoencoder, build_model, fit_replicas, replica_seeds
from retina_vae.vae.replicas import select_replica

__all__ = [
    "COLUMNS",
    "KNOWN",
    "Scores",
    "classifier_size",
    "compare_classifiers",
    "expected_calibration_error",
    "hide_labels",
]

FloatArray = NDArray[np.float64]
Labels = NDArray[np.int64]

KNOWN = (100, 50)
"""How many labels are known where they are few, beside all of them."""

COLUMNS = (
    *("known", "model", "parameters", "folds", "seeds", "items", "accuracy", "accuracy_error"),
    *("cross_entropy", "cross_entropy_error", "calibration_error", "accuracy_gain", "accuracy_gain_error"),
    *("accuracy_gap", "accuracy_gap_error"),
)
"""Of the table; ``docs/architecture.md`` says what they mean."""

_OBJECTIVES = {SUPERVISED: "supervised", PLAIN: "classification"}
_BINS = 15


class Scores(NamedTuple):
    """What classifiers say of the pictures that they were not trained on.

    Attributes:
        probabilities: Of each class, shape (seeds, pictures, classes).
        labels: The true classes, shape (pictures,).
        fold: Fold of each picture, shape (pictures,).
    """

    probabilities: FloatArray
    labels: Labels
    fold: Labels

    @property
    def accuracy(self) -> FloatArray:
        """Share of each fold's pictures whose most probable class is the true one, over the seeds, shape (folds,)."""
        return self._by_fold(self.probabilities.argmax(axis=2) == self.labels)

    @property
    def cross_entropy(self) -> FloatArray:
        """Mean -log p(y | x) of each fold's pictures in nats, over the seeds, shape (folds,)."""
        chosen = np.take_along_axis(self.probabilities, self.labels[None, :, None], axis=2)[:, :, 0]
        return self._by_fold(-np.log(np.maximum(chosen, np.finfo(np.float64).tiny)))

    @property
    def calibration_error(self) -> float:
        """The expected calibration error over all pictures, mean over the seeds."""
        return float(np.mean([expected_calibration_error(own, self.labels) for own in self.probabilities]))

    def _by_fold(self, values: NDArray[np.bool_] | FloatArray) -> FloatArray:
        return np.array([values[:, self.fold == fold].mean() for fold in np.unique(self.fold)])


def compare_classifiers(
    table: pd.DataFrame,
    schema: CohortSchema,
    model: ModelSettings,
    asked: HeldOutSettings,
    device: torch.device,
    advance: Advance = silent,
    limit: FloatArray | None = None,
) -> pd.DataFrame:
    """Train both models at all labels and at few, and measure them on held-out folds.

    Args:
        table: The pictures, with their labels; those without one are left out.
        schema: What its columns are.
        model: The supervised model; its replicas are the seeds.
        asked: Folds, pictures at most, and the seed of both.
        device: Where the models are trained.
        advance: Is told how many trainings are done, two for each number of labels.
        limit: p(label) of each row of ``table`` by what is known of their simulation, shape (rows, classes):
            no classifier is right more often, but by chance. None where nobody knows it.

    Returns:
        One row per number of known labels and model, in the columns :data:`COLUMNS`. Errors are standard errors over
        the folds, each a mean over the seeds; ``accuracy_gain`` is the difference to the plain classifier fold by fold,
        ``accuracy_gap`` that of the limit to each model. The limit is a row of its own, the last.

    Raises:
        ConfigurationError: No picture has a label.
        NonFiniteLossError: A training diverges.
    """
    known_rows = table[_outcome(schema)].notna().to_numpy()
    labelled = table[known_rows].reset_index(drop=True)
    cohort = prepare_cohort(labelled if len(labelled) else table, schema, model.vae)
    folds = fold_of(cohort.patients.count, min(asked.folds, cohort.patients.count), asked.patients, asked.seed)
    best = None if limit is None or not len(labelled) else _limit(cohort, folds, limit[known_rows])
    rows, done = list[Sequence[object]](), 0
    for known in _numbers_of_labels(folds, len(cohort.classes)):
        scores = {}
        for name, objective in _OBJECTIVES.items():
            scores[name] = _cross_validated(cohort, folds, model, objective, known, device)
            done += 1
            advance(done, f"{name}, {'all' if known is None else known} labels: {scores[name].accuracy.mean():.3f}")
        rows += _rows(scores, _known_in_words(folds, known), classifier_size(_description(cohort, model, 1)), best)
    if best is not None:
        rows += _rows({LIMIT: best}, _known_in_words(folds, None), 0, best)
    return pd.DataFrame(rows, columns=list(COLUMNS))


def hide_labels(labels: Labels, known: int | None, seed: int) -> Labels:
    """The labels with all but ``known`` of them replaced by -1; of every class as many stay, give or take one.

    Args:
        labels: From 0, shape (pictures,).
        known: How many stay; all of them where it is None or there are no more.
        seed: Of the draw.
    """
    if known is None or known >= len(labels):
        return labels
    order = np.random.default_rng(seed).permutation(len(labels))
    # The place of each picture among those of its class: first the first of every class, then the second.
    drawn = pd.Series(labels[order])
    turn = drawn.groupby(drawn).cumcount().to_numpy()
    kept = order[np.argsort(turn, kind="stable")[:known]]
    hidden = np.full_like(labels, -1)
    hidden[kept] = labels[kept]
    return hidden


def expected_calibration_error(probabilities: FloatArray, labels: Labels, bins: int = _BINS) -> float:
    """How far confidence and accuracy lie apart, on average (Guo, Pleiss, Sun and Weinberger 2017, equation 3).

    ``sum_b n_b / n |accuracy_b - confidence_b|``, over bins b of equal width of the largest probability.

    Args:
        probabilities: Of each class, shape (pictures, classes).
        labels: The true classes, shape (pictures,).
        bins: Number of bins; a confidence on a border belongs to the lower one.
    """
    confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == labels
    place = np.clip(np.ceil(confidence * bins).astype(np.int64) - 1, 0, bins - 1)
    apart = np.bincount(place, weights=right - confidence, minlength=bins)
    return float(np.abs(apart).sum() / len(labels))


def classifier_size(description: ModelDescription) -> int:
    """Numbers of one replica that decide its classification: those of encoder and classifier."""
    model = build_model(description)
    parts = [part for part in (model.encoder, model.classifier) if part is not None]
    return sum(weight[0].numel() for part in parts for weight in part.parameters())


def _outcome(schema: CohortSchema) -> str:
    return schema.identifier if schema.outcome is None else schema.outcome.name


def _numbers_of_labels(folds: Folds, classes: int) -> list[int | None]:
    """All, and the few that are fewer and give every class one."""
    smallest = len(folds.fold) - int(np.bincount(folds.fold).max())
    return [None, *(known for known in KNOWN if classes <= known < smallest)]


def _known_in_words(folds: Folds, known: int | None) -> int:
    return len(folds.fold) - int(np.bincount(folds.fold).max()) if known is None else known


def _description(cohort: TrainingCohort, model: ModelSettings, replicas: int) -> ModelDescription:
    """Of both models, whatever they minimise: encoder, decoder and classifier."""
    seeds = replica_seeds(model.vae.seed, replicas)
    return ModelDescription.from_settings(model.vae, model.latent_dim, seeds, cohort.encoding, "", cohort.classes)


def _cross_validated(
    cohort: TrainingCohort,
    folds: Folds,
    model: ModelSettings,
    objective: str,
    known: int | None,
    device: torch.device,
) -> Scores:
    """Train one model per fold and seed on the other folds, all in one pass, and ask each of its fold."""
    count, seeds = int(folds.fold.max()) + 1, model.replicas
    x, labels = cohort.patients.x[:, folds.positions], _labels(cohort)[folds.positions]
    patients = _training_patients(x, labels, folds.fold, seeds, known, model.vae.seed)
    settings = _settings(model.vae.of_cohort(patients.count), objective, patients.count, known)
    description = _description(cohort, model, count * seeds)
    trained, _ = fit_replicas(patients, description, settings, device)
    trained.cpu()
    probabilities = np.empty((seeds, len(labels), len(cohort.classes)))
    one = build_model(description.of_replicas(slice(0, 1)))
    for fold in range(count):
        for seed in range(seeds):
            one.load_state_dict(select_replica(trained, fold * seeds + seed))
            probabilities[seed, folds.fold == fold] = _probabilities(one, x[:, folds.fold == fold])
    return Scores(probabilities, labels, folds.fold)


def _labels(cohort: TrainingCohort) -> Labels:
    assert cohort.patients.labels is not None
    return cohort.patients.labels.numpy()


def _training_patients(x: Tensor, labels: Labels, fold: Labels, seeds: int, known: int | None, seed: int) -> Patients:
    """Those of each fold's models, one seed after the other; of each fold as many as the largest leaves."""
    size = len(fold) - int(np.bincount(fold).max())
    chosen, shown = [], []
    for number in range(int(fold.max()) + 1):
        for own in range(seeds):
            rng = np.random.default_rng([seed, number, own])
            places = np.sort(rng.permutation(np.flatnonzero(fold != number))[:size])
            chosen.append(places)
            shown.append(hide_labels(labels[places], known, seed + own))
    taken = Patients(x).take(torch.from_numpy(np.stack(chosen)))
    return Patients(taken.x, torch.from_numpy(np.stack(shown)))


def _settings(settings: VaeSettings, objective: str, count: int, known: int | None) -> VaeSettings:
    """The cross-entropy is a mean over the pictures whose label is known, however many others there are.

    Its weight beside the ELBO is that of the settings; alone it has none.
    """
    share = 1.0 if known is None else count / known
    if objective == "classification":
        return settings.model_copy(update={"objective": objective, "class_weight": share, "weight_prior": None})
    return settings.model_copy(update={"class_weight": settings.class_weight * share})


@torch.no_grad()
def _probabilities(model: VariationalAutoencoder, x: Tensor) -> FloatArray:
    """p(y | x) of pictures with features (features, pictures) by a model of one replica, shape (pictures, classes)."""
    return model.classify(model.encode(x.unsqueeze(0)))[0].double().exp().T.numpy()


def _limit(cohort: TrainingCohort, folds: Folds, probabilities: FloatArray) -> Scores:
    """What the known probabilities say of the pictures that the classifiers are measured on."""
    return Scores(probabilities[folds.positions][None], _labels(cohort)[folds.positions], folds.fold)


def _rows(scores: dict[str, Scores], known: int, size: int, best: Scores | None) -> Iterator[Sequence[object]]:
    nothing = (math.nan, math.nan)
    for name, own in scores.items():
        gain = _mean_and_error(own.accuracy - scores[PLAIN].accuracy) if name == SUPERVISED else nothing
        gap = nothing if best is None or name == LIMIT else _mean_and_error(best.accuracy - own.accuracy)
        accuracy, cross_entropy = _mean_and_error(own.accuracy), _mean_and_error(own.cross_entropy)
        folds, seeds = len(own.accuracy), len(own.probabilities)
        counted = (known, name, size, folds, seeds, len(own.labels))
        yield (*counted, *accuracy, *cross_entropy, own.calibration_error, *gain, *gap)


def _mean_and_error(values: FloatArray) -> tuple[float, float]:
    """The mean over the folds, and its standard error."""
    return float(values.mean()), float(values.std(ddof=1) / math.sqrt(len(values)))
