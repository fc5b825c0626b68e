"""The chain in memory: patients, models, codes, clusters, and what new patients are assigned with.

Each step is the function that the command of that name calls; the tables that those write are kept here.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from retina_vae.assign.score import Scorer
from retina_vae.assign.trained import TrainedRun, make_scorer
from retina_vae.clusters.latent_structure.structure import find_structure
from retina_vae.clusters.partitions.storage import partition_of
from retina_vae.clusters.replica_clusters import ClusterTables, cluster_codes
from retina_vae.cohort.table import TableCohort
from retina_vae.config import Configuration
from retina_vae.held_out import measure_held_out
from retina_vae.latent import Codes
from retina_vae.latent.decode import take_replica
from retina_vae.latent.impute import Imputer
from retina_vae.latent.sample import codes_by_replica
from retina_vae.progress import Advance, progress, silent
from retina_vae.training import TrainingCohort, history_table, plan_training, prepare_cohort, train_replicas
from retina_vae.vae import ModelDescription, VariationalAutoencoder, resolve_device

__all__ = ["Fit", "fit_cohort", "torch_threads"]


@dataclass(frozen=True, eq=False)
class Fit:
    """What a fit found.

    Attributes:
        settings: With the latent dimension and the number of clusters that were found.
        run: What new patients are assigned with.
        imputer: What fills their gaps.
        clusters: Assignments, centres, replicas, their agreement, and the stability of each cluster over them.
        reported: Number of the replica whose clusters are reported, from 1.
        codes: Of all replicas.
        history: The objective of each replica, epoch by epoch.
        structure: The answer to groups or a continuum; None where the number of clusters was given.
    """

    settings: Configuration
    run: TrainedRun
    imputer: Imputer
    clusters: ClusterTables
    reported: int
    codes: Codes
    history: pd.DataFrame
    structure: pd.DataFrame | None


def fit_cohort(cohort: TableCohort, settings: Configuration, threads: int = 1, *, verbose: bool = False) -> Fit:
    """Train the clustered model on a cohort, cluster its codes, and report a replica.

    Args:
        cohort: The patients.
        settings: Of the run.
        threads: CPU threads. Another number changes last digits of what is trained.
        verbose: Show progress on standard error.

    Raises:
        ConfigurationError: The settings ask for more than the patients allow.
        NonFiniteLossError: The training diverges.
    """
    structure = _structure(cohort, settings, threads, verbose)
    numbered = settings if structure is None else settings.numbered(int(structure["k"].iloc[0]))
    with torch_threads(threads):
        numbered, held_out = _dimensioned(cohort, numbered, verbose)
        given = prepare_cohort(cohort.patients, cohort.schema, settings.vae)
        model, description, history = _train(given, numbered, verbose)
        replicas = list(codes_by_replica(model, description, given.patients.x, settings.latent))
    codes = Codes.of_replicas(replicas)
    losses = history.groupby("replica")["loss"].last().to_numpy()
    tables = cluster_codes(codes, given.ids, losses, numbered.clusters, threads=threads, identifier=given.identifier)
    reported = int(tables.replicas.loc[tables.replicas["reported"], "replica"].iloc[0])
    scorer = _scorer(model, description, tables, numbered, reported)
    with torch_threads(1):
        own = tables.assignments["cluster"].to_numpy(dtype=np.int64) - 1, replicas[reported - 1]
        features = given.encoding.encode(cohort.patients)
        known = (given.ids, features)
        run = TrainedRun.of(cohort.schema, scorer, known, own, cohort.table_schema, held_out, threads)
    imputer = Imputer.of(model, description, cohort.schema, numbered.latent)
    return Fit(numbered, run, imputer, tables, reported, codes, history, structure)


@contextmanager
def torch_threads(threads: int) -> Iterator[None]:
    """Let torch compute on so many threads, and afterwards on as many as before."""
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@contextmanager
def _shown(title: str, total: int, verbose: bool) -> Iterator[Advance]:
    if verbose:
        with progress(title, total) as advance:
            yield advance
    else:
        yield silent


def _structure(cohort: TableCohort, settings: Configuration, threads: int, verbose: bool) -> pd.DataFrame | None:
    """The answer to groups or a continuum, where it gives the number of clusters."""
    if settings.clusters.k != "auto":
        return None
    asked = settings.latent_structure
    with _shown("latent structure", 10 + 4 * (asked.k_max - 1), verbose) as advance:
        return find_structure(cohort.patients, cohort.schema, asked, threads, advance).answer


def _dimensioned(
    cohort: TableCohort, settings: Configuration, verbose: bool
) -> tuple[Configuration, NDArray[np.float64] | None]:
    """The settings with the latent dimension that is chosen where that is left to the fit, and what was measured.

    That is the log-density of each patient by a model that was not trained on it.
    """
    if settings.vae.latent_dims != "auto":
        return settings, None
    device = resolve_device(settings.device)
    with _shown("held out, models", len(settings.candidate_dims), verbose) as advance:
        found = measure_held_out(cohort.patients, cohort.schema, settings, device, advance)
    return settings.dimensioned(found.latent_dim), found.patients["log_density"].to_numpy(dtype=np.float64)


def _train(
    given: TrainingCohort, settings: Configuration, verbose: bool
) -> tuple[VariationalAutoencoder, ModelDescription, pd.DataFrame]:
    """The clustered model with all replicas, on the CPU."""
    chosen = settings.model(settings.clustered_model)
    plan = plan_training(given, chosen, resolve_device(settings.device))
    epochs = (plan.settings.epochs + plan.settings.refit_epochs) * chosen.replicas
    with _shown("vae, epochs over replicas", epochs, verbose) as advance:
        model, description, history = train_replicas(given, plan, advance=advance)
    return model.cpu(), description, history_table(history)


def _scorer(
    model: VariationalAutoencoder,
    description: ModelDescription,
    tables: ClusterTables,
    settings: Configuration,
    reported: int,
) -> Scorer:
    partition = partition_of(tables.centers, reported, settings.clusters)
    return make_scorer(*take_replica(model, description, reported), partition, settings, reported)
