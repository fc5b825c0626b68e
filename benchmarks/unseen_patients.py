"""How well unseen patients of a table are described: by the model at its defaults, and by latent classes.

Both are measured on the same 5 folds (retina_vae/cohort/folds.py), each described by what is fitted to the others. The
model's latent dimension is chosen by the rule of one standard error, and nothing else is set for any table; the number
of latent classes, 1 to 10, is the BIC's on the training folds. Log-densities are in nats per patient and unit of the
columns; a count has a probability. From a script beside this one::

    from unseen_patients import by_latent_classes, by_model, chosen_dimension, of_rivals
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from importlib.util import find_spec
from typing import Any

import numpy as np
import pandas as pd
import torch
import typer
from full_covariances import fit_full, whole_numbers

from retina_vae.cohort import CohortSchema
from retina_vae.cohort.folds import fold_of
from retina_vae.config_files import parse_configuration
from retina_vae.held_out import HeldOutTables, measure_held_out
from retina_vae.progress import Advance, silent
from retina_vae.rivals.latent_classes import LatentClasses, MixtureOfClasses, by_bic
from retina_vae.rivals.measurements import FloatArray, measure
from retina_vae.rivals.rival import Starts, quiet

__all__ = ["FOLDS", "by_latent_classes", "by_model", "chosen_dimension", "of_rivals", "require_stepmix"]

FOLDS, SEED, STARTS = 5, 1, 10


def require_stepmix() -> None:
    """End with a message where StepMix, which is no dependency of the package, is not installed."""
    if find_spec("stepmix") is None:
        print("Error: StepMix is not installed. Run `pip install stepmix==3.0.0`.", file=sys.stderr)
        raise typer.Exit(2)


def by_model(
    patients: pd.DataFrame,
    schema: CohortSchema,
    advance: Advance = silent,
    device: str = "cpu",
    changes: Mapping[str, Any] | None = None,
) -> HeldOutTables:
    """What the step ``held-out`` of a run measures, of all patients.

    Args:
        patients: The table.
        schema: What its columns are.
        advance: Is told how many dimensions are done.
        device: Where the models are trained.
        changes: Keys of ``vae`` that are not the defaults.
    """
    given = {"vae": dict(changes or {}), "held_out": {"patients": max(50, len(patients))}}
    settings = parse_configuration(given, "the defaults")
    return measure_held_out(patients, schema, settings, torch.device(device), advance)


def chosen_dimension(found: HeldOutTables) -> dict[str, Any]:
    """The dimension that was chosen and what it gives: ``latent_dim, log_density, log_density_error, trained_on``."""
    chosen = found.dimensions[found.dimensions["chosen"]].iloc[0]
    return {name: chosen[name] for name in ("latent_dim", "log_density", "log_density_error", "trained_on")}


def by_latent_classes(patients: pd.DataFrame, schema: CohortSchema, fold: int, starts: int = STARTS) -> pd.DataFrame:
    """The log-density of every patient of a fold by what is fitted to the other folds, from so many starts.

    Returns:
        The columns ``method, position, fold, classes, log_density``.
    """
    folds = fold_of(len(patients), FOLDS, len(patients), SEED)
    inside, training = (folds.positions[own] for own in (folds.fold == fold, folds.fold != fold))
    names = [part.column.name for part in whole_numbers(measure(patients, schema), patients)]
    parts = []
    for method, fit in _fits(patients.iloc[training], schema, names, starts).items():
        row = {"method": method, "position": inside, "fold": fold, "classes": len(fit.weights)}
        parts.append(pd.DataFrame(row | {"log_density": fit.log_density(patients.iloc[inside])}))
    return pd.concat(parts, ignore_index=True)


def _fits(
    training: pd.DataFrame, schema: CohortSchema, names: Sequence[str], number: int
) -> dict[str, MixtureOfClasses]:
    """Every method fitted to the patients; numbers called ``names`` may depend on each other within a class."""
    starts = Starts(number, SEED)
    with quiet():
        plain = by_bic(partial(LatentClasses().fit, training, schema, starts=starts), len(training))
        found = {"latent_classes": plain, "latent_classes_plain": replace(plain, added=0.0)}
        if len(names) > 1:
            full = partial(fit_full, training, schema, starts=starts, names=names)
            found["latent_classes_full"] = by_bic(full, len(training))
    return found


def of_rivals(found: HeldOutTables, rivals: pd.DataFrame, where: str) -> Iterator[tuple[str, FloatArray]]:
    """Each rival's log-densities of the patients that the model was measured on, in their order.

    Args:
        found: Of the model.
        rivals: As :func:`by_latent_classes` gives them, all folds.
        where: What the message begins with where these are other patients or folds.
    """
    for method, table in rivals.groupby("method", sort=False):
        ordered = table.sort_values("position")
        if ordered["position"].tolist() != found.patients["position"].tolist():
            raise SystemExit(f"{where}: expected the patients of the folds, found others")
        if ordered["fold"].tolist() != found.patients["fold"].tolist():
            raise SystemExit(f"{where}: expected the folds of this commit, found others")
        yield str(method), ordered["log_density"].to_numpy(dtype=np.float64)
