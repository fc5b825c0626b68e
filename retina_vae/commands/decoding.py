"""What the commands share that ask a model's decoder.

They compute on one thread, so that a seed gives the same bytes on every machine with the same versions.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from retina_vae.errors import InputError
from retina_vae.opening import open_run
from retina_vae.run import Run
from retina_vae.words import amount_of

if TYPE_CHECKING:
    import pandas as pd
    import torch

    from retina_vae.cohort import CohortSchema
    from retina_vae.latent.generate import GeneratedPatients
    from retina_vae.vae import ModelDescription, Posterior, VariationalAutoencoder

__all__ = ["OpenedModel", "largest_deviation", "open_model", "redrawn_in_words"]


class OpenedModel(NamedTuple):
    """A run's cohort and one replica of one of its models."""

    run: Run
    patients: pd.DataFrame
    schema: CohortSchema
    model: VariationalAutoencoder
    description: ModelDescription

    def features(self, patient_id: str | None = None, option: str = "") -> torch.Tensor:
        """What the model reads of one patient, or of all; shape (features, patients).

        Raises:
            InputError: The cohort has no such patient.
        """
        from retina_vae.latent.encode import patient_features

        chosen, name = self.patients, self.schema.identifier
        if patient_id is not None:
            chosen = chosen[chosen[name] == patient_id]
        if chosen.empty:
            table = self.run.path("cohort/patients.parquet")
            raise InputError(
                f"{option}: expected the {name} of a patient in {table}, got {patient_id!r}. Look it up there."
            )
        return patient_features(self.description.encoding, chosen)

    def posterior(self, features: torch.Tensor) -> Posterior:
        """q(z | x) of patients with these features."""
        from retina_vae.latent.encode import encode_patients

        return encode_patients(self.model, features)


def open_model(path: Path, name: str | None, replica: int) -> OpenedModel:
    """Open a run and one replica of one of its models, and compute on one thread from now on.

    Args:
        path: The run, as for :func:`retina_vae.opening.open_run`.
        name: The model; the one that is clustered without it.
        replica: From 1.

    Raises:
        InputError: A file of the run is missing or damaged.
        ConfigurationError: The run has no such model or replica.
    """
    import torch

    from retina_vae.latent.decode import take_replica
    from retina_vae.vae import load_model

    run = open_run(path).dimensioned()
    name = run.clustered if name is None else name
    run.settings.model(name)
    torch.set_num_threads(1)
    single, description = take_replica(*load_model(run.model_folder(name)), replica)
    return OpenedModel(run, *run.patients(), single, description)


def redrawn_in_words(made: GeneratedPatients) -> str:
    """What is said of patients outside the bounds; empty where there was none."""
    if not made.redrawn:
        return ""
    more = "1 more was" if made.redrawn == 1 else f"{made.redrawn} more were"
    return f"; {more} outside the schema's bounds and drawn again"


def largest_deviation(check: pd.DataFrame) -> str:
    """The row of the check that is the most standard errors from the cohort, in words."""
    compared = check.dropna(subset="z")
    if compared.empty:
        return "too few patients to compare them with the cohort"
    row, others = compared.iloc[int(compared["z"].abs().argmax())], len(check) - len(compared)
    left_out = f"; {others} more would need more patients, or patients that vary" if others else ""
    return (
        f"the largest of {amount_of(len(compared), 'deviation')} from the cohort: {row['column']}, {row['statistic']}: "
        f"{row['generated']:.4g} against {row['cohort']:.4g}, {abs(row['z']):.1f} standard errors{left_out}"
    )
