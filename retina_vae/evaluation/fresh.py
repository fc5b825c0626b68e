"""Fresh patients of a simulated cohort, with the exact density of the simulator."""

from __future__ import annotations

from retina_vae.cohort import CohortDensity, CohortSchema, Epidemiology, simulate
from retina_vae.config import EvaluationSettings
from retina_vae.evaluation.subjects import FreshPatients

__all__ = ["fresh_patients"]


def fresh_patients(epidemiology: Epidemiology, schema: CohortSchema, settings: EvaluationSettings) -> FreshPatients:
    """Patients of every group, and their density.

    Args:
        epidemiology: What the simulator draws from.
        schema: The columns.
        settings: How many patients to draw of each group, and their seed.
    """
    patients = simulate(epidemiology, schema, settings.patients_per_group, settings.seed)
    named = schema.outcome is not None and epidemiology.column == schema.outcome.name
    return FreshPatients(patients, CohortDensity.of(epidemiology, schema), named)
