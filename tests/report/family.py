"""Tables of measured and decoded models, made of closed forms."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from retina_vae.cohort import CohortSchema
from retina_vae.config import Configuration
from retina_vae.factors import Information, Measured
from retina_vae.factors.measure import BASELINE, disentanglement_table, factor_table
from retina_vae.files import write_table
from retina_vae.pictures import decoded_models, dense_models
from retina_vae.studies.macular.schema import MACULAR
from tests.report.cohorts import QUOTED

EXACT = -7.4
SCALES = {"autoencoder": 0.0, "unregularised": 0.01, "regularised": 0.6}

FAMILY: dict[str, Any] = {
    "vae": {
        "latent_dims": [2, 3],
        "epochs": 5,
        "replicas": 3,
        "comparison_replicas": 1,
        "input_scaling": "by_kind",
        "likelihood": "typed",
        "objective": "importance_weighted",
        "draws_per_patient": 10,
        "kl_weight": 0.0,
    },
    "family": {
        "paper": {
            "latent_dim": 3,
            "changes": {
                "likelihood": "squared_error",
                "input_scaling": "raw",
                "objective": "elbo",
                "kl_weight": 0.05,
            },
        },
        "autoencoder": {"latent_dim": 2, "changes": {"objective": "autoencoder", "posterior": "point"}},
        "unregularised": {"latent_dim": 2, "changes": {"objective": "elbo"}},
        "regularised": {"latent_dim": 2, "changes": {"objective": "elbo", "kl_weight": 1.0}},
        "beta-1": {"latent_dim": 3, "changes": {"objective": "elbo", "kl_weight": 1.0}},
        "beta-4": {"latent_dim": 3, "changes": {"objective": "elbo", "kl_weight": 4.0}},
        "supervised": {"latent_dim": 3, "replicas": 2, "changes": {"objective": "supervised", "kl_weight": 1.0}},
    },
}


def write_measures(folder: Path, configuration: Configuration) -> None:
    """evaluation.csv and posterior.csv; replica r of a typed model is 0.01 r nats from the exact density."""
    evaluation = [_evaluation(configuration, name) for name in configuration.models]
    write_table(pd.concat(evaluation), folder / "evaluation/evaluation.csv")
    write_calibration(folder, configuration)
    posterior = [_dimensions(configuration, name) for name in configuration.models]
    write_table(pd.concat(posterior), folder / "evaluation/posterior.csv")


def write_factors(folder: Path, configuration: Configuration, schema: CohortSchema) -> None:
    """Coordinate 1 tells 0.8 of the first column, two share the second, and no coordinate tells anything of the others.

    Principal components tell half as much of the first.
    """
    names = tuple(column.name for column in schema.in_words.inputs)
    for name in configuration.models:
        _, latent_dim, replicas = configuration.model(name)
        measured = {}
        for place, own in enumerate([*map(str, range(1, replicas + 1)), BASELINE]):
            shares = np.full((latent_dim, len(names)), 0.02)
            shares[0, 0] = 0.4 if own == BASELINE else 0.8 - 0.01 * place
            shares[:2, 1:2] = 0.3
            ordered = np.sort(shares, axis=0)
            gap = ordered[-1] - ordered[-2] if latent_dim > 1 else np.full(len(names), np.nan)
            measured[own] = Measured(
                names, Information(1.5 * shares, shares, gap), float(gap.mean()), 0.5, 0.6, 0.7, 0.8
            )
        write_table(disentanglement_table(measured, 120), folder / f"latent/{name}/disentanglement.csv")
        write_table(factor_table(measured), folder / f"latent/{name}/factors.csv")


def write_calibration(folder: Path, configuration: Configuration) -> None:
    """Tables of calibration: q is too narrow in every model, the corrected draws are exact, and ``beta-4`` alerts."""
    ranks, coverage, proposals = [], [], []
    for name in dense_models(configuration):
        _, latent_dim, replicas = configuration.model(name)
        for replica in range(1, replicas + 1):
            for kind, dispersion in (("encoded", 1.4), ("corrected", 1.0)):
                own = {"model": name, "draws_from": kind, "replica": replica}
                measured = {"p_value": 0.5 if dispersion == 1 else 1e-9, "dispersion": dispersion, "shift": 0.0}
                for dim in range(1, latent_dim + 1):
                    ranks.append({**own, "dimension": dim, "patients": 500, "draws": 99, **measured})
                for share in np.arange(1, 20) / 20:
                    bend = (dispersion - 1) * 0.3 * np.sin(2 * np.pi * share)
                    coverage.append({**own, "patients": 500, "credibility": share, "coverage": share + bend})
            bad = 0.05 if name == "beta-4" else 0.001
            about = {"model": name, "replica": replica, "patients": 3000, "proposals": 512}
            shape = {"tail_shape_median": 0.1, "tail_shape_q99": 0.5, "unreliable": bad}
            proposals.append({**about, **shape, "effective_median": 300.0, "effective_q01": 140.0, "alert": bad > 0.01})
    for name, rows in (("calibration", ranks), ("coverage", coverage), ("proposals", proposals)):
        if rows:
            write_table(pd.DataFrame(rows), folder / f"evaluation/{name}.csv")


def _evaluation(configuration: Configuration, name: str) -> pd.DataFrame:
    vae, latent_dim, replicas = configuration.model(name)
    replica = np.arange(1, replicas + 1)
    simulated = configuration.cohort.source == "simulated"
    dense = 1.0 if vae.likelihood == "typed" and vae.posterior != "point" else np.nan
    exact = EXACT if simulated else np.nan
    return pd.DataFrame(
        {
            "model": name,
            "likelihood": vae.likelihood,
            "posterior": vae.posterior,
            "objective": vae.objective,
            "beta": vae.kl_weight,
            "latent_dim": latent_dim,
            "replica": replica,
            "measured_on": "fresh patients" if simulated else "training patients",
            "patients": 30_000 if simulated else 3_000,
            "elbo": (EXACT - 0.05 * replica) * dense,
            "log_evidence": (EXACT - 0.01 * replica) * dense,
            "log_evidence_error": 0.001 * dense,
            "log_evidence_bias": 0.004 * dense,
            "exact_log_density": exact,
            "distance": 0.01 * replica * dense + 0 * exact,
            "distance_error": 0.002 * dense,
            "outcome_accuracy": 0.9 + 0.01 * replica if vae.objective == "supervised" else np.nan,
            "outcome_limit": 0.97 if simulated else np.nan,
            "outcome_ari": 0.8 + 0.01 * replica,
            "ari_limit": 0.92 if simulated else np.nan,
            "active_units": latent_dim - (replica > 1),
            "aggregate_kl": 0.02 * replica * dense,
            "aggregate_kl_error": 0.001 * dense,
        }
    )


def _dimensions(configuration: Configuration, name: str) -> pd.DataFrame:
    """The KL divergence grows with the dimension's number; under a large weight only the last one is active."""
    vae, latent_dim, replicas = configuration.model(name)
    scale = SCALES.get(name, 0.6)
    active = [dim == latent_dim or vae.kl_weight <= 1 for dim in range(1, latent_dim + 1)]
    rows = [
        {
            "model": name,
            "replica": replica,
            "dimension": dim,
            "kl": np.inf if vae.posterior == "point" else 0.1 * dim + 0.01 * replica,
            "mean_variance": 0.5 if active[dim - 1] else 0.001,
            "active": active[dim - 1],
            "mean_scale": scale,
            "aggregate_mean": 0.0,
            "aggregate_scale": 1.0,
        }
        for replica in range(1, replicas + 1)
        for dim in range(1, latent_dim + 1)
    ]
    return pd.DataFrame(rows)


def write_decoded(folder: Path, configuration: Configuration, patients: pd.DataFrame, schema: CohortSchema) -> None:
    """The four tables of every decoded model."""
    rng = np.random.default_rng(3)
    for name in decoded_models(configuration):
        place, dims = folder / "latent" / name, configuration.model(name).latent_dim
        middle = patients["disease"].cat.codes.to_numpy()[:, None] - 1 if schema is MACULAR else 0.0
        means = rng.normal(0, 0.4, (len(patients), dims)) + middle
        write_table(_posterior(patients, means, SCALES.get(name, 0.6)), place / "posterior.parquet")
        write_table(_traversals(dims, schema), place / "traversals.csv")
        write_table(_interpolation(means[0], means[-1], schema), place / "interpolation.csv")
        write_table(_generated_check(schema), place / "generated_check.csv")


def _posterior(patients: pd.DataFrame, means: np.ndarray, scale: float) -> pd.DataFrame:
    dims = range(means.shape[1])
    columns: dict[str, Any] = {"patient_id": patients["patient_id"]}
    columns |= {f"mean_{j + 1}": means[:, j] for j in dims}
    for i in dims:
        for j in range(i + 1):
            columns[f"covariance_{i + 1}_{j + 1}"] = scale**2 * (1.0 if i == j else 0.3)
    return pd.DataFrame(columns)


def said(z: np.ndarray) -> list[tuple[str, str, np.ndarray]]:
    """Column, category and means at codes of shape (codes, dimensions): logistic in the last coordinate alone."""
    p = 1 / (1 + np.exp(-2 * z[:, -1]))
    races = [("race", name, np.full(len(z), 0.1)) for name in MACULAR["race"].categories[2:]]
    return [
        ("race", "Asian", 0.7 * p),
        ("race", "Black", 0.7 * (1 - p)),
        *races,
        ("age", "", 60 + 5 * z[:, 0]),
        ("polyps", "present", p),
        ("drusen", "present", 1 - p),
        ("srh", "present", 0.2 + 0.05 * p),
        ("sex", "female", np.full(len(z), 0.5)),
    ]


def said_of(z: np.ndarray, schema: CohortSchema) -> list[tuple[str, str, np.ndarray]]:
    """The same of any schema: the first category that describes a column rises with the last coordinate."""
    p, found = 1 / (1 + np.exp(-2 * z[:, -1])), []
    for column in schema.inputs:
        first, *others = column.kind_of.described(column.categories)
        found.append((column.name, first, 2 + p if column.numeric else p))
        found += [(column.name, category, (1 - p) / len(others)) for category in others]
    return found


def _told(z: np.ndarray, places: dict[str, Any], schema: CohortSchema) -> pd.DataFrame:
    means = said(z) if schema is MACULAR else said_of(z, schema)
    tables = [pd.DataFrame({**places, "column": c, "category": k, "mean": m}) for c, k, m in means]
    return pd.concat(tables, ignore_index=True)


def _traversals(dims: int, schema: CohortSchema, steps: int = 9) -> pd.DataFrame:
    deviation = np.linspace(-3, 3, steps)
    tables = []
    for dim in range(dims):
        z = np.zeros((steps, dims))
        z[:, dim] = deviation
        tables.append(_told(z, {"dimension": dim + 1, "deviation": deviation, "value": deviation}, schema))
    return pd.concat(tables, ignore_index=True)


def _interpolation(start: np.ndarray, end: np.ndarray, schema: CohortSchema, steps: int = 9) -> pd.DataFrame:
    t = np.linspace(0, 1, steps)
    z = start + t[:, None] * (end - start)
    return _told(z, {"step": t} | {f"z_{j + 1}": z[:, j] for j in range(z.shape[1])}, schema)


def _generated_check(schema: CohortSchema) -> pd.DataFrame:
    if schema is not MACULAR:
        return _generated_clinic()
    rows = [
        ("race", "share Asian", 0.37, 0.374, 0.012, -0.33),
        ("age", "mean", 59.4, 59.5, 0.5, -0.2),
        ("age", "standard deviation", 18.2, 18.5, 0.26, -1.2),
        ("polyps", "share present", 0.45, 0.40, 0.0125, 4.0),
        *((f"race:{name}", "correlation Asian, present", 0.1, 0.1, 0.02, 0.01) for name in ("polyps", "drusen", "srh")),
        ("race:age", "correlation Asian", -0.01, 0.03, 0.025, -1.6),
        ("age:drusen", "correlation present", 0.66, 0.6, 0.02, 3.0),
        ("polyps:drusen", "correlation present, present", -0.4, -0.35, 0.02, -2.5),
        ("drusen:srh", "correlation present, present", np.nan, 0.0, np.nan, np.nan),
    ]
    return pd.DataFrame(rows, columns=["column", "statistic", "generated", "cohort", "standard_error", "z"])


def _generated_clinic() -> pd.DataFrame:
    rows = [
        ("smoker", "share yes", 0.31, 0.3, 0.03, 0.33),
        ("creatinine", "mean", 0.9345, 0.9123, 0.0123, 1.8),
        ("grade:region", f"correlation mild, {QUOTED}", 0.1, 0.0, 0.05, 2.0),
        ("visits:creatinine", "correlation", 0.5, 0.4, 0.05, 2.5),
    ]
    return pd.DataFrame(rows, columns=["column", "statistic", "generated", "cohort", "standard_error", "z"])
