from __future__ import annotations

import numpy as np
import pandas as pd

from retina_vae.cohort import CohortSchema, Column
from retina_vae.release.factors import release_factors
from tests.release.full import context_of

SCHEMA = CohortSchema(
    identifier="patient_id",
    columns=(
        Column(name="rare", label="Rare", kind="binary", role="input", categories=("no", "yes")),
        Column(name="stage", label="Stage", kind="nominal", role="input", categories=("I", "II", "III")),
        Column(name="age", label="Age", kind="continuous", role="input"),
    ),
)
PATIENTS = pd.DataFrame(
    {
        "patient_id": [f"P{place}" for place in range(200)],
        "rare": np.repeat(["yes", "no"], [25, 175]),
        "stage": np.repeat(["I", "II"], 100),
        "age": np.arange(200.0),
    }
)
FACTORS = pd.DataFrame(
    {"replica": "1", "column": ["rare", "stage", "age"], "coordinate": 1}
    | {"mutual_information": 0.1234, "normalised": [0.123456, 0.2, 0.3], "mig": 0.04567}
)
CLUSTERS = pd.Series(np.repeat([1, 2], 100))


def test_the_entropy_of_a_column_does_not_follow_and_shares_have_two_digits() -> None:
    shown = release_factors(FACTORS, context_of(PATIENTS, CLUSTERS, SCHEMA, 11))
    assert shown["mutual_information"].isna().all()
    assert shown["normalised"].tolist() == [0.12, 0.2, 0.3]
    assert shown["mig"].tolist() == [0.05] * 3
    assert shown["column"].tolist() == ["rare", "stage", "age"]


def test_of_a_larger_floor_columns_with_small_categories_are_left_out() -> None:
    shown = release_factors(FACTORS, context_of(PATIENTS, CLUSTERS, SCHEMA, 30))
    assert shown["column"].tolist() == ["stage", "age"]


def test_measures_have_two_digits_and_without_a_floor_everything_passes() -> None:
    table = pd.DataFrame({"replica": ["1", "pca"], "mig": 0.1234, "beta_vae_score": 0.987, "patients": 200})
    context = context_of(PATIENTS, CLUSTERS, SCHEMA, 11)
    assert release_factors(table, context)["beta_vae_score"].tolist() == [0.99, 0.99]
    assert release_factors(table, context)["patients"].tolist() == [200, 200]
    everything = context_of(PATIENTS, CLUSTERS, SCHEMA, 0)
    assert release_factors(table, everything) is table
    assert release_factors(FACTORS, everything) is FACTORS
