"""Opening a finished run for a comparison: its settings, its patients and their clusters."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retina_vae.cohort import CohortSchema, read_cohort
from retina_vae.config import Configuration
from retina_vae.errors import InputError
from retina_vae.files import read_table
from retina_vae.runs import finished_settings, run_labels

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
        """A table of the run, such as ``clusters/latent_structure.csv``; None where the run has none.

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
    settings = finished_settings(folder, lambda _: _NEEDED)
    patients, schema = read_cohort(folder)
    identifiers = patients[schema.identifier].tolist()
    clusters, consensus = run_labels(folder, settings.clusters.number, identifiers, ["cluster", "consensus_cluster"]).T
    return FinishedRun(folder, settings, _manifest(folder), schema, patients, clusters, consensus)


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
