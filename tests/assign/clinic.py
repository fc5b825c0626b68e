"""Patients of a clinic with a column of every kind, gaps, and no outcome."""

import numpy as np
import pandas as pd

from retina_vae.cohort import CohortSchema, Column

CLINIC = CohortSchema(
    identifier="record",
    columns=(
        Column(name="site", label="Site", kind="nominal", role="site", categories=("North", "South")),
        Column(name="ward", label="Ward", kind="nominal", categories=("A", "B", "C")),
        Column(name="smoker", label="Smoker", kind="binary", categories=("no", "yes"), finding="yes"),
        Column(name="grade", label="Grade", kind="ordinal", categories=("none", "mild", "moderate", "severe")),
        Column(name="pressure", label="Pressure", kind="continuous", unit="mmHg", minimum=0, required=True),
        Column(name="serum ferritin", label="Ferritin", kind="positive", unit="µg/l"),
        Column(name="fluid", label="Fluid", kind="zero_inflated", unit="mm³"),
        Column(name="visits", label="Visits", kind="count"),
    ),
)
"""Every input but the pressure may be missing."""

GAPS = ["ward", "smoker", "grade", "serum ferritin", "fluid", "visits"]


def clinic_patients(count: int, seed: int, missing: float = 0.2) -> pd.DataFrame:
    """Patients of two kinds, mild and severe, of whom each cell of ``GAPS`` is missing with a probability."""
    rng = np.random.default_rng(seed)
    severe = rng.random(count) < 0.4
    grades = np.where(severe, rng.integers(1, 4, count), rng.integers(0, 3, count))
    table = pd.DataFrame(
        {
            "record": [f"C{seed}-{number}" for number in range(count)],
            "site": rng.choice(["North", "South"], count),
            "ward": rng.choice(["A", "B", "C"], count, p=[0.5, 0.3, 0.2]),
            "smoker": np.where(rng.random(count) < 0.2 + 0.4 * severe, "yes", "no"),
            "grade": np.array(CLINIC["grade"].categories)[grades],
            "pressure": rng.normal(120 + 20 * severe, 10),
            "serum ferritin": np.exp(rng.normal(4 + severe, 0.8)),
            "fluid": np.where(rng.random(count) < 0.3 + 0.5 * severe, np.exp(rng.normal(1, 1, count)), 0.0),
            "visits": rng.poisson(rng.gamma(2, 2 + 4 * severe)).astype(float),
        }
    )
    for name in GAPS:
        table[name] = table[name].astype(object if not CLINIC[name].numeric else float)
        table.loc[rng.random(count) < missing, name] = None
    return table
