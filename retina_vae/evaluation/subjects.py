"""On whom the models are measured, and what is exactly known of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.metrics import adjusted_rand_score

from retina_vae.cohort import CohortDensity, CohortSchema, Epidemiology, simulate
from retina_vae.config import CohortSettings, EvaluationSettings

__all__ = ["Subjects", "choose_subjects"]


@dataclass(frozen=True, eq=False)
class Subjects:
    """The patients that models are measured on.

    Attributes:
        description: ``fresh patients``, which no model has seen, or ``training patients``.
        patients: The table.
        diagnosis: Each patient's diagnosis as a position in the schema, shape (patients,).
        log_density: Exact log p(x) of each patient in nats, numbers in their units (years), shape (patients,); not a
            number where it is unknown.
        diagnosis_limit: Share of patients whose most probable diagnosis is right: no classifier of these inputs is
            right more often, chance aside.
        ari_limit: Adjusted Rand index of that diagnosis with the true one.
    """

    description: str
    patients: pd.DataFrame
    diagnosis: NDArray[np.int64]
    log_density: NDArray[np.float64]
    diagnosis_limit: float
    ari_limit: float


def choose_subjects(
    cohort: CohortSettings,
    settings: EvaluationSettings,
    patients: pd.DataFrame,
    epidemiology: Epidemiology,
    schema: CohortSchema,
) -> Subjects:
    """Fresh patients from the simulator, with their exact density; of a published cohort its own patients.

    Args:
        cohort: Where the training patients came from.
        settings: How many fresh patients to draw, and their seed.
        patients: The training patients.
        epidemiology: What the simulator draws from.
        schema: The columns.
    """
    if cohort.source != "simulated":
        unknown = np.full(len(patients), np.nan)
        return Subjects("training patients", patients, _diagnosis(patients, schema), unknown, np.nan, np.nan)
    fresh = simulate(epidemiology, schema, settings.patients_per_group, settings.seed)
    density, diagnosis = CohortDensity.of(epidemiology, schema), _diagnosis(fresh, schema)
    best = density.group_posterior(fresh).argmax(axis=1)
    limit, ari = float((best == diagnosis).mean()), float(adjusted_rand_score(diagnosis, best))
    return Subjects("fresh patients", fresh, diagnosis, density.log_density(fresh), limit, ari)


def _diagnosis(patients: pd.DataFrame, schema: CohortSchema) -> NDArray[np.int64]:
    return patients[schema.diagnosis.name].cat.codes.to_numpy().astype(np.int64)
