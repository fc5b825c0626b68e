"""An allergy clinic that nobody knew when the package was written: tables that are not the paper's.

The plain variant has no outcome. The other one has two columns more behind the same inputs: an outcome with gaps and a
held-out number.
"""

from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import yaml

from retina_vae.cohort import CohortSchema, Epidemiology, load_epidemiology, simulate

DATA = Path(__file__).parent / "data"
SMALL = {
    "vae": {
        "latent_dims": [2],
        "replicas": 2,
        "hidden_units": 16,
        "decoder_units": 16,
        "epochs": 30,
        "refit_epochs": 5,
        "batch_size": 60,
    },
    "latent": {"draws": 3, "proposals": 64},
    "clusters": {"latent_dim": 2, "k": 4, "n_init": 2},
}
"""What a run of so few patients is configured with, up to its clusters."""


class ClinicTable(NamedTuple):
    """A table of patients as a clinic would send it."""

    table: Path
    schema: CohortSchema
    patients: pd.DataFrame


def clinic_schema(*, outcome: bool = False) -> CohortSchema:
    values = yaml.safe_load((DATA / "clinic.schema.yaml").read_text(encoding="utf-8"))
    every = CohortSchema.model_validate(values)
    return every if outcome else CohortSchema(identifier=every.identifier, columns=every.inputs)


@cache
def clinic_epidemiology() -> Epidemiology:
    """Statistics of the four latent groups, for both variants."""
    return load_epidemiology(DATA / "clinic.epidemiology.yaml", clinic_schema(outcome=True))


def clinic_patients(count: int, seed: int = 1, *, outcome: bool = False) -> tuple[pd.DataFrame, np.ndarray]:
    """As many patients of the clinic in random order, and the group of each, 0..3, which the table does not hold."""
    epidemiology, schema = clinic_epidemiology(), clinic_schema(outcome=outcome)
    per_group = -(-count // len(epidemiology.groups))
    patients = simulate(epidemiology, schema, per_group, seed)
    order = np.random.default_rng([seed, count]).permutation(len(patients))[:count]
    numbers = pd.Series([f"R{number:05d}" for number in range(1, count + 1)], dtype="str")
    return patients.iloc[order].reset_index(drop=True).assign(**{schema.identifier: numbers}), order // per_group


def write_clinic_table(folder: Path, count: int = 240, seed: int = 1, *, outcome: bool = False) -> ClinicTable:
    """Write ``clinic.csv`` below ``folder``: counts without a decimal point, empty cells for gaps."""
    schema = clinic_schema(outcome=outcome)
    patients, _ = clinic_patients(count, seed, outcome=outcome)
    counts = {column.name: "Int64" for column in schema.columns if column.kind_of.whole}
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "clinic.csv"
    patients.astype(counts).to_csv(path, index=False)
    return ClinicTable(path, schema, patients)
