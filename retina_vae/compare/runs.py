"""Opening a finished run for a comparison: its settings, its patients and their clusters."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retina_vae.cohort import CohortSchema, read_patients, read_schema
from retina_vae.config import Configuration, load_configuration
from retina_vae.errors import ConfigurationError, InputError
from retina_vae.files import read_table

__all__ = ["FinishedRun", "open_run"]

_NEEDED = (
    *("cohort/schema.yaml", "cohort/patients.parquet", "clusters/assignments.parquet"),
    *("clusters/replicas.csv", "clusters/agreement.csv", "clusters/stability.csv"),
)


@dataclass(frozen=True, eq=False)
class FinishedRun:
    """What is compared of a run.

    Attributes:
        folder: ``results/<run>``.
        settings: Its configuration.
        manifest: What it was made by; None where it has no manifest.
        schema: The columns of its patient table.
        patients: One row per patient.
        clusters: The reported cluster of each patient, from 1, shape (patients,).
        consensus: The cluster that the replicas have in common, from 1, shape (patients,).
    """

    folder: Path
    settings: Configuration
    manifest: dict[str, Any] | None
    schema: CohortSchema
    patients: pd.DataFrame
    clusters: NDArray[np.int64]
    consensus: NDArray[np.int64]

    @property
    def identifiers(self) -> pd.Series[str]:
        """Identifiers of the patients."""
        return self.patients[self.schema.identifier].astype(object)

    def table(self, name: str, columns: list[str]) -> pd.DataFrame | None:
        """A table of the run, such as ``clusters/null_test.csv``; None where the run has none.

        Raises:
            InputError: It is unreadable or lacks one of ``columns``.
        """
        path = self.folder / name
        return read_table(path, columns) if path.is_file() else None

    def text(self, name: str) -> str | None:
        """A text file of the run in one line; None where the run has none."""
        path = self.folder / name
        return " ".join(path.read_text(encoding="utf-8", errors="replace").split()) if path.is_file() else None


def open_run(folder: Path) -> FinishedRun:
    """Open a run, wherever it has been moved to.

    Raises:
        InputError: The folder or a file in it is missing, damaged, of another version, or does not fit the others.
        ConfigurationError: Its configuration is not valid.
    """
    if not (folder / "config.yaml").is_file():
        raise InputError(f"{folder}: expected the folder of a run with its config.yaml. Name another, results/<run>.")
    settings = _settings(folder)
    missing = [name for name in _NEEDED if not (folder / name).is_file()]
    if missing:
        raise InputError(
            f"{folder}: expected a finished run, but {missing} missing. Run `snakemake --cores 8` to the end."
        )
    schema = read_schema(folder / "cohort" / "schema.yaml")
    patients = read_patients(folder / "cohort" / "patients.parquet", schema)
    clusters, consensus = _labels(folder, settings.clusters.k, patients[schema.identifier].tolist())
    return FinishedRun(folder, settings, _manifest(folder), schema, patients, clusters, consensus)


def _settings(folder: Path) -> Configuration:
    try:
        return load_configuration(folder / "config.yaml")
    except ConfigurationError:
        from retina_vae.vae import load_model

        # Another version called some keys otherwise; that its models are of another format says so more clearly.
        for path in sorted((folder / "vae").glob("d*/model.json")):
            load_model(path.parent)
        raise


def _labels(folder: Path, k: int, identifiers: list[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The reported and the consensus clusters, in the order of the patients."""
    path = folder / "clusters" / "assignments.parquet"
    table = read_table(path, ["patient_id", "cluster", "consensus_cluster"])
    if table["patient_id"].tolist() != identifiers:
        raise InputError(f"{path}: expected the patients of the cohort in their order, got others. {_again(path)}")
    labels = table[["cluster", "consensus_cluster"]].to_numpy()
    if not np.isin(labels, np.arange(1, k + 1)).all():
        raise InputError(f"{path}: expected clusters from 1 to {k}, got others. {_again(path)}")
    return labels[:, 0].astype(np.int64), labels[:, 1].astype(np.int64)


def _manifest(folder: Path) -> dict[str, Any] | None:
    path = folder / "manifest.json"
    if not path.is_file():
        return None
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: expected JSON, got: {error}. Delete it and run `snakemake --cores 8`.") from None
    if not isinstance(values, dict):
        raise InputError(f"{path}: expected the manifest of a run. Delete it and run `snakemake --cores 8`.")
    return values


def _again(path: Path) -> str:
    return f"Delete {path.parent} and run `snakemake --cores 8`."
