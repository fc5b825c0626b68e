"""Drawing patients from disease statistics."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import truncnorm

from retina_vae.cohort.schema import CohortSchema, Column
from retina_vae.cohort.simulated.epidemiology import Disease, Epidemiology, NormalStatistic
from retina_vae.cohort.table import validate_patients

__all__ = ["simulate"]


def simulate(epidemiology: Epidemiology, schema: CohortSchema, per_disease: int, seed: int) -> pd.DataFrame:
    """Draw ``per_disease`` patients of every disease; within a disease the columns are independent.

    Every disease and column has a stream of its own, so that one more column or disease leaves the others as
    they were.

    Returns:
        The validated patient table, one disease after the other, in the order of the schema.
    """
    streams = np.random.SeedSequence(seed).spawn(len(schema.diagnosis.categories))
    parts = [
        _simulate_disease(code, epidemiology.diseases[code], schema, per_disease, stream)
        for code, stream in zip(schema.diagnosis.categories, streams, strict=True)
    ]
    patients = pd.concat(parts, ignore_index=True)
    width = len(str(len(patients)))
    identifiers = [f"P{number:0{width}d}" for number in range(1, len(patients) + 1)]
    patients.insert(0, schema.identifier, pd.Series(identifiers, dtype="str"))
    return validate_patients(patients, schema, "the simulated cohort")


def _simulate_disease(
    code: str, disease: Disease, schema: CohortSchema, count: int, stream: np.random.SeedSequence
) -> pd.DataFrame:
    table = {schema.diagnosis.name: pd.Series([code] * count, dtype="str")}
    for column, child in zip(schema.inputs, stream.spawn(len(schema.inputs)), strict=True):
        draws = _draw(column, disease, count, np.random.default_rng(child))
        table[column.name] = pd.Series(draws, dtype="float64" if column.numeric else "str")
    return pd.DataFrame(table)


def _draw(column: Column, disease: Disease, count: int, rng: np.random.Generator) -> NDArray[np.generic]:
    statistic = disease.columns[column.name]
    if isinstance(statistic, NormalStatistic):
        deviation = statistic.variance**0.5
        # The bounds only keep impossible ages out; they lie more than four standard deviations away.
        low = -np.inf if column.minimum is None else (column.minimum - statistic.mean) / deviation
        high = np.inf if column.maximum is None else (column.maximum - statistic.mean) / deviation
        draws: NDArray[np.float64] = truncnorm.rvs(
            low, high, loc=statistic.mean, scale=deviation, size=count, random_state=rng
        )
        return draws
    probabilities = [statistic.probabilities[category] for category in column.categories]
    return rng.choice(np.array(column.categories), size=count, p=probabilities)
