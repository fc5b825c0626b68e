"""What each cluster holds against all other patients, column by column."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retina_vae.clusters.description.columns import category_codes, numbers
from retina_vae.cohort import CohortSchema, Column

__all__ = ["mean_difference", "profile_table", "share_difference"]

FloatArray = NDArray[np.float64]
Bools = NDArray[np.bool_]
Row = dict[str, Any]

_QUANTILES = {"q05": 0.05, "q25": 0.25, "median": 0.5, "q75": 0.75, "q95": 0.95}


def profile_table(
    patients: pd.DataFrame,
    clusters: NDArray[np.int64],
    schema: CohortSchema,
    medoids: Mapping[int, int],
    decoded: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Shares of the categories and distributions of the numbers, in each cluster and outside it.

    A value that is not observed is left out of its column. The table holds no identifier: the medoid is shown by what
    its columns say.

    Args:
        patients: The patient table.
        clusters: Cluster number of each patient, shape (patients,).
        schema: Its schema; the inputs and the diagnosis are profiled.
        medoids: Position of each cluster's representative patient.
        decoded: What a decoder says at each cluster's centre: ``cluster, column, category, mean``, numbers in their
            unit with an empty category, of a binary column the probability of the second category; None where no
            decoder can say it.

    Returns:
        ``cluster, column, category`` (empty for a number), ``statistic`` (share; mean, sd, q05, q25, median, q75,
        q95), ``inside, outside`` (the cluster, all other patients), ``standardized_difference`` (of shares and means;
        :func:`share_difference`, :func:`mean_difference`), ``medoid`` (0 or 1 of a category; the value of a number in
        its row ``mean``), ``decoded`` (in the rows ``share`` and ``mean``). What has no value is NaN.
    """
    said = _decoded_means(decoded, schema)
    rows: list[Row] = []
    for cluster, medoid in medoids.items():
        inside = clusters == cluster
        for column in (*schema.inputs, *schema.tested):
            describe = _number_rows if column.numeric else _share_rows
            for row in describe(patients[column.name], column, inside, medoid):
                key = cluster, column.name, row["category"]
                shown = said.get(key, np.nan) if row["statistic"] in ("share", "mean") else np.nan
                rows.append({"cluster": cluster, "column": column.name, **row, "decoded": shown})
    return pd.DataFrame(rows)


def share_difference(inside: float, outside: float) -> float:
    """Standardised difference of two shares (Austin 2009, https://doi.org/10.1080/03610910902859574).

    (p - q) / sqrt((p (1 - p) + q (1 - q)) / 2). Where neither share varies, the limit is taken: 0 for equal shares,
    and plus or minus infinity for 1 against 0. NaN where a share is.

    >>> share_difference(1.0, 1.0), share_difference(0.0, 1.0)
    (0.0, -inf)
    """
    return _standardized(inside - outside, (inside * (1 - inside) + outside * (1 - outside)) / 2)


def mean_difference(inside: FloatArray, outside: FloatArray) -> float:
    """Cohen's d: the difference of the means over the pooled standard deviation.

    The variance is pooled over both groups with their degrees of freedom, so a group of one value adds none. Where it
    is 0, the limit is taken: 0 for equal means, else plus or minus infinity. NaN where a group is empty or both have
    one value.

    Args:
        inside: Observed values of the one group, shape (values,).
        outside: Of the other.
    """
    freedom = len(inside) + len(outside) - 2
    if min(len(inside), len(outside)) == 0 or freedom == 0:
        return np.nan
    squares = float(((inside - inside.mean()) ** 2).sum() + ((outside - outside.mean()) ** 2).sum())
    return _standardized(float(inside.mean() - outside.mean()), squares / freedom)


def _standardized(difference: float, variance: float) -> float:
    if np.isnan(difference) or difference == 0:
        return difference
    return difference / float(np.sqrt(variance)) if variance > 0 else float(np.copysign(np.inf, difference))


def _share_rows(values: pd.Series, column: Column, inside: Bools, medoid: int) -> Iterator[Row]:
    codes = category_codes(values, column)
    observed, own = codes >= 0, codes[medoid]
    for code, category in enumerate(column.categories):
        shares = [_mean(codes[observed & group] == code) for group in (inside, ~inside)]
        yield {
            "category": category,
            "statistic": "share",
            "inside": shares[0],
            "outside": shares[1],
            "standardized_difference": share_difference(*shares),
            "medoid": float(own == code) if own >= 0 else np.nan,
        }


def _number_rows(values: pd.Series, column: Column, inside: Bools, medoid: int) -> Iterator[Row]:
    known = numbers(values)
    observed = ~np.isnan(known)
    groups = known[observed & inside], known[observed & ~inside]
    for statistic, (ours, others) in _number_statistics(*groups).items():
        mean = statistic == "mean"
        yield {
            "category": "",
            "statistic": statistic,
            "inside": ours,
            "outside": others,
            "standardized_difference": mean_difference(*groups) if mean else np.nan,
            "medoid": known[medoid] if mean else np.nan,
        }


def _number_statistics(*groups: FloatArray) -> dict[str, list[float]]:
    statistics = {
        "mean": [_mean(group) for group in groups],
        "sd": [float(group.std(ddof=1)) if len(group) > 1 else np.nan for group in groups],
    }
    for name, level in _QUANTILES.items():
        statistics[name] = [float(np.quantile(group, level)) if len(group) else np.nan for group in groups]
    return statistics


def _mean(values: NDArray[Any]) -> float:
    return float(values.mean()) if len(values) else np.nan


def _decoded_means(decoded: pd.DataFrame | None, schema: CohortSchema) -> dict[tuple[int, str, str], float]:
    """What the decoder says by cluster, column and category; of a binary column, both categories."""
    if decoded is None:
        return {}
    keys = zip(decoded["cluster"], decoded["column"], decoded["category"], strict=True)
    means = dict(zip(keys, decoded["mean"], strict=True))
    for column in schema.inputs:
        if column.kind == "binary":
            first, second = column.categories
            for cluster in decoded["cluster"].unique():
                means[cluster, column.name, first] = 1 - means[cluster, column.name, second]
    return means
