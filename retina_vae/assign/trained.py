"""Opening a finished run: the reported replica, its clusters, its cohort."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retina_vae.assign.known import KnownPatients
from retina_vae.assign.score import Scorer, Scores, common_noise
from retina_vae.assign.typicality import Typicality
from retina_vae.clusters.partitions.storage import read_partition
from retina_vae.cohort import CohortSchema, read_cohort
from retina_vae.cohort.schema_file import cohort_schema, read_table_schema
from retina_vae.cohort.table_schema import TableSchema
from retina_vae.config import Configuration
from retina_vae.errors import ConfigurationError, InputError
from retina_vae.latent import Codes, read_replica
from retina_vae.latent.decode import take_replica
from retina_vae.runs import finished_settings, make_again, reported_replica, run_labels
from retina_vae.vae import load_model

__all__ = ["TrainedRun", "load_run"]

_FEWEST_DRAWS = 256


@dataclass(frozen=True, eq=False)
class TrainedRun:
    """What new patients are assigned with.

    Attributes:
        schema: What a patient is.
        scorer: The reported replica with its clusters.
        typicality: How like the cohort patients are.
        known: The training cohort.
        table_schema: By which the cells of the analyst's table were read, if the cohort came from one.
    """

    schema: CohortSchema
    scorer: Scorer
    typicality: Typicality
    known: KnownPatients
    table_schema: TableSchema | None = None

    @property
    def gaps(self) -> frozenset[str]:
        """Names of the inputs that patients of the training cohort lacked, and that new patients may lack."""
        return frozenset(column.name for column in self.scorer.description.encoding.columns if column.gaps)

    def observed(self, features: NDArray[np.float64]) -> NDArray[np.int64]:
        """How many inputs have a value in each patient of these features, shape (patients,)."""
        encoding = self.scorer.description.encoding
        return len(encoding.columns) - np.isnan(features[:, list(encoding.gaps)]).sum(axis=1)


def load_run(folder: Path, threads: int = 1) -> TrainedRun:
    """Open a run; its memory grows with the training cohort, not with the patients to come.

    Args:
        folder: ``results/<run>``, wherever it has been moved to.
        threads: CPU threads that score the training cohort.

    Raises:
        InputError: The folder or a file in it is missing, damaged, of another version, or does not fit the others.
        ConfigurationError: Its configuration is not valid.
    """
    settings = finished_settings(folder, _needed)
    patients, schema = read_cohort(folder)
    scorer, replica = _scorer(folder, settings)
    features = scorer.description.encoding.encode(patients, str(folder / "cohort" / "patients.parquet"))
    computed = scorer.score(features, threads)
    typicality = Typicality.of(computed, scorer.description.has_density)
    identifiers = patients[schema.identifier]
    own = _own_scores(folder, settings, replica, identifiers, computed)
    known = KnownPatients(pd.Index(identifiers.tolist(), dtype=object), features, own, typicality.score(computed))
    return TrainedRun(schema, scorer, typicality, known, _table_schema(folder, schema))


def _table_schema(folder: Path, schema: CohortSchema) -> TableSchema | None:
    path = folder / "cohort" / "table_schema.yaml"
    if not path.exists():
        return None
    document = read_table_schema(path)
    if cohort_schema(document, str(path)) != schema:
        raise InputError(f"{path}: expected the columns of schema.yaml beside it, found others. {make_again(path)}")
    return document


def _needed(settings: Configuration) -> list[str]:
    dim = settings.clusters.latent_dim
    needed = ["cohort/schema.yaml", "cohort/patients.parquet", f"vae/d{dim}/model.json", f"latent/d{dim}/codes.parquet"]
    return [*needed, "clusters/replicas.csv", "clusters/centers.csv", "clusters/assignments.parquet"]


def _scorer(folder: Path, settings: Configuration) -> tuple[Scorer, int]:
    """The scorer of the reported replica, and that replica's number."""
    clusters, dim = folder / "clusters", settings.clusters.latent_dim
    reported = reported_replica(folder)
    partition = read_partition(clusters / "centers.csv", reported, settings.clusters)
    try:
        model, description = take_replica(*load_model(folder / "vae" / f"d{dim}"), reported)
    except ConfigurationError as error:
        raise InputError(f"{clusters / 'replicas.csv'}: {error} {make_again(clusters / 'replicas.csv')}") from None
    draws = max(_FEWEST_DRAWS, settings.latent.draws, settings.latent.proposals if description.has_density else 0)
    noise = common_noise(dim, draws, settings.latent.seed + reported - 1)
    on_means, corrected = settings.clusters.on == "means", settings.latent.correction == "importance"
    scorer = Scorer(model, description, partition, noise, on_means, corrected)
    return scorer, reported


def _own_scores(
    folder: Path, settings: Configuration, replica: int, identifiers: pd.Series, computed: Scores
) -> Scores:
    """The clusters and codes of the run's own patients from its tables, with their probabilities as computed."""
    dim, k = settings.clusters.latent_dim, settings.clusters.number
    cluster = run_labels(folder, k, identifiers.tolist(), ["cluster"])[:, 0] - 1
    names = [f"{part}_{j}" for part in ("mean", "scale") for j in range(1, dim + 1)]
    own = read_replica(folder / "latent" / f"d{dim}" / "codes.parquet", replica, [str(identifiers.name), *names])
    codes = Codes.from_table(own, identifiers.tolist())
    return Scores(cluster, computed.probability, codes.mean[0], codes.scale[0], computed.log_evidence)
