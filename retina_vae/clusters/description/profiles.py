"""What each cluster holds against all other patients, column by column."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retina_vae.clusters.description.columns import counted_codes, observed_codes
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

    A value that is not observed is left out of its column, and every row says how many are observed. The table holds no
    identifier: the medoid is shown by what its columns say.

    Args:
        patients: The patient table.
        clusters: Cluster number of each patient, shape (patients,).
        schema: Its schema; the inputs and the columns that the model does not see are profiled.
        medoids: Position of each cluster's representative patient.
        decoded: What a decoder says at each cluster's centre: ``cluster, column, category, mean``, numbers in their
            unit with an empty category, of a binary column the probability of the second category; None where no
            decoder can say it.

    Returns:
        ``cluster, column, category`` (empty for a number), ``statistic`` (share; mean, sd, q05, q25, median, q75,
        q95), ``observed, observed_outside`` (patients of the cluster and all others of whom the column is observed),
        ``inside, outside`` (the cluster, all other patients), ``standardized_difference`` (of shares and means;
        :func:`share_difference`, :func:`mean_difference`), ``medoid`` (0 or 1 of a category; the value of a number in
        its row ``mean``), ``decoded`` (in the rows ``share`` and ``mean``). What has no value is NaN. A number that is
        often 0 has the share of those above 0 as well. The standardised difference of means is that on the scale on
        which the kind of the column is about symmetric: of the logarithms of positive numbers, of those above 0 where
        a number is often 0.
    """
    said = _decoded_means(decoded, schema)
    rows: list[Row] = []
    for cluster, medoid in medoids.items():
        inside = clusters == cluster
        for column in (*schema.inputs, *schema.tested):
            for row in _column_rows(patients[column.name], column, inside, medoid):
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
    """Standardised difference of two means (Austin 2009, https://doi.org/10.1080/03610910902859574).

    (m - n) / sqrt((s^2 + t^2) / 2) with the sample variances s^2 and t^2. Both groups weigh alike, whatever their
    numbers, as in :func:`share_difference`; Cohen's d, which pools the variances by degrees of freedom, is another.
    Where neither group varies, the limit is taken: 0 for equal means, else plus or minus infinity. NaN where a group
    has fewer than two values, which have no sample variance.

    Args:
        inside: Observed values of the one group, shape (values,).
        outside: Of the other.
    """
    if min(len(inside), len(outside)) < 2:
        return np.nan
    variance = float(inside.var(ddof=1) + outside.var(ddof=1)) / 2
    return _standardized(float(inside.mean() - outside.mean()), variance)


def _standardized(difference: float, variance: float) -> float:
    if np.isnan(difference) or difference == 0:
        return difference
    return difference / float(np.sqrt(variance)) if variance > 0 else float(np.copysign(np.inf, difference))


def _column_rows(values: pd.Series, column: Column, inside: Bools, medoid: int) -> Iterator[Row]:
    codes = observed_codes(values, column)
    groups, observed = counted_codes(values, column), ~np.isnan(codes)
    counts = {"observed": int((observed & inside).sum()), "observed_outside": int((observed & ~inside).sum())}
    for place, category in enumerate(column.kind_of.counted(column.categories)):
        said = _share(groups == place, observed, inside, medoid)
        yield {"category": category, "statistic": "share", **counts, **said}
    if column.numeric:
        for statistic, said in _number_statistics(codes, column, inside, medoid).items():
            yield {"category": "", "statistic": statistic, **counts, **said}


def _share(has: Bools, observed: Bools, inside: Bools, medoid: int) -> Row:
    shares = [_mean(has[observed & group]) for group in (inside, ~inside)]
    own = float(has[medoid]) if observed[medoid] else np.nan
    return _said(shares[0], shares[1], share_difference(*shares), own)


def _number_statistics(known: FloatArray, column: Column, inside: Bools, medoid: int) -> dict[str, Row]:
    groups = [known[~np.isnan(known) & group] for group in (inside, ~inside)]
    scaled = [column.kind_of.transform(group) for group in groups]
    difference = mean_difference(*(group[~np.isnan(group)] for group in scaled))
    statistics = {
        "mean": _said(_mean(groups[0]), _mean(groups[1]), difference, float(known[medoid])),
        "sd": _said(*(float(group.std(ddof=1)) if len(group) > 1 else np.nan for group in groups)),
    }
    for name, level in _QUANTILES.items():
        statistics[name] = _said(*(float(np.quantile(group, level)) if len(group) else np.nan for group in groups))
    return statistics


def _said(inside: float, outside: float, difference: float = np.nan, medoid: float = np.nan) -> Row:
    return {"inside": inside, "outside": outside, "standardized_difference": difference, "medoid": medoid}


def _mean(values: NDArray[Any]) -> float:
    return float(values.mean()) if len(values) else np.nan


def _decoded_means(decoded: pd.DataFrame | None, schema: CohortSchema) -> dict[tuple[int, str, str], float]:
    """What the decoder says by cluster, column and category; a category that it does not speak of has the rest."""
    if decoded is None:
        return {}
    keys = zip(decoded["cluster"], decoded["column"], decoded["category"], strict=True)
    means = dict(zip(keys, decoded["mean"], strict=True))
    for column in schema.inputs:
        described = column.kind_of.described(column.categories)
        others = [category for category in column.categories if category not in described]
        for cluster in decoded["cluster"].unique() if others else ():
            means[cluster, column.name, others[0]] = 1 - sum(means[cluster, column.name, own] for own in described)
    return means
