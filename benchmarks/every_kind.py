"""How near a VAE comes to the exact density of a cohort with a column of every kind, whole and with gaps.

    python benchmarks/every_kind.py
    python benchmarks/every_kind.py --replicas 2 --missing 0.2

Simulates 3,000 patients of three latent groups (benchmarks/every_kind.schema.yaml, every_kind.epidemiology.yaml), in
the second case with 20 % of all values missing, trains the typed run's 3-D model (config/typed.yaml) from eight seeds,
and prints per replica the mean of exact log-density minus log-evidence over fresh patients of the same groups, with as
many gaps: nats per patient, the standard error from the finite number of patients, and that of the evidence from the
finite number of draws. The aims are 0.05 nats without gaps and 0.08 with them. Writes docs/every-kind.csv.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, NamedTuple

import numpy as np
import pandas as pd
import torch
import typer
import yaml
from numpy.typing import NDArray

from retina_vae.cohort import CohortDensity, CohortSchema, Encoding, fit_encoding, load_epidemiology, simulate
from retina_vae.config_files import load_configuration
from retina_vae.files import write_table
from retina_vae.latent.encode import patient_features
from retina_vae.vae import (
    ModelDescription,
    Patients,
    VariationalAutoencoder,
    estimate_evidence,
    fit_replicas,
    replica_generators,
    replica_seeds,
)
from retina_vae.vae.memory import keep_freed_memory

ROOT = Path(__file__).parent.parent
TABLE = ROOT / "docs/every-kind.csv"
AIMS = {0.0: 0.05, 0.2: 0.08}
"""Nats per patient, by the share of values that are missing."""

PATIENTS_PER_GROUP = 1000
FRESH_PER_GROUP = 10_000
FRESH_SEED = 10_001

FloatArray = NDArray[np.float64]


class Distance(NamedTuple):
    """Exact log-density minus log-evidence of each replica, shape (replicas,), in nats per patient."""

    mean: FloatArray
    standard_error: FloatArray
    evidence_error: FloatArray


def load_schema() -> CohortSchema:
    """The columns of the cohort."""
    text = (ROOT / "benchmarks/every_kind.schema.yaml").read_text(encoding="utf-8")
    return CohortSchema.model_validate(yaml.safe_load(text))


def simulate_cohort(schema: CohortSchema, missing: float, per_group: int, seed: int) -> pd.DataFrame:
    """Patients of the three groups, this share of whose values is missing."""
    epidemiology = load_epidemiology(ROOT / "benchmarks/every_kind.epidemiology.yaml", schema)
    return simulate(epidemiology.with_missing(missing, schema), schema, per_group, seed)


def exact_density(schema: CohortSchema) -> CohortDensity:
    """What the patients are drawn from."""
    return CohortDensity.of(load_epidemiology(ROOT / "benchmarks/every_kind.epidemiology.yaml", schema), schema)


def measure_distance(
    model: VariationalAutoencoder, encoding: Encoding, fresh: pd.DataFrame, exact: FloatArray, draws: int
) -> Distance:
    """How far the model's density of fresh patients lies below their exact one."""
    x = patient_features(encoding, fresh)
    generators = replica_generators(replica_seeds(FRESH_SEED, model.replicas))
    with torch.no_grad():
        found = estimate_evidence(model, x, draws, generators)
    evidence = found.log_evidence.double().numpy() + encoding.log_jacobian(x.T.double().numpy())
    gap, count = exact - evidence, len(fresh)
    errors = found.standard_error.double().square().sum(dim=1).sqrt().numpy() / count
    return Distance(gap.mean(axis=1), gap.std(axis=1, ddof=1) / count**0.5, errors)


def measure(schema: CohortSchema, missing: float, replicas: int) -> pd.DataFrame:
    """Train on a cohort with this share of values missing, and measure every replica on another like it."""
    run = load_configuration(ROOT / "config/typed.yaml")
    patients = simulate_cohort(schema, missing, PATIENTS_PER_GROUP, run.cohort.seed)
    fresh = simulate_cohort(schema, missing, FRESH_PER_GROUP, FRESH_SEED)
    encoding = fit_encoding(patients, schema, run.vae.input_scaling)
    seeds = replica_seeds(run.vae.seed, replicas)
    description = ModelDescription.from_settings(run.vae, run.latent_dim, seeds, encoding, "cpu")
    started = time.perf_counter()
    model, _ = fit_replicas(Patients(patient_features(encoding, patients)), description, run.vae, torch.device("cpu"))
    seconds = (time.perf_counter() - started) / replicas
    exact = exact_density(schema).log_density(fresh)
    distance = measure_distance(model, encoding, fresh, exact, run.evaluation.draws)
    return pd.DataFrame(
        {
            "missing": missing,
            "replica": np.arange(1, replicas + 1),
            "exact_log_density": exact.mean(),
            "distance": distance.mean,
            "standard_error": distance.standard_error,
            "evidence_error": distance.evidence_error,
            "seconds": seconds,
        }
    )


def main(
    replicas: Annotated[int, typer.Option(help="Seeds to train from.", min=1)] = 8,
    missing: Annotated[float | None, typer.Option(help="One share of missing values alone.", min=0, max=0.9)] = None,
    threads: Annotated[int, typer.Option(help="Threads of torch.", min=1)] = 2,
) -> None:
    """Train, measure, write and print."""
    torch.set_num_threads(threads)
    keep_freed_memory()
    schema = load_schema()
    shares = list(AIMS) if missing is None else [missing]
    table = pd.concat([measure(schema, share, replicas) for share in shares], ignore_index=True)
    if missing is None:
        write_table(table.round(5), TABLE)
    print(table.to_string(index=False, float_format="%.4f"))
    for share, part in table.groupby("missing"):
        aim = AIMS.get(float(str(share)))
        said = "" if aim is None else f", aim {aim}: {'reached' if part['distance'].median() <= aim else 'missed'}"
        print(f"{share:.0%} missing: {part['distance'].median():.4f} nats per patient (median of {len(part)}){said}")


if __name__ == "__main__":
    typer.run(main)
