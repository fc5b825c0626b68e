"""From a table of patients to a trained model, whoever asks for it: a step of a run, or a program."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
import torch

from retina_vae.cohort import CohortSchema, Encoding, fit_encoding
from retina_vae.config import ModelSettings, VaeSettings
from retina_vae.errors import ConfigurationError
from retina_vae.latent.encode import patient_features
from retina_vae.model_schema import require_readable
from retina_vae.progress import Advance, silent
from retina_vae.vae import (
    History,
    ModelDescription,
    Patients,
    VariationalAutoencoder,
    fit_replicas,
    replica_seeds,
    replicas_per_pass,
)

__all__ = ["TrainingCohort", "TrainingPlan", "history_table", "plan_training", "prepare_cohort", "train_replicas"]


class TrainingCohort(NamedTuple):
    """The patients that a model is trained on.

    Attributes:
        ids: Their identifiers.
        identifier: What the identifier is called.
        patients: Their features, and their classes where the model learns the outcome.
        encoding: How they become features.
        classes: The outcome's categories; none where the model does not learn it.
    """

    ids: list[str]
    identifier: str
    patients: Patients
    encoding: Encoding
    classes: tuple[str, ...]


class TrainingPlan(NamedTuple):
    """How the replicas of a model are trained.

    Attributes:
        settings: Of the model.
        description: What all replicas are.
        device: Where.
        per_pass: Replicas that are trained at once.
    """

    settings: VaeSettings
    description: ModelDescription
    device: torch.device
    per_pass: int


def prepare_cohort(table: pd.DataFrame, schema: CohortSchema, settings: VaeSettings) -> TrainingCohort:
    """The patients as one of a run's models is trained on them.

    Args:
        table: The patients, with the columns of the schema.
        schema: What they are.
        settings: Of the model.

    Raises:
        ConfigurationError: The model shall learn an outcome that nobody has, or cannot read what the schema allows.
    """
    encoding = fit_encoding(table, schema, settings.input_scaling)
    require_readable(schema, settings)
    classes, labels = _classes_and_labels(table, schema) if settings.objective == "supervised" else ((), None)
    patients = Patients(patient_features(encoding, table), labels)
    return TrainingCohort(table[schema.identifier].tolist(), schema.identifier, patients, encoding, classes)


def plan_training(cohort: TrainingCohort, model: ModelSettings, device: torch.device) -> TrainingPlan:
    """What is trained on a cohort, for how many epochs, and how many replicas at once."""
    chosen, latent_dim, replicas = model.vae.of_cohort(cohort.patients.count), model.latent_dim, model.replicas
    seeds = replica_seeds(chosen.seed, replicas)
    whole = ModelDescription.from_settings(chosen, latent_dim, seeds, cohort.encoding, str(device), cohort.classes)
    return TrainingPlan(chosen, whole, device, replicas_per_pass(cohort.patients, whole, chosen, device))


def train_replicas(
    cohort: TrainingCohort, plan: TrainingPlan, part: slice | None = None, advance: Advance = silent
) -> tuple[VariationalAutoencoder, ModelDescription, History]:
    """Train the replicas of a model, or some of them.

    Args:
        cohort: Whom it is trained on.
        plan: How.
        part: Which replicas; all without it.
        advance: Is told the number of epochs done, added up over the replicas.

    Returns:
        The model, what it is, and the terms of its objective epoch by epoch.

    Raises:
        NonFiniteLossError: A term of the objective is not finite.
    """
    own = slice(0, plan.description.replicas) if part is None else part
    description = plan.description.of_replicas(own)
    trained, history = fit_replicas(
        cohort.patients,
        description,
        plan.settings,
        plan.device,
        lambda done, loss: advance(done, f"loss {loss.mean().item():.4f}"),
        plan.per_pass,
        own.start,
    )
    return trained, description, history


def history_table(history: History, before: int = 0) -> pd.DataFrame:
    """One row per replica, of which ``before`` stand in other tables, and epoch; both counted from 1."""
    epochs, replicas = history.loss.shape
    table = {
        "replica": np.repeat(np.arange(before + 1, before + replicas + 1), epochs),
        "epoch": np.tile(np.arange(1, epochs + 1), replicas),
    }
    terms = {name: values.T.reshape(-1).double().numpy() for name, values in history._asdict().items()}
    return pd.DataFrame(table | terms)


def _classes_and_labels(patients: pd.DataFrame, schema: CohortSchema) -> tuple[tuple[str, ...], torch.Tensor]:
    """The outcome's categories, and each patient's position among them; -1 where it is missing.

    Raises:
        ConfigurationError: The schema has no outcome with categories.
    """
    if schema.outcome is None:
        raise ConfigurationError(
            "vae.objective: expected another one than 'supervised', because the schema has no column with categories "
            "and the role 'outcome' that a model could learn. Give a column that role, or take the objective 'elbo'."
        )
    labels = patients[schema.outcome.name].cat.codes.to_numpy()
    if (labels < 0).all():
        raise ConfigurationError(
            f"vae.objective: expected another one than 'supervised', because no patient has a value of the outcome "
            f"{schema.outcome.name!r}. Take the objective 'elbo', or give another column the role 'outcome'."
        )
    return schema.outcome.categories, torch.tensor(labels, dtype=torch.int64)
