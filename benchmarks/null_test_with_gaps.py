"""How often the test for clusters rejects patients without any, where a part of their values is not observed.

``python benchmarks/null_test_with_gaps.py`` takes about five minutes on one core and prints a line for each way in
which values are missing. Patients are one bell of eight correlated normals, cut into columns of every kind; with 19
draws the smallest p-value is 0.05.
"""

from __future__ import annotations

import argparse
import warnings

import numpy as np
import pandas as pd
from sklearn.exceptions import ConvergenceWarning
from threadpoolctl import threadpool_limits

from retina_vae.clusters.copula import fit_copula
from retina_vae.clusters.null import compactness, largest_excess
from retina_vae.cohort import CohortSchema, Column

STAGES = ("0", "I", "II", "III")
SCHEMA = CohortSchema(
    identifier="patient_id",
    columns=(
        Column(name="group", label="Group", kind="nominal", categories=("A", "B", "C")),
        Column(name="smoker", label="Smoker", kind="binary", categories=("no", "yes")),
        Column(name="diabetes", label="Diabetes", kind="binary", categories=("no", "yes"), finding="yes"),
        Column(name="stage", label="Stage", kind="ordinal", categories=STAGES),
        Column(name="age", label="Age", kind="continuous"),
        Column(name="creatinine", label="Creatinine", kind="positive"),
        Column(name="fluid", label="Fluid", kind="zero_inflated"),
        Column(name="visits", label="Visits", kind="count"),
    ),
)
WAYS = ("none", "at random", "by age")


def bell(seed: int, count: int, missing: float, way: str) -> pd.DataFrame:
    """Patients of one bell with random correlations; by age, only the older half lack values, twice as often."""
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(8, 8))
    covariance = root @ root.T + 4 * np.eye(8)
    spread = np.sqrt(np.diag(covariance))
    z = rng.normal(size=(count, 8)) @ np.linalg.cholesky(covariance / np.outer(spread, spread)).T
    patients = pd.DataFrame(
        {
            "group": np.array(["A", "B", "C"])[np.digitize(z[:, 0], [0, 1.2])],
            "smoker": np.where(z[:, 1] > 0.3, "yes", "no"),
            "diabetes": np.where(z[:, 2] > 0.8, "yes", "no"),
            "stage": np.array(STAGES)[np.digitize(z[:, 3], [-0.8, 0, 0.9])],
            "age": 60 + 10 * z[:, 4],
            "creatinine": np.exp(0.3 * z[:, 5]),
            "fluid": np.where(z[:, 6] > 0.2, np.exp(z[:, 6]), 0.0),
            "visits": np.floor(np.exp(1 + 0.7 * z[:, 7])),
        }
    )
    older = (z[:, 4] > 0)[:, None]
    share = {"none": older * 0.0, "at random": np.full(older.shape, missing), "by age": older * 2 * missing}[way]
    gaps = rng.random(patients.shape) < share
    gaps[:, 4] &= way != "by age"
    return patients.mask(gaps)


def p_value(patients: pd.DataFrame, draws: int) -> float:
    """That of the test, with so few draws that it takes a second."""
    copula = fit_copula(patients, SCHEMA)
    cohorts = [copula.features, *(copula.draw(np.random.default_rng([1, b])) for b in range(1, draws + 1))]
    statistics = largest_excess(np.stack([compactness(cohort, 1) for cohort in cohorts]))
    return float((statistics >= statistics[0]).mean())


def main() -> None:
    """Count rejections."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cohorts", type=int, default=40)
    parser.add_argument("--patients", type=int, default=60)
    parser.add_argument("--missing", type=float, default=0.2)
    chosen = parser.parse_args()
    warnings.simplefilter("ignore", ConvergenceWarning)
    with threadpool_limits(1):
        for way in WAYS:
            found = [p_value(bell(seed, chosen.patients, chosen.missing, way), 19) for seed in range(chosen.cohorts)]
            counts = ", ".join(f"{sum(p <= level for p in found)} at {level:g} or below" for level in (0.05, 0.1, 0.5))
            print(f"missing {way}: of {chosen.cohorts} p-values {counts}", flush=True)


if __name__ == "__main__":
    main()
