"""From a table of assignments to a table of batches: which of them are not the cohort."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retina_vae.assign.batches import batch_p_value
from retina_vae.assign.conformal import Calibration, q_values
from retina_vae.assign.discoveries import P_VALUE
from retina_vae.assign.trained import held_out_densities
from retina_vae.cohort.tables.read import read_raw_table
from retina_vae.errors import InputError
from retina_vae.run import Run

__all__ = ["WHOLE_FILE", "Assigned", "batch_table", "held_out_calibration", "read_assigned", "read_batches"]

WHOLE_FILE = "all patients"
"""The batch of everybody, where no column says more."""

_DIGITS = 1e-4
"""As exactly as scores stand in a table of assignments."""

_COLUMNS = ("typicality", "percentile", P_VALUE, "unlike", "known")


class Assigned(NamedTuple):
    """The new patients of a table of assignments.

    Attributes:
        identifiers: Of each patient.
        typicality: Scores, shape (patients,).
        percentile: Among the training patients.
        unlike: Who was flagged.
        cells: The whole table as texts, in the same order.
    """

    identifiers: pd.Series
    typicality: NDArray[np.float64]
    percentile: NDArray[np.float64]
    unlike: NDArray[np.bool_]
    cells: pd.DataFrame


def held_out_calibration(run: Run) -> Calibration:
    """The held-out scores of a run.

    Raises:
        InputError: It has none: scores of patients that a model was trained on are no fair comparison for fresh ones.
    """
    held_out = held_out_densities(run)
    if held_out is None:
        raise InputError(
            f"{run.folder}: expected a run with log-densities of patients that its model was not trained on "
            "(vae/held_out_patients.parquet), found none. Train a model with a density that chooses its latent "
            "dimension (vae.latent_dims: auto)."
        )
    return Calibration.of(held_out, held_out)


def read_assigned(path: Path, identifier: str, calibration: Calibration) -> Assigned:
    """Read what ``retina-vae assign`` or ``assign-gather`` wrote; patients of the training cohort are left out.

    Raises:
        InputError: The file is no such table, holds no new patient, or was made with another run.
    """
    cells = read_raw_table(path).cells
    missing = [name for name in (identifier, *_COLUMNS) if name not in cells.columns]
    if missing:
        raise InputError(f"{path}: expected a table that `retina-vae assign` wrote, but {missing} missing.")
    cells = cells[cells["known"].str.lower() != "true"].reset_index(drop=True)
    if cells.empty:
        raise InputError(f"{path}: expected new patients, found only those of the training cohort.")
    typicality, percentile, p_value = (
        pd.to_numeric(cells[name], errors="coerce").to_numpy(dtype=np.float64)
        for name in ("typicality", "percentile", P_VALUE)
    )
    slack = _DIGITS * (1 + np.abs(typicality) / 100)
    low, high = calibration.p_value(typicality - slack), calibration.p_value(typicality + slack)
    if not ((low - _DIGITS <= p_value) & (p_value <= high + _DIGITS)).all():
        raise InputError(f"{path}: expected patients that were assigned with this run, found p-values of another.")
    unlike = cells["unlike"].str.lower().to_numpy() == "true"
    return Assigned(cells[identifier], typicality, percentile, unlike, cells)


def read_batches(assigned: Assigned, column: str, identifier: str, table: Path | None) -> pd.Series:
    """The batch of each patient, as text; the empty text where the table does not say.

    Args:
        assigned: The patients.
        column: That says which batch.
        identifier: The column that names the patients.
        table: That has the column; the table of assignments where it is None.

    Raises:
        InputError: There is no such column, or a patient is missing or there twice.
    """
    cells = assigned.cells if table is None else read_raw_table(table).cells
    where = "the table of assignments" if table is None else str(table)
    for name in (column, identifier):
        if name not in cells.columns:
            remedy = " Name the table that has it with --in." if table is None else ""
            raise InputError(f"{where}: expected a column {name!r}, found {list(cells.columns)}.{remedy}")
    if table is None:
        return cells[column]
    found = cells[cells[identifier].isin(set(assigned.identifiers))]
    repeated, missing = (
        int(found[identifier].duplicated().sum()),
        len(assigned.identifiers) - found[identifier].nunique(),
    )
    if repeated or missing:
        raise InputError(
            f"{where}: expected every patient of the table of assignments once, found {missing} missing and {repeated} "
            "repeated. Name the table that was assigned."
        )
    return found.set_index(identifier)[column].loc[assigned.identifiers].reset_index(drop=True)


def batch_table(assigned: Assigned, batch: pd.Series, calibration: Calibration, unlike_below: float) -> pd.DataFrame:
    """A row per batch, the least typical first.

    Args:
        assigned: The patients.
        batch: Of each; empty texts are a batch of their own.
        calibration: The held-out scores.
        unlike_below: p-value in per cent up to which ``unlike`` was flagged.

    Returns:
        The columns ``batch, patients, p_value, q_value`` (Benjamini and Hochberg over the batches),
        ``median_percentile``, ``flagged`` and ``expected`` (flagged by chance).
    """
    rows = []
    for name, places in batch.groupby(batch, sort=True).indices.items():
        own = {"batch": name, "patients": len(places)}
        own["p_value"] = batch_p_value(np.round(calibration.scores, 4), assigned.typicality[places])
        own |= {"median_percentile": np.median(assigned.percentile[places]), "flagged": assigned.unlike[places].sum()}
        rows.append(own | {"expected": len(places) * unlike_below / 100})
    table = pd.DataFrame(rows)
    table.insert(3, "q_value", q_values(table["p_value"].to_numpy()))
    return table.sort_values(["p_value", "batch"], ignore_index=True)
