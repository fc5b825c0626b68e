"""Patients of a clinic with every kind of column, gaps, and as many outcomes as a test asks for."""

import numpy as np
import pandas as pd

from retina_vae.cohort import CohortSchema, Column

STAGES = ("0", "I", "II", "III")

INPUTS = (
    Column(name="sex", label="Sex", kind="nominal", categories=("female", "male", "diverse"), required=True),
    Column(name="smoker", label="Smoker", kind="binary", categories=("no", "yes")),
    Column(name="diabetes", label="Diabetes", kind="binary", categories=("no", "yes"), finding="yes"),
    Column(name="stage", label="Stage", kind="ordinal", categories=STAGES),
    Column(name="age", label="Age", kind="continuous", unit="years"),
    Column(name="creatinine", label="Creatinine", kind="positive", unit="mg/dl"),
    Column(name="fluid", label="Fluid", kind="zero_inflated", unit="ml"),
    Column(name="visits", label="Visits", kind="count"),
)
TESTED = (
    Column(name="died", label="Died", kind="binary", role="outcome", categories=("no", "yes"), finding="yes"),
    Column(name="relapse", label="Relapse", kind="nominal", role="outcome", categories=("early", "late", "never")),
    Column(name="score", label="Score", kind="continuous", role="held_out"),
    Column(name="site", label="Site", kind="nominal", role="site", categories=("A", "B"), required=True),
)
CLINIC = CohortSchema(identifier="id", columns=(*INPUTS, *TESTED))
WITHOUT_OUTCOME = CohortSchema(identifier="id", columns=INPUTS)


def clinic_patients(count: int, seed: int, missing: float = 0.15) -> pd.DataFrame:
    """Two groups of patients that differ in most columns; ``missing`` is the share of cells that are not observed."""
    rng = np.random.default_rng(seed)
    sick = rng.random(count) < 0.5
    table = {
        "sex": rng.choice(["female", "male", "diverse"], count, p=[0.5, 0.4, 0.1]),
        "smoker": np.where(rng.random(count) < 0.4, "yes", "no"),
        "diabetes": np.where(rng.random(count) < np.where(sick, 0.8, 0.1), "yes", "no"),
        "stage": np.array(STAGES)[rng.binomial(3, np.where(sick, 0.8, 0.2))],
        "age": rng.normal(np.where(sick, 70, 50), 8),
        "creatinine": np.exp(rng.normal(np.where(sick, 0.6, 0.0), 0.3)),
        "fluid": np.where(rng.random(count) < np.where(sick, 0.7, 0.2), np.exp(rng.normal(1, 0.5, count)), 0.0),
        "visits": rng.poisson(np.where(sick, 8, 2)).astype(float),
        "died": np.where(rng.random(count) < np.where(sick, 0.6, 0.1), "yes", "no"),
        "relapse": rng.choice(["early", "late", "never"], count),
        "score": rng.normal(size=count),
        "site": rng.choice(["A", "B"], count),
    }
    patients = pd.DataFrame(table)
    for column in CLINIC.columns:
        gaps = (rng.random(count) < missing) & (not column.required)
        patients.loc[gaps, column.name] = np.nan
        if not column.numeric:
            patients[column.name] = pd.Categorical(patients[column.name], categories=list(column.categories))
    patients.insert(0, "id", [f"C{number}" for number in range(count)])
    return patients
