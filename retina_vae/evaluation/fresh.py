"""Fresh patients of a simulated cohort, with the exact density of the simulator."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retina_vae.cohort import CohortDensity, CohortSchema, Epidemiology, simulate
from retina_vae.config import EvaluationSettings
from retina_vae.evaluation.subjects import FreshPatients

__all__ = ["fresh_patients"]


@dataclass(frozen=True)
class _ExactDensity:
    """The simulator's density, whose groups are the categories of the outcome."""

    density: CohortDensity

    def log_density(self, patients: pd.DataFrame) -> NDArray[np.float64]:
        return self.density.log_density(patients)

    def group_posterior(self, patients: pd.DataFrame) -> NDArray[np.float64]:
        return self.density.disease_posterior(patients)


def fresh_patients(epidemiology: Epidemiology, schema: CohortSchema, settings: EvaluationSettings) -> FreshPatients:
    """Patients of every group, and their density.

    Args:
        epidemiology: What the simulator draws from.
        schema: The columns.
        settings: How many patients to draw of each group, and their seed.
    """
    patients = simulate(epidemiology, schema, settings.patients_per_group, settings.seed)
    return FreshPatients(patients, _ExactDensity(CohortDensity.of(epidemiology, schema)))
