"""Everything that the report reads of a run: tables and settings, never a model."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from retina_vae.cohort import CohortSchema, read_patients, read_schema
from retina_vae.config import Configuration, load_configuration
from retina_vae.errors import InputError
from retina_vae.files import read_table

__all__ = ["RunTables"]

_CLUSTER_TABLES = {
    "replicas": ["replica", "loss", "mean_ari", "reported"],
    "agreement": ["replica_a", "replica_b", "ari"],
    "stability": ["cluster", "size", "mean_probability", "doubtful", "jaccard_mean", "jaccard_min"],
    "table1": ["cluster", "size"],
    "descriptions": ["cluster", "description"],
}


@dataclass(frozen=True, eq=False)
class RunTables:
    """The tables of one run; docs/architecture.md says what each of them holds.

    Attributes:
        configuration: The run's settings.
        schema: The columns of the patient table.
        patients: One row per patient.
        summary: The cohort's statistics beside those that it should have.
        histories: Training history of every latent dimension.
        codes: The codes of the reported replica: the identifier and the first draw per patient.
        assignments: The cluster of every patient.
        replicas: The replicas of the clustered latent dimension.
        agreement: Adjusted Rand index of every pair of replicas.
        stability: Size, sureness and stability of every cluster.
        table1: What every cluster holds.
        descriptions: Every cluster in plain words.
        claims: The paper's claims against this run, where the run was audited.
        audit_agreement: Every replica against the printed Table 1, where the run was audited.
    """

    configuration: Configuration
    schema: CohortSchema
    patients: pd.DataFrame
    summary: pd.DataFrame
    histories: dict[int, pd.DataFrame]
    codes: pd.DataFrame
    assignments: pd.DataFrame
    replicas: pd.DataFrame
    agreement: pd.DataFrame
    stability: pd.DataFrame
    table1: pd.DataFrame
    descriptions: pd.DataFrame
    claims: pd.DataFrame | None
    audit_agreement: pd.DataFrame | None

    @classmethod
    def load(cls, folder: Path) -> RunTables:
        """Read the tables of the run in ``folder``.

        Raises:
            InputError: A table is missing, unreadable or lacks a column.
            ConfigurationError: The run's configuration is missing or not valid.
        """
        configuration = load_configuration(folder / "config.yaml")
        schema = read_schema(folder / "cohort" / "schema.yaml")
        clusters = {
            name: read_table(folder / "clusters" / f"{name}.csv", columns) for name, columns in _CLUSTER_TABLES.items()
        }
        dims = configuration.vae.latent_dims
        histories = {
            dim: read_table(folder / "vae" / f"d{dim}" / "history.parquet", ["replica", "epoch", "loss"])
            for dim in dims
        }
        codes = folder / "latent" / f"d{configuration.clusters.latent_dim}" / "codes.parquet"
        assignments = [schema.identifier, "cluster", "probability", "consensus_cluster"]
        return cls(
            configuration=configuration,
            schema=schema,
            patients=read_patients(folder / "cohort" / "patients.parquet", schema),
            summary=read_table(folder / "cohort" / "summary.csv"),
            histories=histories,
            codes=_read_codes(
                codes, schema, _reported(clusters["replicas"], folder), configuration.clusters.latent_dim
            ),
            assignments=read_table(folder / "clusters" / "assignments.parquet", assignments),
            claims=_read_if_there(folder / "audit" / "claims.csv"),
            audit_agreement=_read_if_there(folder / "audit" / "agreement.csv"),
            **clusters,
        )

    @property
    def reported(self) -> int:
        """Number of the replica whose clusters are reported, from 1."""
        return int(self.replicas.loc[self.replicas["reported"], "replica"].iloc[0])


def _reported(replicas: pd.DataFrame, folder: Path) -> int:
    reported = replicas.loc[replicas["reported"], "replica"]
    if len(reported) != 1:
        path = folder / "clusters" / "replicas.csv"
        raise InputError(f"{path}: expected one reported replica, got {len(reported)}. Run the clusters stage again.")
    return int(reported.iloc[0])


def _read_codes(path: Path, schema: CohortSchema, replica: int, dimensions: int) -> pd.DataFrame:
    """Only the reported replica's first draw is read: the whole file may be many times as large."""
    columns = [schema.identifier, *(f"draw_1_{dimension}" for dimension in range(1, dimensions + 1))]
    try:
        return pd.read_parquet(path, columns=columns, filters=[("replica", "==", replica)])
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: expected codes with the columns {columns}, got: {error}.") from None


def _read_if_there(path: Path) -> pd.DataFrame | None:
    return read_table(path) if path.is_file() else None
