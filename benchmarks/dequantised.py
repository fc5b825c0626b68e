"""Tables whose rounded numbers are spread over what they were rounded from.

A density has no bound where many patients share one number: a class that narrows to "6 months" gains as many nats as it
likes, and says nothing of any patient. Each number gets uniform noise of the width of its column's step, so that a
density is, on average, no more than the log-probability of the rounded number (Theis, van den Oord and Bethge 2016, "A
note on the evaluation of generative models", section 3.1).
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retina_vae.cohort import CohortSchema, validate_patients

__all__ = ["dequantised", "step_of"]

FloatArray = NDArray[np.float64]

SEED = 20261126

SHARE = 0.99
"""Numbers that are multiples of the step; a few were written down to more digits than the rest."""

STEPS = tuple(digit * 10.0**power for power in range(2, -7, -1) for digit in (5, 1))
"""Steps that are tried, largest first: 500, 100, 50, and so on to 0.000001."""


def dequantised(patients: pd.DataFrame, schema: CohortSchema, seed: int = SEED) -> pd.DataFrame:
    """The table with uniform noise of half a step to either side of its numbers.

    Counts have probabilities and stay; of numbers that are often 0 the zeros do.

    Args:
        patients: One row per patient.
        schema: What the columns are.
        seed: Of the noise; each column draws from its own stream.

    Raises:
        ValueError: A number is no longer one of its column's kind.
    """
    found = patients.copy()
    for place, column in enumerate(schema.inputs):
        if not column.numeric or column.kind == "count":
            continue
        values = patients[column.name].to_numpy(dtype=np.float64)
        noise = np.random.default_rng([seed, place]).uniform(-0.5, 0.5, len(values)) * step_of(values)
        found[column.name] = (
            np.where(values == 0.0, 0.0, values + noise) if column.kind != "continuous" else values + noise
        )
    return validate_patients(found, schema, "the table with noise")


def step_of(values: FloatArray) -> float:
    """The largest of :data:`STEPS` of which nearly all observed numbers are multiples; 0 where there is none."""
    known = values[~np.isnan(values) & (values != 0)]
    for step in STEPS:
        if np.mean(np.abs(known / step - np.round(known / step)) < 1e-4) >= SHARE:
            return step
    return 0.0
