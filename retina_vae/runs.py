"""The folder of a run, for those who open it when it is finished."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retina_vae.config import Configuration, load_configuration
from retina_vae.errors import ConfigurationError, InputError
from retina_vae.files import read_table
from retina_vae.model_format import read_model_json

__all__ = ["finished_settings", "make_again", "reported_of", "reported_replica", "run_labels", "run_settings"]


def finished_settings(folder: Path, needed: Callable[[Configuration], Iterable[str]]) -> Configuration:
    """The configuration of a finished run, wherever it has been moved to.

    Args:
        folder: ``results/<run>``.
        needed: From the configuration to the files below ``folder`` that must be there.

    Raises:
        InputError: The folder is none of a run, of another version, or lacks a file.
        ConfigurationError: The run's configuration is not valid.
    """
    if not (folder / "config.yaml").is_file():
        raise InputError(f"{folder}: expected the folder of a run with its config.yaml. Name another, results/<run>.")
    settings = _settings(folder)
    if settings.clusters.k == "auto":
        settings = _with_number(settings, folder)
    missing = [name for name in needed(settings) if not (folder / name).is_file()]
    if missing:
        raise InputError(
            f"{folder}: expected a finished run, but {missing} missing. Run `snakemake --cores 8` to the end."
        )
    return settings


def _settings(folder: Path) -> Configuration:
    try:
        return load_configuration(folder / "config.yaml")
    except ConfigurationError:
        # Another version called some keys otherwise; that its models are of another format says so more clearly.
        for path in sorted((folder / "vae").glob("d*/model.json")):
            read_model_json(path)
        raise


def run_settings(path: Path, folder: Path | None = None) -> Configuration:
    """The configuration of a run with the number of clusters that it found, where it was left to the run.

    Args:
        path: The configuration.
        folder: The run, where it has been moved from the folder that the configuration names.

    Raises:
        ConfigurationError: The configuration is not valid.
        InputError: The number was left to the run, and the table that holds it is missing.
    """
    settings = load_configuration(path)
    return _with_number(settings, folder or settings.folder) if settings.clusters.k == "auto" else settings


def _with_number(settings: Configuration, folder: Path) -> Configuration:
    table = read_table(folder / "clusters" / "latent_structure.csv", ["answer", "k"])
    clusters = settings.clusters.model_copy(update={"k": int(table["k"].iloc[0])})
    return settings.model_copy(update={"clusters": clusters})


def reported_replica(folder: Path) -> int:
    """Number of the replica whose clusters are reported, from 1.

    Raises:
        InputError: The table of the replicas below ``folder`` is missing, or reports another number of them than one.
    """
    path = folder / "clusters" / "replicas.csv"
    return reported_of(read_table(path, ["replica", "reported"]), path)


def reported_of(replicas: pd.DataFrame, path: Path) -> int:
    """The same from the table itself; ``path`` is for the message."""
    reported = replicas.loc[replicas["reported"].astype(bool), "replica"].tolist()
    if len(reported) != 1:
        raise InputError(f"{path}: expected one reported replica, got {len(reported)}. {make_again(path)}")
    return int(reported[0])


def run_labels(folder: Path, k: int, identifiers: Sequence[str], columns: Sequence[str]) -> NDArray[np.int64]:
    """Columns of a run's assignments that hold clusters from 1, shape (patients, columns).

    Raises:
        InputError: The assignments are missing, those of other patients, or of other clusters than 1 to ``k``.
    """
    path = folder / "clusters" / "assignments.parquet"
    table = read_table(path, list(columns))
    # The identifier stands first, whatever its name is.
    if table.iloc[:, 0].tolist() != list(identifiers):
        raise InputError(f"{path}: expected the patients of the cohort in their order, got others. {make_again(path)}")
    labels = table[list(columns)].to_numpy(dtype=np.int64)
    if not np.isin(labels, np.arange(1, k + 1)).all():
        raise InputError(f"{path}: expected clusters from 1 to {k}, got others. {make_again(path)}")
    return labels


def make_again(path: Path) -> str:
    """What to do about a file of a stage that does not fit the others."""
    return f"Delete {path.parent} and run `snakemake --cores 8`."
