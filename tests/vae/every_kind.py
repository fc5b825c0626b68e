"""Patients with a column of every kind, and gaps where they are asked for."""

import numpy as np
import pandas as pd

from retina_vae.cohort import Encoding, fit_encoding
from retina_vae.cohort.kinds import KINDS
from retina_vae.cohort.schema import CohortSchema, Column

__all__ = ["SCHEMA", "every_kind_encoding", "every_kind_patients"]

SCHEMA = CohortSchema(
    identifier="patient_id",
    columns=(
        Column(name="group", label="Group", kind="nominal", categories=("a", "b", "c")),
        Column(name="sign", label="Sign", kind="binary", categories=("no", "yes")),
        Column(name="smoker", label="Smoker", kind="binary", categories=("no", "yes")),
        Column(name="grade", label="Grade", kind="ordinal", categories=("none", "mild", "moderate", "severe")),
        Column(name="pressure", label="Pressure", kind="continuous", unit="mmHg"),
        Column(name="creatinine", label="Creatinine", kind="positive", unit="mg/dl", maximum=20),
        Column(name="volume", label="Volume", kind="zero_inflated", unit="nl"),
        Column(name="visits", label="Visits", kind="count"),
        Column(name="falls", label="Falls", kind="count"),
        Column(name="score", label="Score", kind="level", maximum=30),
        Column(name="joints", label="Painful joints", kind="level", maximum=28),
    ),
)
assert {column.kind for column in SCHEMA.columns} == set(KINDS)


def every_kind_patients(count: int = 60, seed: int = 0, missing: float = 0.0) -> pd.DataFrame:
    """Independent columns; each value is missing with the probability ``missing``."""
    rng = np.random.default_rng(seed)
    table = pd.DataFrame({"patient_id": [f"P{i:04d}" for i in range(count)]})
    for column in SCHEMA.columns:
        if not column.numeric:
            values = rng.choice(column.categories, count)
            table[column.name] = pd.Categorical(values, categories=list(column.categories))
    table["pressure"] = rng.normal(130, 15, count)
    table["creatinine"] = np.exp(rng.normal(0.1, 0.4, count))
    table["volume"] = np.where(rng.random(count) < 0.6, 0.0, np.exp(rng.normal(3, 0.5, count)))
    table["visits"] = rng.negative_binomial(3, 0.2, count).astype(float)
    table["falls"] = rng.poisson(0.6, count).astype(float)
    # A stream of their own, so that the gaps of the others stay.
    of_levels = np.random.default_rng([seed, 1])
    table["score"] = of_levels.binomial(30, 0.8, count).astype(float)
    table["joints"] = of_levels.binomial(28, 0.2, count).astype(float)
    for column in SCHEMA.columns:
        table.loc[rng.random(count) < missing, column.name] = np.nan
    return table


def every_kind_encoding(missing: float = 0.0, method: str = "by_kind") -> Encoding:
    """Fitted to 400 of these patients."""
    return fit_encoding(every_kind_patients(400, missing=missing), SCHEMA, method)
