"""Drawing patients from the statistics of groups."""

from __future__ import annotations

import numpy as np
import pandas as pd

from retina_vae.cohort.schema import CohortSchema, Column
from retina_vae.cohort.simulated.epidemiology import Epidemiology, Group
from retina_vae.cohort.simulated.statistics import Statistic
from retina_vae.cohort.table import validate_patients
from retina_vae.errors import InputError

__all__ = ["simulate"]


def simulate(epidemiology: Epidemiology, schema: CohortSchema, per_group: int, seed: int) -> pd.DataFrame:
    """Draw ``per_group`` patients of every group; within a group the columns are independent.

    Every group and column has a stream of its own, and so has what is missing of a column. One more group, one more
    column behind the others of its role, or gaps in a column leave all other values as they were.

    Args:
        epidemiology: The statistics of the groups.
        schema: The columns of the table. Those that are no inputs are drawn as well.
        per_group: Patients of each group.
        seed: Of all streams.

    Returns:
        The validated patient table, one group after the other.

    Raises:
        InputError: A group lacks the statistic of a column.
    """
    streams = np.random.SeedSequence(seed).spawn(len(epidemiology.groups))
    parts = [
        _simulate_group(code, epidemiology, schema, per_group, stream)
        for code, stream in zip(epidemiology.groups, streams, strict=True)
    ]
    patients = pd.concat(parts, ignore_index=True)
    width = len(str(len(patients)))
    identifiers = [f"P{number:0{width}d}" for number in range(1, len(patients) + 1)]
    patients.insert(0, schema.identifier, pd.Series(identifiers, dtype="str"))
    return validate_patients(patients, schema, "the simulated cohort")


def _simulate_group(
    code: str, epidemiology: Epidemiology, schema: CohortSchema, count: int, stream: np.random.SeedSequence
) -> pd.DataFrame:
    group, columns = epidemiology.groups[code], epidemiology.drawn_columns(schema)
    table = {
        column.name: _draw(column, _statistic(group, code, column), count, child)
        for column, child in zip(columns, stream.spawn(len(columns)), strict=True)
    }
    if epidemiology.column is not None:
        table[epidemiology.column] = pd.Series([code] * count, dtype="str")
    return pd.DataFrame(table)


def _statistic(group: Group, code: str, column: Column) -> Statistic:
    if column.name not in group.columns:
        raise InputError(f"expected a statistic of the column {column.name!r} in the group {code!r}, got none.")
    return group.columns[column.name]


def _draw(column: Column, statistic: Statistic, count: int, stream: np.random.SeedSequence) -> pd.Series:
    codes = statistic.draw(column, count, np.random.default_rng(stream))
    if statistic.missing > 0:
        gaps = np.random.default_rng(stream.spawn(1)[0]).random(count) < statistic.missing
        codes = np.where(gaps, np.nan, codes)
    return column.kind_of.values(codes, column.categories)
