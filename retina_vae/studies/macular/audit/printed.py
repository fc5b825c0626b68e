"""Table 1 of the paper as printed, and the same numbers for any group of patients."""

from __future__ import annotations

from importlib.resources import files

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retina_vae.cohort import CohortSchema

__all__ = ["AGE_COLUMNS", "COUNT_COLUMNS", "NUMBERS", "count_columns", "derive_rows", "numbers_of", "printed_table"]

AGE_COLUMNS = ("age_min", "age_median", "age_max")
"""The printed ages, in years."""

BLOCKS = (
    ("asian", "black", "caucasian", "hispanic", "other"),
    ("polyps_with", "polyps_without"),
    ("drusen_with", "drusen_without"),
    ("srh_with", "srh_without"),
    ("male", "female"),
)
"""Printed counts that part a row's patients, so that each block should add up to the row's size."""

COUNT_COLUMNS = ("size", *(name for block in BLOCKS for name in block))
"""The printed counts of patients."""

NUMBERS = (*COUNT_COLUMNS, *AGE_COLUMNS)
"""All 17 printed numbers of a row."""


def printed_table() -> pd.DataFrame:
    """Table 1 as printed, misprints included: one row per cluster, indexed by its number (1..14).

    The columns are ``size``, the race counts, the ages (years) and the counts of each finding and sex.

    References:
        S. G. Odaibo, "retina-VAE", 2019, https://arxiv.org/abs/1907.05195, Table 1.
    """
    with (
        files("retina_vae.studies.macular.audit")
        .joinpath("data/table1-as-printed.csv")
        .open(encoding="utf-8") as stream
    ):
        return pd.read_csv(stream).rename(columns={"cluster": "row"}).set_index("row")


def count_columns(patients: pd.DataFrame, schema: CohortSchema) -> pd.DataFrame:
    """What each patient adds to the printed counts: integers 0 and 1, shape (patients, 14).

    Args:
        patients: A validated patient table.
        schema: The paper's schema; of a finding, the second category is the one that is present.
    """
    counts: dict[str, NDArray[np.int64]] = {"size": np.ones(len(patients), dtype=np.int64)}
    for category in schema["race"].categories:
        counts[category.lower()] = _indicator(patients["race"], category)
    for finding in ("polyps", "drusen", "srh"):
        present = _indicator(patients[finding], schema[finding].categories[1])
        counts[f"{finding}_with"], counts[f"{finding}_without"] = present, 1 - present
    for category in schema["sex"].categories:
        counts[category] = _indicator(patients["sex"], category)
    return pd.DataFrame(counts, index=patients.index)[list(COUNT_COLUMNS)]


def derive_rows(patients: pd.DataFrame, rows: pd.Series, schema: CohortSchema) -> pd.DataFrame:
    """The printed table's numbers from the patients themselves.

    Ages are rounded up to whole years, because the paper's are: 40 of its 42 printed ages are the rounded-up age
    of the patients behind the row, while rounding to the nearest year or down explains fewer.

    Args:
        patients: A validated patient table.
        rows: The row of the printed table that each patient belongs to, aligned with ``patients``.
        schema: The paper's schema.

    Returns:
        Integers, indexed by row, with the columns of :func:`printed_table`.
    """
    contributions = count_columns(patients, schema).to_numpy()
    ages, numbers = patients["age"].to_numpy(), rows.to_numpy()
    derived = {row: numbers_of(contributions[numbers == row], ages[numbers == row]) for row in np.unique(numbers)}
    table = pd.DataFrame.from_dict(derived, orient="index", columns=list(NUMBERS)).astype(np.int64)
    return table[list(printed_table().columns)].rename_axis("row")


def numbers_of(contributions: NDArray[np.int64], ages: NDArray[np.float64]) -> NDArray[np.float64]:
    """The 17 printed numbers of one group of patients, in the order of ``NUMBERS``.

    Args:
        contributions: :func:`count_columns` of the group, shape (patients, 14).
        ages: Their ages in years, shape (patients,); the three printed ages are NaN where there are no patients.
    """
    counts = contributions.sum(axis=0).astype(np.float64)
    summary = [ages.min(), np.median(ages), ages.max()] if ages.size else [np.nan] * 3
    return np.concatenate([counts, np.ceil(summary)])


def _indicator(values: pd.Series, category: str) -> NDArray[np.int64]:
    return np.asarray(values == category).astype(np.int64)
