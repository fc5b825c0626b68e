"""Opening a finished run for a comparison: its settings, its patients and their clusters."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retina_vae.cohort import CohortSchema
from retina_vae.config import Configuration
from retina_vae.hashes import read_manifest
from retina_vae.opening import load_run
from retina_vae.run import Run

__all__ = ["FinishedRun", "open_run"]

_NEEDED = (
    *("cohort/schema.yaml", "cohort/patients.parquet", "clusters/assignments.parquet"),
    *("clusters/replicas.csv", "clusters/agreement.csv", "clusters/stability.csv"),
)


@dataclass(frozen=True, eq=False)
class FinishedRun:
    """What is compared of a run.

    Attributes:
        run: Its folder, settings and artefacts.
        manifest: What it was made by.
        schema: The columns of its patient table.
        patients: One row per patient.
        clusters: The reported cluster of each patient, from 1, shape (patients,).
        consensus: The cluster that the replicas have in common, from 1, shape (patients,).
    """

    run: Run
    manifest: dict[str, Any]
    schema: CohortSchema
    patients: pd.DataFrame
    clusters: NDArray[np.int64]
    consensus: NDArray[np.int64]

    @property
    def folder(self) -> Path:
        """``results/<run>``."""
        return self.run.folder

    @property
    def settings(self) -> Configuration:
        """Its configuration."""
        return self.run.settings

    @property
    def identifiers(self) -> pd.Series[str]:
        """Identifiers of the patients."""
        return self.patients[self.schema.identifier].astype(object)

    def table(self, name: str, columns: list[str]) -> pd.DataFrame | None:
        """A table of the run, such as ``clusters/latent_structure.csv``; None where the run has none.

        Raises:
            InputError: It is unreadable or lacks one of ``columns``.
        """
        return self.run.table(name, columns) if self.run.has(name) else None

    def text(self, name: str) -> str | None:
        """A text file of the run in one line; None where the run has none."""
        if not self.run.has(name):
            return None
        return " ".join(self.run.verified(name).read_text(encoding="utf-8", errors="replace").split())


def open_run(folder: Path) -> FinishedRun:
    """Open a run, wherever it has been moved to.

    Raises:
        InputError: The folder or a file in it is missing, another than the run wrote, of another version, or does not
            fit the others.
        ConfigurationError: Its configuration is not valid.
    """
    run = load_run(folder, lambda _: _NEEDED)
    patients, schema = run.patients()
    clusters, consensus = run.labels(patients[schema.identifier].tolist(), ["cluster", "consensus_cluster"]).T
    return FinishedRun(run, read_manifest(folder), schema, patients, clusters, consensus)
