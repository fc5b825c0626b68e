"""On whom the models are measured, and what is exactly known of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.metrics import adjusted_rand_score

from retina_vae.cohort.schema import CohortSchema
from retina_vae.settings import EvaluationSettings

__all__ = ["FreshPatients", "PatientDensity", "Subjects", "choose_subjects", "choose_training_patients"]

FloatArray = NDArray[np.float64]

_TRAINING = "training patients"

# Names the stream of those chosen among the training patients.
_CHOSEN = 1


class PatientDensity(Protocol):
    """The exact density of patients, and of the groups that they were drawn from."""

    def log_density(self, patients: pd.DataFrame) -> FloatArray:
        """log p(x) of what is observed of each patient, in nats, numbers in their units, shape (patients,)."""
        ...

    def group_posterior(self, patients: pd.DataFrame) -> FloatArray:
        """Probability of each group given x, shape (patients, groups)."""
        ...


@dataclass(frozen=True, eq=False)
class FreshPatients:
    """Patients that no model has seen, and the density that they were drawn from.

    Attributes:
        patients: The table.
        density: Of the inputs.
        groups_are_outcome: Whether the density's groups are the categories of the outcome, in their order, so that its
            posterior says how well any model could know the outcome.
    """

    patients: pd.DataFrame
    density: PatientDensity
    groups_are_outcome: bool = True


@dataclass(frozen=True, eq=False)
class Subjects:
    """The patients that models are measured on.

    Attributes:
        description: ``fresh patients``, which no model has seen, or ``training patients``.
        patients: The table.
        outcome: Each patient's outcome as a position among its categories, -1 where it is missing, shape (patients,);
            None where the schema has no outcome with categories.
        log_density: Exact log p(x) of each patient in nats, numbers in their units, shape (patients,); not a
            number where it is unknown.
        coded: Positions of those whose codes are clustered, in their order, among the patients with a known outcome;
            a random choice where there are many, because to correct a code costs far more than the other measures.
        outcome_limit: Share of patients whose most probable outcome is right: no classifier of these inputs is right
            more often, chance aside. Not a number where it is unknown.
        ari_limit: Adjusted Rand index of that outcome with the true one among ``coded``; likewise.
        among: How many patients these were chosen from, whom means over them stand for; None where they stand for
            themselves.
    """

    description: str
    patients: pd.DataFrame
    outcome: NDArray[np.int64] | None
    log_density: FloatArray
    coded: NDArray[np.int64]
    outcome_limit: float
    ari_limit: float
    among: int | None = None

    @property
    def left_out(self) -> float:
        """Share of the patients whom these stand for that is not among them."""
        return 0.0 if self.among is None else 1 - len(self.patients) / self.among

    @property
    def are_training(self) -> bool:
        """Whether these are the patients that the models were trained on."""
        return self.description == _TRAINING


def choose_subjects(
    patients: pd.DataFrame, schema: CohortSchema, settings: EvaluationSettings, fresh: FreshPatients | None = None
) -> Subjects:
    """Fresh patients with their exact density where there are some, else training patients.

    Args:
        patients: The training patients.
        schema: Their columns; the groups of fresh patients are the categories of its outcome.
        settings: How many training patients are measured and how many codes are clustered at most, and the seed of
            their choice.
        fresh: From the simulator that made the training patients.
    """
    if fresh is None:
        rows = choose_training_patients(len(patients), settings)
        own = patients if len(rows) == len(patients) else patients.iloc[rows]
        unknown, outcome = np.full(len(own), np.nan), _outcome(own, schema)
        coded = _choose_coded(outcome, settings)
        return Subjects(_TRAINING, own, outcome, unknown, coded, np.nan, np.nan, len(patients))
    outcome = _outcome(fresh.patients, schema)
    coded = _choose_coded(outcome, settings)
    limits = _limits(fresh, outcome, coded)
    density = fresh.density.log_density(fresh.patients)
    return Subjects("fresh patients", fresh.patients, outcome, density, coded, *limits)


def choose_training_patients(count: int, settings: EvaluationSettings) -> NDArray[np.int64]:
    """Positions of those among ``count`` training patients who are measured, ascending: a random choice of many."""
    if count <= settings.training_patients:
        return np.arange(count)
    rng = np.random.default_rng([settings.seed, _CHOSEN])
    return np.sort(rng.choice(count, settings.training_patients, replace=False))


def _choose_coded(outcome: NDArray[np.int64] | None, settings: EvaluationSettings) -> NDArray[np.int64]:
    """Positions among the patients with a known outcome, at most as many as the settings say."""
    known = np.flatnonzero([] if outcome is None else outcome >= 0)
    if len(known) <= settings.coded_patients:
        return known
    chosen = np.random.default_rng(settings.seed).choice(known, settings.coded_patients, replace=False)
    return np.sort(chosen)


def _limits(fresh: FreshPatients, outcome: NDArray[np.int64] | None, coded: NDArray[np.int64]) -> tuple[float, float]:
    """How often the most probable outcome is right where it is known, and its adjusted Rand index among the coded."""
    if outcome is None or not fresh.groups_are_outcome or not (outcome >= 0).any():
        return np.nan, np.nan
    best = fresh.density.group_posterior(fresh.patients).argmax(axis=1)
    known = outcome >= 0
    return float((best == outcome)[known].mean()), float(adjusted_rand_score(outcome[coded], best[coded]))


def _outcome(patients: pd.DataFrame, schema: CohortSchema) -> NDArray[np.int64] | None:
    if schema.outcome is None:
        return None
    return patients[schema.outcome.name].cat.codes.to_numpy().astype(np.int64)
