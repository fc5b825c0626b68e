"""The tables of the measured models."""

from __future__ import annotations

import numpy as np
import pandas as pd

from retina_vae.config import Configuration
from retina_vae.evaluation.measure import Measured
from retina_vae.evaluation.subjects import Subjects
from retina_vae.vae.diagnostics import ACTIVE_ABOVE, PosteriorDiagnostics

__all__ = ["evaluation_table", "model_summary", "posterior_table"]

_CHOICES = ["model", "likelihood", "posterior", "objective", "beta", "latent_dim"]
_NUMBERS = ["elbo", "log_evidence", "distance", "outcome_accuracy", "outcome_limit", "outcome_ari", "ari_limit"]


def evaluation_table(settings: Configuration, name: str, measured: Measured, subjects: Subjects) -> pd.DataFrame:
    """One row per replica of a model; docs/architecture.md names the columns.

    Args:
        settings: The run's configuration.
        name: The model's.
        measured: Its numbers.
        subjects: Whom it was measured on.
    """
    vae, latent_dim, _ = settings.model(name)
    return pd.DataFrame(
        {
            "model": name,
            "likelihood": vae.likelihood,
            "posterior": vae.posterior,
            "objective": vae.objective,
            "beta": vae.kl_weight,
            "latent_dim": latent_dim,
            "replica": np.arange(1, len(measured.elbo) + 1),
            "measured_on": subjects.description,
            "patients": len(subjects.patients),
            "elbo": measured.elbo,
            "log_evidence": measured.log_evidence,
            "log_evidence_error": measured.log_evidence_error,
            "log_evidence_bias": measured.log_evidence_bias,
            "exact_log_density": subjects.log_density.mean(),
            "distance": measured.distance,
            "distance_error": measured.distance_error,
            "outcome_accuracy": measured.outcome_accuracy,
            "outcome_limit": subjects.outcome_limit,
            "outcome_ari": measured.outcome_ari,
            "ari_limit": subjects.ari_limit,
            "active_units": measured.active_units,
            "aggregate_kl": measured.aggregate_kl,
            "aggregate_kl_error": measured.aggregate_kl_error,
        }
    )


def posterior_table(name: str, diagnostics: PosteriorDiagnostics) -> pd.DataFrame:
    """One row per replica and latent dimension of a model, both counted from 1."""
    replicas, dims = diagnostics.kl.shape
    table = {
        "model": name,
        "replica": np.repeat(np.arange(1, replicas + 1), dims),
        "dimension": np.tile(np.arange(1, dims + 1), replicas),
    }
    numbers = {field: values.double().numpy().ravel() for field, values in diagnostics._asdict().items()}
    columns = pd.DataFrame(table | numbers)
    columns.insert(5, "active", columns["mean_variance"] > ACTIVE_ABOVE)
    return columns


def model_summary(table: pd.DataFrame) -> pd.DataFrame:
    """One row per model of an evaluation table: medians over its replicas."""
    groups = table.groupby(_CHOICES, sort=False)
    medians = groups[[*_NUMBERS, "active_units"]].median().round(3)
    medians.insert(0, "replicas", groups.size())
    return medians.reset_index()
