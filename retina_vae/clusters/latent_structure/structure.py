"""The question, asked of a patient table: which structure describes patients best that it was not fitted to."""

from __future__ import annotations

import warnings
from itertools import count

import numpy as np
import pandas as pd
from sklearn.exceptions import ConvergenceWarning

from retina_vae.cluster_settings import LatentStructureSettings
from retina_vae.clusters.latent_structure.answers import StructureTables, tables_of
from retina_vae.clusters.latent_structure.measurements import measure_patients
from retina_vae.clusters.latent_structure.validation import cross_validate
from retina_vae.cohort import CohortSchema
from retina_vae.errors import InputError
from retina_vae.progress import Advance

__all__ = ["StructureTables", "find_structure"]


def find_structure(
    patients: pd.DataFrame,
    schema: CohortSchema,
    settings: LatentStructureSettings,
    threads: int = 1,
    advance: Advance = lambda done, note="": None,
) -> StructureTables:
    """Nothing, a continuum, or groups, and how many; see the package's documentation.

    Args:
        patients: The patient table; only the inputs are looked at.
        schema: Its schema.
        settings: How many patients, folds and groups.
        threads: Folds at the same time; they do not change the result.
        advance: Told of every candidate that is fitted.

    Raises:
        InputError: There are fewer than two patients.
    """
    if len(patients) < 2:
        raise InputError(f"expected at least two patients to compare structures by, got {len(patients)}.")
    rows = np.arange(len(patients))
    if len(patients) > settings.patients:
        rng = np.random.default_rng(settings.seed)
        rows = np.sort(rng.choice(len(patients), settings.patients, replace=False))
    measurements = measure_patients(patients.iloc[rows], schema)
    folds = min(settings.folds, len(rows))
    done = count(1)
    with warnings.catch_warnings():
        # Fewer kinds of patients than classes are no fault here.
        warnings.simplefilter("ignore", ConvergenceWarning)
        held_out = cross_validate(
            measurements, settings.k_max, folds, settings.seed, threads, lambda name: advance(next(done), name)
        )
    return tables_of(held_out, settings.seed, measurements.columns)
