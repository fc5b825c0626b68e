"""New patients in memory: the screen and the scores of ``retina-vae assign``."""

from __future__ import annotations

import numpy as np
import pandas as pd

from retina_vae.assign.cells import companions_in, needed_columns, reader_of
from retina_vae.assign.formats import raw_chunks
from retina_vae.assign.run import TOO_FAR, ScoredPatients, score_patients
from retina_vae.assign.screen import Screen
from retina_vae.assign.source import Chunk
from retina_vae.assign.sureness import Sureness
from retina_vae.assign.trained import TrainedRun
from retina_vae.cohort.tables.frames import frame_table
from retina_vae.errors import ConfigurationError, InputError
from retina_vae.estimator.cohort import SOURCE
from retina_vae.estimator.fitting import torch_threads
from retina_vae.faults import Fault, describe_faults
from retina_vae.latent.impute import Imputer
from retina_vae.weights import Weights, WeightSource

__all__ = ["new_patients", "score_frame", "sureness_of"]


def score_frame(run: TrainedRun, frame: pd.DataFrame, threads: int, *, numbered: bool) -> ScoredPatients:
    """Score every row of a data frame.

    Args:
        run: What they are scored with.
        frame: The inputs in any order, perhaps the identifier, and columns that are not looked at.
        threads: CPU threads.
        numbered: Whether the identifiers of the training cohort are numbers of rows, which say nothing of others.

    Raises:
        InputError: A column is missing, or a row holds what does not fit it; the message names row and column.
    """
    patients = new_patients(run, frame, numbered=numbered)
    as_new = numbered or run.schema.identifier not in frame.columns
    # Batches are small and run side by side; more threads within one would only wait for each other.
    with torch_threads(1):
        scored = score_patients(run, patients, threads, as_new)
    _require([Fault(int(row) + 1, "", *TOO_FAR) for row in np.flatnonzero(~scored.computed)])
    return scored


def new_patients(run: TrainedRun, frame: pd.DataFrame, *, numbered: bool) -> pd.DataFrame:
    """The identifier and the inputs of patients as the model reads them.

    Rows get their numbers as identifiers where the frame has none. The arguments are those of :func:`score_frame`.

    Raises:
        InputError: As :func:`score_frame`.
    """
    identifier = run.schema.identifier
    names = [name for name in needed_columns(run.schema, run.table_schema) if name != identifier]
    lacking = [name for name in names if name not in frame.columns]
    if lacking:
        raise InputError(f"{SOURCE}: expected the columns {names}, found {list(frame.columns)}: {lacking} missing.")
    names += companions_in(frame.columns, run.schema)
    known = not numbered and identifier in frame.columns
    if not known:
        frame = frame[names].assign(**{identifier: _numbers(len(frame))})
    chunk = _chunk(run, frame[[identifier, *names]].reset_index(drop=True))
    cells = reader_of(run.table_schema)
    screen = Screen(run.schema, run.gaps, cells, run.not_applicable)
    screened = screen.check(chunk)
    _require(screened.faults)
    return screened.patients


def sureness_of(
    run: TrainedRun, imputer: Imputer, source: WeightSource, samples: Weights | None, threads: int
) -> Sureness:
    """How sure the model is of patients.

    Args:
        run: What they are scored with.
        imputer: Which has all replicas.
        source: The weights that are asked.
        samples: Of a finished run, where it sampled weights.
        threads: CPU threads.

    Raises:
        ConfigurationError: The model has no density, one weight alone, or samples are asked for and there are none.
    """
    if source == "sghmc" and samples is None:
        raise ConfigurationError(
            "sure: expected vae.weights 'ensemble', because a fit samples no weights, got 'sghmc'. Run the workflow, "
            "and open what it made with load_run(...).model()."
        )
    model, description = run.scorer.model, run.scorer.description
    if source != "point":
        model, description = (imputer.model, imputer.description) if samples is None else samples[:2]
    return Sureness.of(model, description, run.known.features, threads)


def _chunk(run: TrainedRun, frame: pd.DataFrame) -> Chunk:
    """The rows as the screen reads them, numbered from 1."""
    if run.table_schema is None:
        return Chunk(np.arange(1, len(frame) + 1), frame, [], 1.0)
    raw = frame_table(frame, SOURCE)
    return next(raw_chunks(raw, raw.columns, len(frame)))


def _numbers(count: int) -> list[str]:
    return [str(number) for number in range(1, count + 1)]


def _require(faults: list[Fault]) -> None:
    """Refuse rows that do not fit.

    Raises:
        InputError: There is one; the message lists the first.
    """
    if faults:
        raise InputError(
            f"{SOURCE}: expected patients that fit the columns the model was trained on.\n{describe_faults(faults)}\n"
            "  Rows are counted from 1; correct or leave out these."
        )
