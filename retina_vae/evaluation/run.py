"""All models of a run, measured on the same subjects."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import pandas as pd
import torch

from retina_vae.cohort import CohortSchema
from retina_vae.evaluation.calibration import CalibrationTables, calibrate_model
from retina_vae.evaluation.measure import measure_model
from retina_vae.evaluation.subjects import FreshPatients, choose_subjects, choose_training_patients
from retina_vae.evaluation.tables import evaluation_table, posterior_table
from retina_vae.evaluation.training_codes import code_training_patients
from retina_vae.parallel import one_thread_each
from retina_vae.progress import Advance
from retina_vae.run import Run
from retina_vae.vae import load_model

__all__ = ["EvaluationTables", "evaluate_run"]


class EvaluationTables(NamedTuple):
    """``evaluation.csv``, ``posterior.csv``, and the tables of calibration where a model has a density.

    docs/architecture.md describes them.
    """

    models: pd.DataFrame
    dimensions: pd.DataFrame
    calibration: CalibrationTables | None


def evaluate_run(
    run: Run,
    patients: pd.DataFrame,
    schema: CohortSchema,
    fresh: FreshPatients | None,
    threads: int,
    advance: Advance,
) -> EvaluationTables:
    """Load and measure every model of a run.

    Args:
        run: The run whose models they are.
        patients: The training patients.
        schema: Their columns.
        fresh: Patients that no model has seen, where the cohort is simulated; without, the models are measured on the
            training patients.
        threads: Models that are measured at the same time; each is measured on one thread, so that sums are added
            in the same order every time.
        advance: Told how many models are done.

    Raises:
        InputError: A model is missing or damaged.
    """
    settings = run.settings
    subjects = choose_subjects(patients, schema, settings.evaluation, fresh)
    chosen = choose_training_patients(len(patients), settings.evaluation)

    def evaluate(name: str) -> EvaluationTables:
        torch.set_num_threads(1)
        model, description = load_model(run.model_folder(name))
        training = code_training_patients(model, description, patients, settings.latent, chosen)
        measured = measure_model(model, description, training, subjects, settings)
        calibrated = None if training.corrected is None else calibrate_model(model, name, training.corrected, settings)
        return EvaluationTables(
            evaluation_table(settings, name, measured, subjects),
            posterior_table(name, measured.dimensions),
            calibrated,
        )

    # Those with the most replicas first, so that none of them is left to one thread at the end.
    order = sorted(settings.models, key=lambda name: -settings.model(name).replicas)
    parts = {}
    with one_thread_each(threads) as pool:
        for name, tables in zip(order, pool.map(evaluate, order), strict=True):
            parts[name] = tables
            advance(len(parts), name)
    ordered = [parts[name] for name in settings.models]
    return EvaluationTables(
        _joined([part.models for part in ordered]),
        _joined([part.dimensions for part in ordered]),
        _calibration([part.calibration for part in ordered if part.calibration is not None]),
    )


def _calibration(parts: Sequence[CalibrationTables]) -> CalibrationTables | None:
    return CalibrationTables(*map(_joined, zip(*parts, strict=True))) if parts else None


def _joined(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    return pd.concat(tables, ignore_index=True)
