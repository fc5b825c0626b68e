"""Tests of each cluster against all other patients, column by column."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import chi2_contingency, false_discovery_control, fisher_exact, mannwhitneyu, random_table
from scipy.stats.contingency import expected_freq

from retina_vae.clusters.description.columns import observed_codes
from retina_vae.cohort import CohortSchema, Column

__all__ = ["SMALLEST_P", "Difference", "compare_categories", "compare_numbers", "difference_table"]

SMALLEST_P = float(np.finfo(np.float64).tiny)
"""About 2.2e-308. A p-value or q-value that is smaller is given as this, never as 0."""

_FEWEST_EXPECTED = 5
_RANDOM_TABLES = 9999

FloatArray = NDArray[np.float64]


class Difference(NamedTuple):
    """A test and its effect size; NaN where a group is empty or the column never varies within both."""

    test: str
    statistic: float
    p_value: float
    effect: str
    effect_size: float


def difference_table(
    patients: pd.DataFrame,
    clusters: NDArray[np.int64],
    schema: CohortSchema,
    seen: Collection[str],
    seed: int,
) -> pd.DataFrame:
    """Test every column of every cluster against all other patients.

    Only a column that the model did not see is evidence: the clusters were found without it. On a column that the model
    read, the same patients choose the groups and are compared by them, so the p-value is small even where there are no
    clusters at all; such rows are marked as descriptive, and their effect size is what there is to read (Gao, Bien and
    Witten 2022, Selective inference for hierarchical clustering, Journal of the American Statistical Association 119:
    332-342, https://doi.org/10.1080/01621459.2022.2116331).

    Numbers and categories in an order are compared by ranks, other categories by counts. Values that are not observed
    are left out of their column's tests, and every row says how many are observed.

    Args:
        patients: The patient table.
        clusters: Cluster number of each patient, shape (patients,).
        schema: Its schema; the inputs and the columns that the model does not read are tested.
        seen: Names of columns that are no inputs and that the model learned from all the same, by its objective.
        seed: Seed of the Monte Carlo tests.

    Returns:
        ``cluster, column, role`` (of the column in the schema), ``observed, observed_outside`` (patients of the cluster
        and all others who are compared), ``test, statistic, p_value``, ``q_value`` (Benjamini and Hochberg 1995, over
        all tests that are evidence, and over all that are not), ``effect, effect_size``, ``descriptive`` (no evidence).
        See :func:`compare_numbers` and :func:`compare_categories`.
    """
    columns = (*schema.inputs, *schema.tested)
    codes = [observed_codes(patients[column.name], column) for column in columns]
    rows = []
    for cluster in np.unique(clusters):
        inside = clusters == cluster
        for place, (column, values) in enumerate(zip(columns, codes, strict=True)):
            observed = ~np.isnan(values)
            rows.append(
                {"cluster": int(cluster), "column": column.name, "role": column.role}
                | {"observed": int((observed & inside).sum()), "observed_outside": int((observed & ~inside).sum())}
                | _compare(column, values, inside, [seed, int(cluster), place])._asdict()
                | {"descriptive": column.role == "input" or column.name in seen}
            )
    table = pd.DataFrame(rows)
    table["p_value"] = table["p_value"].clip(lower=SMALLEST_P)
    table.insert(8, "q_value", table.groupby("descriptive")["p_value"].transform(_false_discovery))
    return table


def compare_numbers(values: FloatArray, inside: NDArray[np.bool_]) -> Difference:
    """Mann-Whitney U test; exact for a group of 8 or fewer without ties, else the normal approximation for ties.

    The statistic is the cluster's U: the pairs of a member and another patient in which the member has the larger
    number, ties counted half. The effect is the rank-biserial correlation, 2 U / (n m) - 1 (Wendt 1972), which is
    twice the area under the ROC curve less 1: 1 where every member has a larger number than everyone else. It is about
    0 for a cluster in the middle of the range, however narrow; the quantiles of its profile show that.

    Args:
        values: Numbers, or positions of categories that have an order, shape (patients,); NaN where not observed.
        inside: Who is in the cluster, shape (patients,).
    """
    observed = ~np.isnan(values)
    ours, others = values[observed & inside], values[observed & ~inside]
    if min(len(ours), len(others)) == 0:
        return Difference("Mann-Whitney U", np.nan, np.nan, "rank-biserial correlation", np.nan)
    result = mannwhitneyu(ours, others)
    statistic = float(result.statistic)
    effect = 2 * statistic / (len(ours) * len(others)) - 1
    return Difference("Mann-Whitney U", statistic, float(result.pvalue), "rank-biserial correlation", effect)


def compare_categories(counts: NDArray[np.int64], seed: list[int]) -> Difference:
    """Pearson's chi-squared test without continuity correction; an exact one where few patients are expected.

    With expected counts below 5, a table of two categories is tested with Fisher's exact test, whose statistic is the
    odds ratio (infinite or 0 where a count is 0). A larger table that breaks Cochran's rule (1954; more than a fifth
    of the expected counts below 5, or one below 1) is compared with 9,999 random tables of the same margins: p =
    (1 + tables whose chi-squared is as large) / 10,000, so none is below 0.0001.

    The effect is Cramér's V, sqrt(chi-squared / n) for two rows: 0 where the shares are the same, 1 where a category
    tells who is in the cluster.

    Args:
        counts: Patients, shape (2, categories): in the cluster, outside.
        seed: Of the random tables.
    """
    table = counts[:, counts.sum(axis=0) > 0]
    if (table.sum(axis=1) == 0).any():
        return Difference("chi-squared", np.nan, np.nan, "Cramér's V", np.nan)
    if table.shape[1] == 1:
        return Difference("chi-squared", 0.0, 1.0, "Cramér's V", 0.0)
    statistic, p_value, _, expected = chi2_contingency(table, correction=False)
    size = float(np.sqrt(statistic / table.sum()))
    few = expected < _FEWEST_EXPECTED
    if table.shape == (2, 2) and few.any():
        exact = fisher_exact(table)
        return Difference("Fisher's exact", float(exact.statistic), float(exact.pvalue), "Cramér's V", size)
    if few.mean() > 0.2 or (expected < 1).any():
        p_value = _monte_carlo(table, float(statistic), seed)
        return Difference("chi-squared, Monte Carlo", float(statistic), p_value, "Cramér's V", size)
    return Difference("chi-squared", float(statistic), float(p_value), "Cramér's V", size)


def _monte_carlo(table: NDArray[np.int64], statistic: float, seed: list[int]) -> float:
    rng, expected = np.random.default_rng(seed), expected_freq(table)
    drawn = random_table(table.sum(axis=1), table.sum(axis=0), seed=rng).rvs(_RANDOM_TABLES)
    statistics = ((drawn - expected) ** 2 / expected).sum(axis=(1, 2))
    # Tables that are equal may differ in the last digits.
    return (1 + int((statistics >= statistic * (1 - 1e-9)).sum())) / (1 + _RANDOM_TABLES)


def _compare(column: Column, codes: FloatArray, inside: NDArray[np.bool_], seed: list[int]) -> Difference:
    if column.kind_of.ordered:
        return compare_numbers(codes, inside)
    groups = [codes[~np.isnan(codes) & group].astype(np.int64) for group in (inside, ~inside)]
    counts = np.stack([np.bincount(group, minlength=len(column.categories)) for group in groups])
    return compare_categories(counts, seed)


def _false_discovery(p_values: pd.Series) -> pd.Series:
    """q-values of the tests that were made; NaN for those that could not be."""
    q_values, made = p_values.copy(), p_values.notna()
    if made.any():
        q_values[made] = false_discovery_control(p_values[made])
    return q_values
