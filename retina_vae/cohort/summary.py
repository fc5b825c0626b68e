"""The cohort's statistics beside those that it should have."""

from __future__ import annotations

import math

import pandas as pd

from retina_vae.cohort.epidemiology import CategoryStatistic, Epidemiology, NormalStatistic
from retina_vae.cohort.schema import CohortSchema

__all__ = ["summarize"]


def summarize(patients: pd.DataFrame, epidemiology: Epidemiology, schema: CohortSchema) -> pd.DataFrame:
    """Statistics of the cohort and of the epidemiology, side by side.

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
    return pd.DataFrame(rows)[[*order, "target_standard_error", "z", "source"]]


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
