"""What the commands that train a model read of the patients, and what they write."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from retina_vae.config import VaeSettings
from retina_vae.errors import ConfigurationError
from retina_vae.run import WRITTEN, Run

if TYPE_CHECKING:
    import pandas as pd
    import torch

    from retina_vae.cohort import CohortSchema, Encoding
    from retina_vae.vae import ModelDescription, Patients, VariationalAutoencoder

__all__ = ["TrainingCohort", "training_cohort", "write_model"]


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


def training_cohort(run: Run, model: VaeSettings) -> TrainingCohort:
    """Read the cohort of a run as one of its models is trained on it.

    Raises:
        InputError: A table of the cohort is missing or damaged.
        ConfigurationError: The model shall learn an outcome that nobody has.
    """
    from retina_vae.cohort import fit_encoding
    from retina_vae.latent.encode import patient_features
    from retina_vae.vae import Patients

    table, schema = run.patients()
    encoding = fit_encoding(table, schema, model.input_scaling)
    classes, labels = _classes_and_labels(table, schema) if model.objective == "supervised" else ((), None)
    patients = Patients(patient_features(encoding, table), labels)
    return TrainingCohort(table[schema.identifier].tolist(), schema.identifier, patients, encoding, classes)


def write_model(
    run: Run, model: str, trained: VariationalAutoencoder, description: ModelDescription, history: pd.DataFrame
) -> None:
    """Write a model of a run with all its replicas.

    Raises:
        ConfigurationError: A file cannot be written.
    """
    from retina_vae.vae import save_model

    save_model(trained, description, run.folder / "vae" / model)
    contents = {
        "vae/{model}/weights.safetensors": WRITTEN,
        "vae/{model}/model.json": WRITTEN,
        "vae/{model}/history.parquet": history,
    }
    run.write("vae", contents, model)


def _classes_and_labels(patients: pd.DataFrame, schema: CohortSchema) -> tuple[tuple[str, ...], torch.Tensor]:
    """The outcome's categories, and each patient's position among them; -1 where it is missing.

    Raises:
        ConfigurationError: The schema has no outcome with categories.
    """
    import torch

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
