"""The held-out evidence of a run's model, as tables."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from retina_vae.cohort import CohortSchema
from retina_vae.cohort.folds import Folds, fold_of
from retina_vae.config import Configuration
from retina_vae.progress import Advance, silent
from retina_vae.training import TrainingCohort, prepare_cohort
from retina_vae.vae import ModelDescription, Patients, replica_seeds
from retina_vae.vae.held_out import (
    Candidate,
    Evidence,
    choose_dimension,
    cross_validated,
    difference,
    rising_candidates,
)

__all__ = ["HeldOutTables", "measure_held_out"]


class HeldOutTables(NamedTuple):
    """What was measured.

    Attributes:
        dimensions: One row per latent dimension: ``latent_dim, folds, patients, log_density`` (mean held-out log p(x),
            in nats per unit of the columns), ``log_density_error``, ``trained_on`` (of patients that were trained on),
            ``below_best, below_best_error, chosen``.
        patients: One row per patient who was measured: ``position`` (row of the cohort, from 0), ``fold``,
            ``log_density`` (of the chosen dimension).
    """

    dimensions: pd.DataFrame
    patients: pd.DataFrame

    @property
    def latent_dim(self) -> int:
        """The dimension that was chosen."""
        return int(self.dimensions.loc[self.dimensions["chosen"], "latent_dim"].iloc[0])


def measure_held_out(
    patients: pd.DataFrame,
    schema: CohortSchema,
    settings: Configuration,
    device: torch.device,
    advance: Advance = silent,
) -> HeldOutTables:
    """Cross-validate the clustered model at each candidate dimension, and choose one.

    The scaling of the columns is that of all patients, as in the resamples; it is no part of what is fitted.

    Args:
        patients: The cohort.
        schema: What its columns are.
        settings: Of the run.
        device: Where the models are trained.
        advance: Is told how many dimensions are done.

    Raises:
        NonFiniteLossError: A training diverges.
    """
    asked = settings.held_out
    folds = fold_of(len(patients), min(asked.folds, len(patients)), asked.patients, asked.seed)
    cohort = _of_positions(prepare_cohort(patients, schema, settings.vae), folds.positions)
    done = 0

    def measure(dim: int) -> Evidence:
        nonlocal done
        evidence = _cross_validated(cohort, folds, dim, settings, device)
        done += 1
        advance(done, f"{dim} dimensions: {evidence.held_out.mean():.3f}")
        return evidence

    candidates = rising_candidates(settings.candidate_dims, measure)
    chosen = choose_dimension(candidates)
    own = {"position": folds.positions, "fold": folds.fold, "log_density": chosen.evidence.held_out}
    return HeldOutTables(_dimensions(candidates, chosen, len(np.unique(folds.fold))), pd.DataFrame(own))


def _of_positions(cohort: TrainingCohort, positions: NDArray[np.int64]) -> TrainingCohort:
    """Some of the patients, encoded as all are."""
    x, labels = cohort.patients.x, cohort.patients.labels
    some = Patients(x[:, positions], None if labels is None else labels[positions])
    return cohort._replace(ids=[cohort.ids[position] for position in positions], patients=some)


def _cross_validated(
    cohort: TrainingCohort, folds: Folds, dim: int, settings: Configuration, device: torch.device
) -> Evidence:
    """The evidence of one dimension, in units of the columns."""
    count = int(folds.fold.max()) + 1
    vae = settings.vae.of_cohort(len(folds.fold) * (count - 1) // count)
    seeds = replica_seeds(vae.seed, count)
    description = ModelDescription.from_settings(vae, dim, seeds, cohort.encoding, str(device), cohort.classes)
    found = cross_validated(cohort.patients, folds.fold, description, vae, settings.held_out.draws, device)
    jacobian = cohort.encoding.log_jacobian(cohort.patients.x.T.double().numpy())
    return Evidence(found.held_out + jacobian, found.trained_on + jacobian)


def _dimensions(candidates: list[Candidate], chosen: Candidate, folds: int) -> pd.DataFrame:
    best = max(candidates, key=lambda own: own.evidence.held_out.mean()).evidence.held_out
    rows = []
    for dim, (held_out, trained_on) in candidates:
        below, error = difference(best, held_out)
        rows.append(
            {
                "latent_dim": dim,
                "folds": folds,
                "patients": len(held_out),
                "log_density": held_out.mean(),
                "log_density_error": held_out.std(ddof=1) / np.sqrt(len(held_out)),
                "trained_on": trained_on.mean(),
                "below_best": below,
                "below_best_error": error,
                "chosen": dim == chosen.latent_dim,
            }
        )
    return pd.DataFrame(rows)
