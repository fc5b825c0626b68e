"""Patients and schemas of small runs: the paper's columns with an outcome, and a clinic's without one."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from retina_vae.cohort import CohortSchema, Column
from retina_vae.studies.macular.schema import MACULAR

_RACES = {
    "ARMD": [0.1, 0.012, 0.789, 0.06, 0.039],
    "CSCR": [0.3, 0.1, 0.4, 0.1, 0.1],
    "PCV": [0.75, 0.05, 0.1, 0.05, 0.05],
}
_FINDINGS = {"ARMD": (0.05, 0.9, 0.2), "CSCR": (0.05, 0.1, 0.1), "PCV": (0.9, 0.2, 0.4)}
_AGES = {"ARMD": (76, 8), "CSCR": (44, 9), "PCV": (67, 10)}

NORTH, SUM, QUOTED = "<b>north</b>", "=1+1", "\"east\" & 'west'"

CLINIC = CohortSchema(
    identifier="patient_id",
    columns=(
        Column(name="smoker", label="Smoker <i>now</i>", kind="binary", categories=("no", "yes"), finding="yes"),
        Column(name="diabetes", label="Diabetes", kind="binary", categories=("no", "yes"), finding="yes"),
        Column(name="visits", label="Visits in the last year", kind="count"),
        Column(name="grade", label="Grade", kind="ordinal", categories=("mild", "moderate", "severe")),
        Column(name="creatinine", label="Creatinine", kind="positive", unit="mg/dL"),
        Column(name="albumin", label="Albumin in the urine", kind="zero_inflated", unit="mg/day"),
        Column(name="bmi", label="Body mass index", kind="continuous", unit="kg/m²", required=True),
        Column(
            name="region",
            label="Region of the patient's home, as in the register",
            kind="nominal",
            categories=(NORTH, SUM, QUOTED, "US$ or CA$", "_south", *(f"county {letter}" for letter in "abcdefghi")),
        ),
        Column(name="follow_up", label="Follow-up", kind="continuous", role="held_out", unit="years", minimum=0),
    ),
)
"""Every kind of column, two yes/no columns of the same categories, names that no page may take for its own text."""


def macular_patients(per_group: int, seed: int = 1) -> pd.DataFrame:
    """Patients of the paper's columns, as many of each disease, sorted by it."""
    rng, parts = np.random.default_rng(seed), []
    for disease in MACULAR["disease"].categories:
        found = {
            name: np.where(rng.random(per_group) < share, "present", "absent")
            for name, share in zip(("polyps", "drusen", "srh"), _FINDINGS[disease], strict=True)
        }
        table = {
            "disease": disease,
            "race": rng.choice(MACULAR["race"].categories, per_group, p=_RACES[disease]),
            "age": np.clip(rng.normal(*_AGES[disease], per_group), 20, 100),
            **found,
            "sex": rng.choice(["male", "female"], per_group),
        }
        parts.append(pd.DataFrame(table))
    patients = pd.concat(parts, ignore_index=True)
    patients.insert(0, "patient_id", [f"P{number:04d}" for number in range(1, len(patients) + 1)])
    return categorical(patients, MACULAR)


def clinic_patients(count: int, seed: int = 1, missing: float = 0.1) -> pd.DataFrame:
    """Patients of the clinic; of every column that is not required, this share is missing."""
    rng = np.random.default_rng(seed)
    ill = rng.random(count) < 0.4
    regions = CLINIC["region"].categories
    table = pd.DataFrame(
        {
            "patient_id": [f"P{number:04d}" for number in range(1, count + 1)],
            "smoker": np.where(rng.random(count) < 0.3, "yes", "no"),
            "diabetes": np.where(rng.random(count) < 0.2 + 0.5 * ill, "yes", "no"),
            "visits": rng.poisson(2 + 6 * ill).astype(float),
            "grade": np.where(ill, rng.choice(["moderate", "severe"], count), "mild"),
            "creatinine": np.exp(rng.normal(-0.2 + 0.5 * ill, 0.25)),
            "albumin": np.where(rng.random(count) < 0.6 - 0.4 * ill, 0.0, np.exp(rng.normal(4, 1, count))),
            "bmi": rng.normal(26 + 3 * ill, 4),
            "region": rng.choice(regions, count, p=np.arange(len(regions), 0, -1) / sum(range(len(regions) + 1))),
            "follow_up": rng.uniform(0, 10, count),
        }
    )
    for column in CLINIC.columns:
        if not column.required:
            table[column.name] = table[column.name].mask(rng.random(count) < missing)
    return categorical(table, CLINIC)


def categorical(patients: pd.DataFrame, schema: CohortSchema) -> pd.DataFrame:
    """The table with its categories as pandas categoricals, as the cohort stage reads it."""
    kinds = {c.name: pd.CategoricalDtype(list(c.categories)) for c in schema.columns if not c.numeric}
    return patients.astype(kinds)


def summary_of(patients: pd.DataFrame, schema: CohortSchema) -> pd.DataFrame:
    """``cohort/summary.csv``: what is observed in each group, without targets."""
    groups = {"all": patients}
    if schema.outcome:
        groups = {name: patients[patients[schema.outcome.name] == name] for name in schema.outcome.categories}
    rows = []
    for group, own in groups.items():
        for column in schema.inputs:
            known = own[column.name].dropna()
            about = {"group": group, "column": column.name, "n": len(own), "missing": len(own) - len(known)}
            rows += [about | row for row in (_numbers(known) if column.numeric else _shares(known, column))]
    empty = dict.fromkeys(("target", "target_standard_error", "z", "source"), math.nan)
    order = ["group", "column", "statistic", "n", "missing", "observed", "standard_error"]
    return pd.DataFrame(rows)[order].assign(**empty)


def _numbers(known: pd.Series) -> list[dict[str, float | str]]:
    n, mean, variance = len(known), float(known.mean()), float(known.var())
    return [
        {"statistic": "mean", "observed": mean, "standard_error": math.sqrt(variance / n)},
        {"statistic": "variance", "observed": variance, "standard_error": variance * math.sqrt(2 / (n - 1))},
    ]


def _shares(known: pd.Series, column: Column) -> list[dict[str, float | str]]:
    shares = [float((known == category).mean()) for category in column.categories]
    return [
        {"statistic": f"share {name}", "observed": p, "standard_error": math.sqrt(p * (1 - p) / len(known))}
        for name, p in zip(column.categories, shares, strict=True)
    ]
