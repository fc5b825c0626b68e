"""Opening a finished run: the reported replica, its clusters, its cohort."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retina_vae.assign.conformal import Calibration
from retina_vae.assign.known import KnownPatients
from retina_vae.assign.score import Scorer, Scores
from retina_vae.assign.typicality import Typicality
from retina_vae.clusters.partitions import Partition
from retina_vae.clusters.partitions.storage import read_partition
from retina_vae.cohort import CohortSchema
from retina_vae.cohort.schema_file import cohort_schema, read_table_schema
from retina_vae.cohort.table_schema import TableSchema
from retina_vae.config import Configuration
from retina_vae.errors import ConfigurationError, InputError
from retina_vae.hashes import make_again
from retina_vae.latent import Codes, read_replica
from retina_vae.latent.decode import take_replica
from retina_vae.opening import load_run as open_finished
from retina_vae.progress import Advance, silent
from retina_vae.run import Run
from retina_vae.vae import ModelDescription, VariationalAutoencoder, load_model
from retina_vae.vae.proposals import common_noise

__all__ = ["TrainedRun", "held_out_densities", "load_run", "make_scorer", "run_table_schema", "trained_run"]

_FEWEST_DRAWS = 256


@dataclass(frozen=True, eq=False)
class TrainedRun:
    """What new patients are assigned with.

    Attributes:
        schema: What a patient is.
        scorer: The reported replica with its clusters.
        typicality: How like the cohort patients are.
        calibration: How many patients like the cohort are scored as low.
        known: The training cohort.
        table_schema: By which the cells of the analyst's table were read, if the cohort came from one.
    """

    schema: CohortSchema
    scorer: Scorer
    typicality: Typicality
    calibration: Calibration
    known: KnownPatients
    table_schema: TableSchema | None = None

    @classmethod
    def of(
        cls,
        schema: CohortSchema,
        scorer: Scorer,
        cohort: tuple[list[str], NDArray[np.float64]],
        own: tuple[NDArray[np.int64], Codes],
        table_schema: TableSchema | None = None,
        held_out: NDArray[np.float64] | None = None,
        threads: int = 1,
        advance: Advance = silent,
    ) -> TrainedRun:
        """What new patients are assigned with, from the patients of the run.

        Args:
            schema: What a patient is.
            scorer: The reported replica with its clusters.
            cohort: Identifiers and features of the training cohort.
            own: Its clusters, from 0, and its codes under that replica alone, as the run has them.
            table_schema: By which the cells of the analyst's table were read.
            held_out: Log-densities of patients of the cohort under models of the same form that were not trained on
                them, in nats per unit of the columns as those of new patients; None where the run has none.
            threads: CPU threads.
            advance: Is told how many in a hundred patients are scored.
        """
        (identifiers, features), (cluster, codes) = cohort, own
        computed = scorer.score(features, threads, advance)
        typicality = Typicality.of(computed, scorer.description.has_density)
        scores = Scores(cluster, computed.probability, codes.mean[0], codes.scale[0], computed.log_evidence)
        index = pd.Index(identifiers, dtype=object)
        known = KnownPatients(index, features, scores, typicality.score(computed))
        calibration = Calibration.of(typicality.reference, held_out if typicality.has_density else None)
        return cls(schema, scorer, typicality, calibration, known, table_schema)

    @property
    def gaps(self) -> frozenset[str]:
        """Names of the inputs that patients of the training cohort lacked, and that new patients may lack."""
        return frozenset(column.name for column in self.scorer.description.encoding.columns if column.gaps)

    @property
    def not_applicable(self) -> frozenset[str]:
        """Names of the inputs that did not exist for patients of the training cohort."""
        return frozenset(column.name for column in self.scorer.description.encoding.columns if column.not_applicable)

    def observed(self, features: NDArray[np.float64]) -> NDArray[np.int64]:
        """How many inputs have a value in each patient of these features, shape (patients,)."""
        encoding = self.scorer.description.encoding
        return len(encoding.columns) - np.isnan(features[:, list(encoding.gaps)]).sum(axis=1)


def load_run(folder: Path, threads: int = 1) -> TrainedRun:
    """Open a finished run; its memory grows with the training cohort, not with the patients to come.

    Args:
        folder: ``results/<run>``, wherever it has been moved to.
        threads: CPU threads that score the training cohort.

    Raises:
        InputError: The folder or a file in it is missing, another than the run wrote, of another version, or does not
            fit the others.
        ConfigurationError: Its configuration is not valid.
    """
    return trained_run(open_finished(folder, _needed), threads)


def trained_run(run: Run, threads: int = 1, advance: Advance = silent) -> TrainedRun:
    """The same of a run that is open, finished or not; ``advance`` is told how many in a hundred patients are scored.

    Raises:
        InputError: As :func:`load_run`.
    """
    patients, schema = run.patients()
    scorer, replica = _scorer(run)
    identifiers = patients[schema.identifier]
    features = scorer.description.encoding.encode(patients, str(run.path("cohort/patients.parquet")))
    own = _own_clusters_and_codes(run, replica, identifiers)
    cohort = (identifiers.tolist(), features)
    table_schema, held_out = run_table_schema(run, schema), held_out_densities(run)
    return TrainedRun.of(schema, scorer, cohort, own, table_schema, held_out, threads, advance)


def held_out_densities(run: Run) -> NDArray[np.float64] | None:
    """Log-densities of patients under models that were not trained on them; None where a run has none.

    Raises:
        InputError: The table that the run wrote is missing or another.
    """
    path = "vae/held_out_patients.parquet"
    if not run.has(path):
        return None
    return run.table(path, ["log_density"])["log_density"].to_numpy(dtype=np.float64)


def run_table_schema(run: Run, schema: CohortSchema) -> TableSchema | None:
    """The Table Schema by which the cells of the analyst's table were read, if the cohort of a run came from one.

    Raises:
        InputError: It is another than was written, or has other columns than the cohort.
    """
    if not run.has("cohort/table_schema.yaml"):
        return None
    path = run.verified("cohort/table_schema.yaml")
    document = read_table_schema(path)
    if cohort_schema(document, str(path)) != schema:
        raise InputError(f"{path}: expected the columns of schema.yaml beside it, found others. {make_again(path)}")
    return document


def _needed(settings: Configuration) -> list[str]:
    name = settings.clustered_model
    model = [f"vae/{name}/model.json", f"vae/{name}/weights.safetensors", f"latent/{name}/codes.parquet"]
    clusters = ["clusters/replicas.csv", "clusters/centers.csv", "clusters/assignments.parquet"]
    return ["cohort/schema.yaml", "cohort/patients.parquet", *model, *clusters]


def _scorer(run: Run) -> tuple[Scorer, int]:
    """The scorer of the reported replica, and that replica's number."""
    reported = run.reported
    partition = read_partition(run.verified("clusters/centers.csv"), reported, run.settings.clusters)
    try:
        model, description = take_replica(*load_model(run.model_folder(run.clustered)), reported)
    except ConfigurationError as error:
        path = run.path("clusters/replicas.csv")
        raise InputError(f"{path}: {error} {make_again(path)}") from None
    return make_scorer(model, description, partition, run.settings, reported), reported


def make_scorer(
    model: VariationalAutoencoder,
    description: ModelDescription,
    partition: Partition,
    settings: Configuration,
    replica: int,
) -> Scorer:
    """What scores patients under one replica of a run.

    Args:
        model: That replica alone.
        description: Of it.
        partition: Of its codes.
        settings: Of the run.
        replica: Its number, from 1.
    """
    latent = settings.latent
    draws = max(_FEWEST_DRAWS, latent.draws, latent.proposals if description.has_density else 0)
    noise = common_noise(settings.latent_dim, draws, latent.seed + replica - 1)
    on_means, corrected = settings.clusters.on == "means", latent.correction == "importance"
    return Scorer(model, description, partition, noise, on_means, corrected)


def _own_clusters_and_codes(run: Run, replica: int, identifiers: pd.Series) -> tuple[NDArray[np.int64], Codes]:
    """The clusters, from 0, and codes of the run's own patients, from its tables."""
    dim = run.settings.latent_dim
    cluster = run.labels(identifiers.tolist(), ["cluster"])[:, 0] - 1
    names = [f"{part}_{j}" for part in ("mean", "scale") for j in range(1, dim + 1)]
    path = run.verified("latent/{model}/codes.parquet", run.clustered)
    own = read_replica(path, replica, [str(identifiers.name), *names])
    return cluster, Codes.from_table(own, identifiers.tolist())
