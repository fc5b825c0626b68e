"""How well a simpler method describes unseen patients, beside what the run's model says of the same patients."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from retina_vae.cluster_settings import HeldOutSettings
from retina_vae.cohort import CohortSchema
from retina_vae.cohort.folds import Folds
from retina_vae.cohort.remarks import has_limits
from retina_vae.errors import InputError
from retina_vae.rivals.rival import FloatArray, Rival, Starts

__all__ = ["Mean", "difference_to_run", "held_out_density", "mean_of", "require_same_folds"]


class Mean(NamedTuple):
    """Of patients, with its standard error."""

    mean: float
    error: float


def mean_of(values: FloatArray | None) -> Mean:
    """Mean and standard error over patients; not a number where there are no values."""
    if values is None:
        return Mean(np.nan, np.nan)
    return Mean(float(values.mean()), float(values.std(ddof=1) / np.sqrt(len(values))))


def held_out_density(
    rival: Rival, patients: pd.DataFrame, schema: CohortSchema, k: int, folds: Folds, fold: int, starts: Starts
) -> FloatArray | None:
    """log p(x) of the patients of one fold by the method fitted to those of the other folds, in nats.

    Returns:
        Shape (patients of the fold,), in their order; None of a method that has no density, and of patients with
        limits of detection: a method takes a limit for a number, of which it has a density, and the model has the
        probability of what lies beyond it. The two do not stand side by side.
    """
    if has_limits(patients, schema.inputs):
        return None
    inside = folds.fold == fold
    fit = rival.fit(patients.iloc[folds.positions[~inside]], schema, k, starts)
    return fit.log_density(patients.iloc[folds.positions[inside]])


def difference_to_run(values: FloatArray | None, run: pd.DataFrame | None) -> Mean:
    """The method's log-density minus that of the run's model, patient by patient.

    Args:
        values: Of the method, shape (patients drawn,).
        run: Of the run's model, with ``log_density``, of the same patients in the same order; None where there is none.
    """
    if values is None or run is None:
        return Mean(np.nan, np.nan)
    return mean_of(values - run["log_density"].to_numpy(np.float64))


def require_same_folds(run: pd.DataFrame, folds: Folds, source: str, settings: HeldOutSettings) -> None:
    """Check that the run's model was measured on the same folds.

    Args:
        run: With ``position`` and ``fold``.
        folds: Those that the methods are measured on.
        source: Where ``run`` comes from, for the error message.
        settings: Of the folds.

    Raises:
        InputError: It was measured on others.
    """
    found = run["position"].to_numpy(np.int64), run["fold"].to_numpy(np.int64)
    if not all(np.array_equal(own, other) for own, other in zip(found, folds, strict=True)):
        raise InputError(
            f"{source}: expected the patients and folds of held_out (folds {settings.folds}, patients "
            f"{settings.patients}, seed {settings.seed}), got others. Run `snakemake --cores 8` to make it again."
        )
