"""Small cohorts whose groups are known."""

import numpy as np
import pandas as pd

from retina_vae.cohort import CohortSchema, Column, validate_patients

SCHEMA = CohortSchema(
    identifier="id",
    columns=(
        Column(name="pressure", label="pressure", kind="continuous"),
        Column(name="marker", label="marker", kind="positive"),
        Column(name="visits", label="visits", kind="count"),
        Column(name="fluid", label="fluid", kind="zero_inflated"),
        Column(name="smoker", label="smoker", kind="binary", categories=("no", "yes")),
        Column(name="stage", label="stage", kind="ordinal", categories=("I", "II", "III")),
    ),
)


def two_groups(patients: int = 200, seed: int = 1, gaps: float = 0.0) -> tuple[pd.DataFrame, np.ndarray]:
    """Two groups, far apart in every column, and the group of each patient."""
    rng = np.random.default_rng(seed)
    group = rng.integers(2, size=patients)
    table = pd.DataFrame(
        {
            "id": [f"P{number}" for number in range(patients)],
            "pressure": rng.normal(120 + 40 * group, 8),
            "marker": np.exp(rng.normal(2.0 * group, 0.3)),
            "visits": rng.poisson(2 + 20 * group).astype(float),
            "fluid": np.where(rng.random(patients) < 0.6, np.exp(rng.normal(group, 0.4)), 0.0),
            "smoker": np.where(rng.random(patients) < 0.1 + 0.8 * group, "yes", "no"),
            "stage": np.array(["I", "II", "III"])[np.minimum(group + rng.integers(2, size=patients), 2)],
        }
    )
    for name in list(table.columns)[1:]:
        table[name] = table[name].where(rng.random(patients) >= gaps)
    return validate_patients(table, SCHEMA, "the test"), group
