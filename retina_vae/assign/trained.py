"""Opening a finished run: the reported replica, its clusters, its cohort."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from retina_vae.assign.known import KnownPatients
from retina_vae.assign.score import Scorer, Scores, common_noise
from retina_vae.assign.typicality import Typicality
from retina_vae.cohort import CohortSchema, read_patients, read_schema
from retina_vae.config import Configuration, load_configuration
from retina_vae.errors import ConfigurationError, InputError
from retina_vae.files import read_table
from retina_vae.latent import Codes
from retina_vae.latent.decode import take_replica
from retina_vae.vae import load_model

__all__ = ["TrainedRun", "load_run"]

_FEWEST_DRAWS = 256


@dataclass(frozen=True, eq=False)
class TrainedRun:
    """What new patients are assigned with."""

    settings: Configuration
    schema: CohortSchema
    scorer: Scorer
    typicality: Typicality
    known: KnownPatients


def load_run(folder: Path, threads: int = 1) -> TrainedRun:
    """Open a run; its memory grows with the training cohort, not with the patients to come.

    Args:
        folder: ``results/<run>``, wherever it has been moved to.
        threads: CPU threads that score the training cohort.

    Raises:
        InputError: The folder or a file in it is missing, damaged, of another version, or does not fit the others.
        ConfigurationError: Its configuration is not valid.
    """
    if not (folder / "config.yaml").is_file():
        raise InputError(f"{folder}: expected the folder of a run with its config.yaml. Name another, results/<run>.")
    settings = _settings(folder)
    _require_finished(folder, settings.clusters.latent_dim)
    schema = read_schema(folder / "cohort" / "schema.yaml")
    patients = read_patients(folder / "cohort" / "patients.parquet", schema)
    scorer, replica = _scorer(folder, settings)
    features = scorer.description.encoding.encode(patients, str(folder / "cohort" / "patients.parquet"))
    computed = scorer.score(features, threads)
    typicality = Typicality.of(computed, scorer.description.has_density)
    identifiers = patients[schema.identifier].tolist()
    own = _own_scores(folder, settings, replica, identifiers, computed)
    known = KnownPatients(pd.Index(identifiers, dtype=object), features, own, typicality.score(computed))
    return TrainedRun(settings, schema, scorer, typicality, known)


def _settings(folder: Path) -> Configuration:
    try:
        return load_configuration(folder / "config.yaml")
    except ConfigurationError:
        # Another version called some keys otherwise; that its models are of another format says so more clearly.
        for path in sorted((folder / "vae").glob("d*/model.json")):
            load_model(path.parent)
        raise


def _require_finished(folder: Path, dim: int) -> None:
    needed = ("cohort/schema.yaml", "cohort/patients.parquet", f"vae/d{dim}/model.json", f"latent/d{dim}/codes.parquet")
    tables = ("clusters/replicas.csv", "clusters/centers.csv", "clusters/assignments.parquet")
    missing = [name for name in (*needed, *tables) if not (folder / name).is_file()]
    if missing:
        raise InputError(
            f"{folder}: expected a finished run, but {missing} missing. Run `snakemake --cores 8` to the end."
        )


def _scorer(folder: Path, settings: Configuration) -> tuple[Scorer, int]:
    """The scorer of the reported replica, and that replica's number."""
    clusters, dim = folder / "clusters", settings.clusters.latent_dim
    replicas = read_table(clusters / "replicas.csv", ["replica", "reported"])
    reported = replicas.loc[replicas["reported"].astype(bool), "replica"].tolist()
    centers = read_table(clusters / "centers.csv", ["replica", "cluster"])
    if len(reported) != 1:
        raise InputError(
            f"{clusters / 'replicas.csv'}: expected one reported replica, got {reported}. {_again(clusters)}"
        )
    own = centers[centers["replica"] == reported[0]].sort_values("cluster")
    numbers = own.drop(columns=["replica", "cluster"]).to_numpy(dtype=np.float32)
    if numbers.shape != (settings.clusters.k, dim) or own["cluster"].tolist() != [*range(1, settings.clusters.k + 1)]:
        raise InputError(
            f"{clusters / 'centers.csv'}: expected the centres of {settings.clusters.k} clusters in {dim} dimensions "
            f"of replica {reported[0]}, got {numbers.shape}. {_again(clusters)}"
        )
    try:
        model, description = take_replica(*load_model(folder / "vae" / f"d{dim}"), reported[0])
    except ConfigurationError as error:
        raise InputError(f"{clusters / 'replicas.csv'}: {error} {_again(clusters)}") from None
    draws = max(_FEWEST_DRAWS, settings.latent.draws, settings.latent.proposals if description.has_density else 0)
    noise = common_noise(dim, draws, settings.latent.seed + reported[0] - 1)
    on_means, corrected = settings.clusters.on == "means", settings.latent.correction == "importance"
    scorer = Scorer(model, description, torch.from_numpy(numbers.copy()), noise, on_means, corrected)
    return scorer, int(reported[0])


def _own_scores(
    folder: Path, settings: Configuration, replica: int, identifiers: list[str], computed: Scores
) -> Scores:
    """The clusters and codes of the run's own patients from its tables, with their probabilities as computed."""
    path, dim = folder / "clusters" / "assignments.parquet", settings.clusters.latent_dim
    assigned = read_table(path, ["patient_id", "cluster"])
    if assigned["patient_id"].tolist() != identifiers:
        raise InputError(
            f"{path}: expected the patients of the cohort in their order, got others. {_again(path.parent)}"
        )
    every = read_table(folder / "latent" / f"d{dim}" / "codes.parquet", ["replica", "patient_id"])
    codes = Codes.from_table(every[every["replica"] == replica], identifiers)
    cluster = assigned["cluster"].to_numpy() - 1
    return Scores(cluster, computed.probability, codes.mean[0], codes.scale[0], computed.log_evidence)


def _again(folder: Path) -> str:
    return f"Delete {folder} and run `snakemake --cores 8`."
