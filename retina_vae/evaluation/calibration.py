"""The tables of calibration: whether a model's draws are draws of p(z | x), and whether their weights hold."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retina_vae.config import Configuration
from retina_vae.latent.calibration import KnownCodes, expected_coverage, rank_test, ranks, simulate_known_codes
from retina_vae.latent.correct import CorrectedCodes
from retina_vae.latent.smoothing import GOOD_BELOW
from retina_vae.vae import VariationalAutoencoder, replica_seeds

__all__ = ["CalibrationTables", "calibrate_model", "unreliable_models"]

_PATIENTS, _DRAWS = 500, 99
_CREDIBILITY = np.arange(1, 20) / 20
_ALERT_ABOVE = 0.01


class CalibrationTables(NamedTuple):
    """``calibration.csv``, ``coverage.csv`` and ``proposals.csv``, as docs/architecture.md describes them."""

    calibration: pd.DataFrame
    coverage: pd.DataFrame
    proposals: pd.DataFrame


def calibrate_model(
    model: VariationalAutoencoder, name: str, training: CorrectedCodes, settings: Configuration
) -> CalibrationTables:
    """Measure the draws of every replica of a model with a density.

    Ranks and coverage are those of 500 patients that each replica simulates, with 99 draws of each; the weights are
    those of the training patients.

    Args:
        model: The replicas.
        name: The model's.
        training: Codes of the patients that it was trained on.
        settings: Of the run: proposals of the correction, and seeds.
    """
    latent, seeds = settings.latent, replica_seeds(settings.evaluation.seed, model.replicas)
    known = simulate_known_codes(model, _PATIENTS, _DRAWS, latent.proposals, seeds)
    return CalibrationTables(
        _rank_table(name, known), _coverage_table(name, known), _proposal_table(name, training, latent.proposals)
    )


def unreliable_models(proposals: pd.DataFrame) -> list[str]:
    """Names of the models with a replica whose k-hat is above 0.7 for more than 1 % of the training patients."""
    return list(dict.fromkeys(proposals.loc[proposals["alert"], "model"]))


def _rank_table(name: str, known: KnownCodes) -> pd.DataFrame:
    rows = []
    for kind in ("encoded", "corrected"):
        for replica, (codes, draws) in enumerate(zip(known.codes, getattr(known, kind), strict=True), start=1):
            found = pd.DataFrame(rank_test(ranks(codes, draws), len(draws))._asdict())
            about = {"model": name, "draws_from": kind, "replica": replica, "dimension": found.index + 1}
            rows.append(pd.DataFrame({**about, "patients": len(codes), "draws": len(draws)}).join(found))
    return pd.concat(rows, ignore_index=True)


def _coverage_table(name: str, known: KnownCodes) -> pd.DataFrame:
    rows = []
    for kind in ("encoded", "corrected"):
        parts = zip(known.codes, getattr(known, kind), known.references, strict=True)
        for replica, (codes, draws, references) in enumerate(parts, start=1):
            coverage = expected_coverage(codes, draws, references, _CREDIBILITY)
            about = {"model": name, "draws_from": kind, "replica": replica, "patients": len(codes)}
            rows.append(pd.DataFrame({**about, "credibility": _CREDIBILITY, "coverage": coverage}))
    return pd.concat(rows, ignore_index=True)


def _proposal_table(name: str, weighted: CorrectedCodes, proposals: int) -> pd.DataFrame:
    shape, effective = weighted.tail_shape.astype(np.float64), weighted.effective_draws.astype(np.float64)
    unreliable: NDArray[np.float64] = (shape > GOOD_BELOW).mean(axis=1)
    return pd.DataFrame(
        {
            "model": name,
            "replica": np.arange(1, len(shape) + 1),
            "patients": shape.shape[1],
            "proposals": proposals,
            "tail_shape_median": np.median(shape, axis=1),
            "tail_shape_q99": np.quantile(shape, 0.99, axis=1),
            "unreliable": unreliable,
            "effective_median": np.median(effective, axis=1),
            "effective_q01": np.quantile(effective, 0.01, axis=1),
            "alert": unreliable > _ALERT_ABOVE,
        }
    )
