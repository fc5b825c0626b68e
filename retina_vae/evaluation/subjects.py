"""On whom the models are measured, and what is exactly known of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.metrics import adjusted_rand_score

from retina_vae.cohort.schema import CohortSchema

__all__ = ["FreshPatients", "PatientDensity", "Subjects", "choose_subjects"]

FloatArray = NDArray[np.float64]


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
        outcome_limit: Share of patients whose most probable outcome is right: no classifier of these inputs is right
            more often, chance aside. Not a number where it is unknown.
        ari_limit: Adjusted Rand index of that outcome with the true one; likewise.
    """

    description: str
    patients: pd.DataFrame
    outcome: NDArray[np.int64] | None
    log_density: FloatArray
    outcome_limit: float
    ari_limit: float


def choose_subjects(patients: pd.DataFrame, schema: CohortSchema, fresh: FreshPatients | None = None) -> Subjects:
    """Fresh patients with their exact density where there are some, else the training patients.

    Args:
        patients: The training patients.
        schema: Their columns; the groups of fresh patients are the categories of its outcome.
        fresh: From the simulator that made the training patients.
    """
    if fresh is None:
        unknown = np.full(len(patients), np.nan)
        return Subjects("training patients", patients, _outcome(patients, schema), unknown, np.nan, np.nan)
    outcome = _outcome(fresh.patients, schema)
    limit, ari = _limits(fresh, outcome)
    return Subjects("fresh patients", fresh.patients, outcome, fresh.density.log_density(fresh.patients), limit, ari)


def _limits(fresh: FreshPatients, outcome: NDArray[np.int64] | None) -> tuple[float, float]:
    """How often the most probable outcome is right, and its adjusted Rand index, over the known outcomes."""
    if outcome is None or not fresh.groups_are_outcome or not (outcome >= 0).any():
        return np.nan, np.nan
    known = outcome >= 0
    best = fresh.density.group_posterior(fresh.patients[known]).argmax(axis=1)
    return float((best == outcome[known]).mean()), float(adjusted_rand_score(outcome[known], best))


def _outcome(patients: pd.DataFrame, schema: CohortSchema) -> NDArray[np.int64] | None:
    if schema.outcome is None:
        return None
    return patients[schema.outcome.name].cat.codes.to_numpy().astype(np.int64)
