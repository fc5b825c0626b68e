"""The cohort's statistics beside those that it should have."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retina_vae.cohort.schema import CohortSchema, Column
from retina_vae.cohort.simulated.epidemiology import CategoryStatistic, Epidemiology, NormalStatistic
from retina_vae.disclosure import suppressed_categories, suppressed_groups

__all__ = ["summarize"]


_OBSERVED = ["observed", "standard_error", "z"]


def summarize(
    patients: pd.DataFrame, epidemiology: Epidemiology, schema: CohortSchema, *, floor: int = 0
) -> pd.DataFrame:
    """Statistics of the cohort and of the epidemiology, side by side.

    Args:
        patients: The patient table.
        epidemiology: What the statistics should be.
        schema: The table's schema.
        floor: Shares that tell of fewer patients than this are missing, with others from which they would follow
            (:func:`retina_vae.suppression.suppressed`), and so is everything observed of a disease of few patients.

    Returns:
        One row per disease, column and statistic: ``disease, column, statistic, n, observed, standard_error,
        target, target_standard_error, z, source``. ``z`` is the difference between observed and target in
        standard errors of the sample under the target and of the target itself; it is missing where both are 0.
    """
    rows = []
    for code, group in patients.groupby(schema.diagnosis.name, observed=True):
        for column in schema.inputs:
            statistic = epidemiology.diseases[str(code)].columns[column.name]
            if isinstance(statistic, NormalStatistic):
                found = _normal_rows(group[column.name], statistic)
            else:
                found = _category_rows(group[column.name], statistic)
            context = {"disease": code, "column": column.name, "n": len(group)}
            rows += [context | row | {"source": statistic.source} for row in found]
    order = ["disease", "column", "statistic", "n", "observed", "standard_error", "target"]
    table = pd.DataFrame(rows)[[*order, "target_standard_error", "z", "source"]]
    return table if floor <= 1 else _suppressed(table, patients, schema, floor)


def _suppressed(table: pd.DataFrame, patients: pd.DataFrame, schema: CohortSchema, floor: int) -> pd.DataFrame:
    """The table without what tells of few patients."""
    sizes = patients.groupby(schema.diagnosis.name, observed=True).size()
    hidden = suppressed_groups(sizes, floor)
    few = table["disease"].isin(sizes.index[hidden])
    withheld = {
        (disease, column.name, f"share {category}")
        for column in schema.inputs
        if not column.numeric
        for disease, category in _withheld(patients, schema, column, hidden, floor)
    }
    keys = zip(table["disease"], table["column"], table["statistic"], strict=True)
    taken = few | np.array([key in withheld for key in keys])
    return table.assign(n=table["n"].astype("Int64").mask(few), **{name: table[name].mask(taken) for name in _OBSERVED})


def _withheld(
    patients: pd.DataFrame, schema: CohortSchema, column: Column, hidden: NDArray[np.bool_], floor: int
) -> list[tuple[str, str]]:
    """Diseases and categories of a column whose shares are not shown."""
    groups = patients.groupby(schema.diagnosis.name, observed=True)[column.name]
    counts = groups.value_counts().unstack(fill_value=0).reindex(columns=list(column.categories), fill_value=0)
    sizes = groups.size().to_numpy().astype(np.int64)
    mask = suppressed_categories(counts.to_numpy(dtype=np.int64), hidden, floor, sizes)
    return [(str(counts.index[row]), column.categories[place]) for row, place in np.argwhere(mask)]


def _normal_rows(values: pd.Series[float], target: NormalStatistic) -> list[dict[str, float | str]]:
    n, mean, variance = len(values), float(values.mean()), float(values.var(ddof=1))
    return [
        _row("mean", mean, math.sqrt(variance / n), target.mean, math.sqrt(target.variance / n)),
        # The variance of a sample variance of normal draws is 2 sigma^4 / (n - 1).
        _row(
            "variance",
            variance,
            variance * math.sqrt(2 / max(n - 1, 1)),
            target.variance,
            target.variance * math.sqrt(2 / max(n - 1, 1)),
        ),
    ]


def _category_rows(values: pd.Series[str], target: CategoryStatistic) -> list[dict[str, float | str]]:
    n, rows = len(values), []
    for category, p in target.probabilities.items():
        share = float((values == category).mean())
        error, sampling = math.sqrt(share * (1 - share) / n), math.sqrt(p * (1 - p) / n)
        rows.append(_row(f"share {category}", share, error, p, sampling, target.standard_error))
    return rows


def _row(
    statistic: str,
    observed: float,
    standard_error: float,
    target: float,
    sampling_error: float,
    target_error: float | None = None,
) -> dict[str, float | str]:
    spread = math.hypot(sampling_error, target_error or 0.0)
    return {
        "statistic": statistic,
        "observed": observed,
        "standard_error": standard_error,
        "target": target,
        "target_standard_error": math.nan if target_error is None else target_error,
        "z": (observed - target) / spread if spread > 0 else math.nan,
    }
