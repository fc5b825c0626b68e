"""Everything that the report reads of a run: released tables and settings, never a patient and never a model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from retina_vae.artefacts import artefacts_of, declared_columns
from retina_vae.clusters.partitions import PARTITIONS, Words
from retina_vae.cohort import CohortSchema, read_schema
from retina_vae.config import Configuration, VaeSettings
from retina_vae.config_files import load_configuration
from retina_vae.errors import InputError
from retina_vae.files import read_table
from retina_vae.pictures import decoded_models, dense_models, has_contributions
from retina_vae.report.evidence import (
    Calibration,
    Doubt,
    Meaning,
    NumberOfClusters,
    Stability,
    read_explorer,
    with_category,
)
from retina_vae.report.origin import Origin, origin_of
from retina_vae.report.released import Account, CohortTables, Gate, read_account, read_gate
from retina_vae.report.wording import NumberFormat
from retina_vae.run import Run

__all__ = ["DecodedModel", "RunTables"]

_CLUSTER_TABLES = {
    "replicas": ["replica", "loss", "mean_ari", "reported"],
    "agreement": ["replica_a", "replica_b", "ari"],
    "table1": ["cluster", "size"],
    "counts": ["cluster", "column", "category", "patients"],
    "descriptions": ["cluster", "description"],
}
_OUTLIERS = declared_columns("cohort/outliers.csv")
_DISENTANGLEMENT = declared_columns("latent/{model}/disentanglement.csv")
_FACTORS = declared_columns("latent/{model}/factors.csv")
_EVALUATION = declared_columns("evaluation/evaluation.csv")
_POSTERIOR = declared_columns("evaluation/posterior.csv")


@dataclass(frozen=True, eq=False)
class DecodedModel:
    """What the first replica of one model makes of patients and codes, as far as it is released.

    Attributes:
        posterior: Outcome, and mean and lower triangle of the covariance of q(z | x), of patients who may be drawn.
        traversals: What the decoder says when one coordinate moves and the others stay at the mean of all codes.
        interpolation: What it says along a line between two patients' codes.
        generated_check: Statistics of generated patients beside those of the cohort.
    """

    posterior: pd.DataFrame
    traversals: pd.DataFrame
    interpolation: pd.DataFrame
    generated_check: pd.DataFrame

    @classmethod
    def load(cls, folder: Path, name: str, latent_dim: int) -> DecodedModel:
        """Read the tables of a model of ``latent_dim`` dimensions from the folder ``release`` of a run.

        Raises:
            InputError: A table is missing, unreadable or lacks a column.
        """
        dims = range(1, latent_dim + 1)
        means = [f"mean_{dim}" for dim in dims]
        covariances = [f"covariance_{row}_{column}" for row in dims for column in range(1, row + 1)]
        said, own = ["column", "category", "mean"], folder / "latent" / name
        return cls(
            posterior=read_table(folder / "pictures" / name / "posterior.parquet", ["outcome", *means, *covariances]),
            traversals=_read_means(own / "traversals.csv", ["dimension", "deviation", *said]),
            interpolation=_read_means(own / "interpolation.csv", ["step", *(f"z_{dim}" for dim in dims), *said]),
            generated_check=read_table(
                own / "generated_check.csv",
                ["column", "statistic", "generated", "cohort", "standard_error", "z"],
                texts=["column"],
            ),
        )


@dataclass(frozen=True, eq=False)
class RunTables:
    """The tables of one run; docs/architecture.md says what each of them holds.

    Attributes:
        configuration: The run's settings.
        schema: The columns of the patient table.
        gate: What a reader must know of what is not shown.
        account: Numbers of all patients.
        cohort: The patients as far as they are told of.
        summary: The cohort's statistics beside those that it should have.
        outliers: Columns of numbers, and how many values lie far outside; a number that is not shown is missing.
        histories: Training history of every latent dimension.
        held_out: How unseen patients are described by each latent dimension that was tried; None without that measure.
        evaluation: What was measured of every replica of every model.
        posterior: What the posterior of every replica makes of every latent dimension.
        decoded: What the models say that are decoded, by name; empty where none is.
        disentanglement: How the coordinates of every model divide the columns, by ``model`` and replica or baseline.
        factors: What each coordinate of the clustered model tells of each column, by replica or baseline.
        points: What the maps show: ``cluster, outcome, z_1 ..``, of patients or of groups of them.
        point_values: What each column is of the same points; without columns where these are no patients.
        centers: ``cluster, z_1 ..``: where each cluster that has points lies.
        replicas: The replicas of the clustered latent dimension.
        agreement: Adjusted Rand index of every pair of replicas.
        table1: What every cluster holds.
        counts: Patients of every cluster and category; those whose value is not observed have the empty category. A
            number that is not shown is missing.
        descriptions: Every cluster in plain words.
        number: What speaks for which number of clusters.
        stability: Which clusters hold.
        doubt: Who is in doubt.
        meaning: What the clusters mean.
        explorer: What a browser needs to assign a patient; None where it is not released.
        calibration: Whether draws of the codes are draws of p(z | x); None where no model has a density.
        rivals: What simpler methods make of the same patients; None of a run that asks for none.
        unlike: How well patients of other tables are told from the cohort; None of a run that was not asked.
        chains: Whether the chains agree that sampled the weights; None of a run without samples.
        contributions: What speaks for each cluster; None where the clustered model has no density.
    """

    configuration: Configuration
    schema: CohortSchema
    gate: Gate
    account: Account
    cohort: CohortTables
    summary: pd.DataFrame
    outliers: pd.DataFrame
    histories: dict[int, pd.DataFrame]
    held_out: pd.DataFrame | None
    evaluation: pd.DataFrame
    posterior: pd.DataFrame
    decoded: dict[str, DecodedModel]
    disentanglement: pd.DataFrame
    factors: pd.DataFrame
    points: pd.DataFrame
    point_values: pd.DataFrame
    centers: pd.DataFrame
    replicas: pd.DataFrame
    agreement: pd.DataFrame
    table1: pd.DataFrame
    counts: pd.DataFrame
    descriptions: pd.DataFrame
    number: NumberOfClusters
    stability: Stability
    doubt: Doubt
    meaning: Meaning
    explorer: dict[str, Any] | None
    calibration: Calibration | None = None
    rivals: pd.DataFrame | None = None
    unlike: pd.DataFrame | None = None
    chains: pd.DataFrame | None = None
    contributions: pd.DataFrame | None = None

    @classmethod
    def load(cls, folder: Path) -> RunTables:
        """Read what the gate released of the run in ``folder``, and nothing else but its configuration.

        Raises:
            InputError: A table is missing, unreadable, another than the gate wrote, or lacks a column.
            ConfigurationError: The run's configuration is missing or not valid.
        """
        released = folder / "release"
        settings = load_configuration(folder / "config.yaml")
        _verify(Run(settings, folder))
        configuration = Run(settings, released).numbered().settings
        schema = read_schema(released / "cohort" / "schema.yaml").in_words
        clusters = {
            name: read_table(released / "clusters" / f"{name}.csv", columns)
            for name, columns in _CLUSTER_TABLES.items()
        }
        clusters["counts"] = with_category(clusters["counts"])
        dims = [f"z_{place}" for place in range(1, configuration.latent_dim + 1)]
        return cls(
            configuration=configuration,
            schema=schema,
            gate=read_gate(released / "gate.json"),
            account=read_account(released / "account.json"),
            cohort=CohortTables.load(released, schema),
            summary=read_table(released / "cohort" / "summary.csv", texts=["group", "column"]),
            outliers=read_table(
                released / "cohort" / "outliers.csv", _OUTLIERS, texts=["column", "unit", "mixed_side"]
            ),
            histories=_read_histories(released, configuration),
            held_out=_read_made(released, "vae/held_out.csv", configuration),
            evaluation=_read_of_models(released / "evaluation" / "evaluation.csv", _EVALUATION, configuration),
            posterior=_read_of_models(released / "evaluation" / "posterior.csv", _POSTERIOR, configuration),
            decoded=_read_decoded(released, configuration),
            disentanglement=_read_disentanglement(released, configuration),
            factors=read_table(
                released / "latent" / configuration.clustered_model / "factors.csv",
                _FACTORS,
                texts=["replica", "column"],
            ),
            points=read_table(released / "pictures" / "points.parquet", ["cluster", "outcome", *dims]),
            point_values=read_table(released / "pictures" / "point_values.parquet"),
            centers=read_table(released / "pictures" / "centers.parquet", ["cluster", *dims]),
            number=NumberOfClusters.load(released / "clusters"),
            stability=Stability.load(released / "clusters"),
            doubt=Doubt.load(released),
            meaning=Meaning.load(released / "clusters"),
            explorer=read_explorer(released / "assign" / "explorer.json"),
            calibration=Calibration.load(released / "evaluation") if dense_models(configuration) else None,
            rivals=_read_made(released, "clusters/rivals.csv", configuration),
            unlike=_read_made(released, "evaluation/unlike.csv", configuration),
            chains=_read_made(released, "vae/chains.csv", configuration),
            contributions=_read_contributions(released, configuration),
            **clusters,
        )

    @property
    def reported(self) -> int:
        """Number of the replica whose clusters are reported, from 1."""
        return int(self.replicas.loc[self.replicas["reported"], "replica"].iloc[0])

    @cached_property
    def sizes(self) -> pd.Series[Any]:
        """Patients of every cluster that has any, by its number; missing where few patients are not shown."""
        return self.table1.set_index("cluster")["size"]

    @property
    def undivided(self) -> bool:
        """Whether one cluster holds all patients, so that there is nothing to compare it with."""
        return len(self.sizes) == 1

    @cached_property
    def formats(self) -> Mapping[str, NumberFormat]:
        """How the numbers of each numeric column are written."""
        return self.cohort.formats(self.schema)

    @cached_property
    def origin(self) -> Origin:
        """Where the patients come from."""
        return origin_of(self.configuration)

    @property
    def clustering(self) -> Words:
        """What is said of the kind of partition that the clusters are of."""
        partition, clusters = PARTITIONS[self.configuration.clusters.method], self.configuration.clusters
        return partition.words.of_means() if partition.knows_means_alone(clusters.on == "means") else partition.words

    @property
    def vae(self) -> VaeSettings:
        """How the models were trained, with as many epochs as so many patients are trained for."""
        return self.configuration.vae.of_cohort(self.account.patients)

    @property
    def clustered(self) -> str:
        """Name of the model whose codes are clustered."""
        return self.configuration.clustered_model


def _verify(run: Run) -> None:
    """Compare every released file with what the gate wrote."""
    for artefact in artefacts_of(run.settings):
        if artefact.step == "release" and artefact.when(run.settings):
            run.verified(artefact.path)


def _read_histories(folder: Path, configuration: Configuration) -> dict[int, pd.DataFrame]:
    columns, models = ["replica", "epoch", "loss"], configuration.plain_models
    histories = [read_table(folder / "vae" / model / "history.parquet", columns) for model in models]
    return dict(zip(configuration.latent_dims, histories, strict=True))


def _read_made(folder: Path, artefact: str, configuration: Configuration) -> pd.DataFrame | None:
    """A table that some configurations have; None of another."""
    made = {own.path for own in artefacts_of(configuration) if own.when(configuration)}
    return read_table(folder / artefact, declared_columns(artefact)) if artefact in made else None


def _read_of_models(path: Path, columns: list[str], configuration: Configuration) -> pd.DataFrame:
    """A table that must speak of every model of the run."""
    table = read_table(path, columns)
    missing = [name for name in configuration.models if name not in set(table["model"])]
    if missing:
        raise InputError(
            f"{path}: expected rows of the models {configuration.models}, but {missing} are missing. "
            "Run `snakemake --cores 8` to measure them."
        )
    return table


def _read_disentanglement(folder: Path, configuration: Configuration) -> pd.DataFrame:
    tables = [
        read_table(folder / "latent" / name / "disentanglement.csv", _DISENTANGLEMENT, texts=["replica"]).assign(
            model=name
        )
        for name in configuration.models
    ]
    return pd.concat(tables, ignore_index=True)


def _read_decoded(folder: Path, configuration: Configuration) -> dict[str, DecodedModel]:
    return {
        name: DecodedModel.load(folder, name, configuration.model(name).latent_dim)
        for name in decoded_models(configuration)
    }


def _read_contributions(folder: Path, configuration: Configuration) -> pd.DataFrame | None:
    if not has_contributions(configuration):
        return None
    columns = ["cluster", "against", "column", "contribution", "patients"]
    return read_table(folder / "clusters" / "contributions.csv", columns, texts=["column"])


def _read_means(path: Path, columns: list[str]) -> pd.DataFrame:
    """A table of what a decoder says."""
    return with_category(read_table(path, columns, texts=["column", "category"]))
