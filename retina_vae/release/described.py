"""The release of what the clusters hold: profiles, tests, rules, and outcomes within them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retina_vae.release.cells import is_few, rounded, without
from retina_vae.release.context import Context
from retina_vae.release.counts import hidden_totals

__all__ = [
    "release_differences",
    "release_profiles",
    "release_rules",
    "release_separation",
    "release_structure",
    "without_categories",
]

BoolArray = NDArray[np.bool_]

_RATE_DIGITS = 3


def without_categories(table: pd.DataFrame, withheld: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Take ``columns`` out of the rows that speak of a category whose count is not shown.

    Args:
        table: With ``cluster`` and ``column``. With ``category`` its rows speak of this category, without of all.
        withheld: ``cluster, column, category`` of every count that is not shown; of those who are not observed, an
            empty category.
        columns: What the count could be computed from.
    """
    keys = ["cluster", "column", *(["category"] if "category" in table else [])]
    rows = pd.MultiIndex.from_frame(table[keys]).isin(pd.MultiIndex.from_frame(withheld[keys]))
    return without(table, rows, columns)


def release_profiles(table: pd.DataFrame, context: Context) -> pd.DataFrame:
    """Take out of the clusters' profiles what tells of few patients.

    These are the shares of counts that are not shown; all that is said of clusters whose size is not, with what the
    decoder says at their centres, from which a patient could be decoded; quantiles beyond which fewer of the cluster's
    patients lie than the floor; numbers of fewer patients than it; and the medoid, who is one patient. Where the number
    of those who are not observed is not shown, neither is what it follows from: the number of the others, and shares of
    them with their standardised difference. Nor is the share of all others where it counts few of them, or where so few
    patients have the category in all that their number is not shown. The difference of means weighs both groups alike,
    whatever their numbers.
    """
    if not context.hides:
        return table
    said, level = ["inside", "outside"], pd.to_numeric(table["statistic"].str.extract(r"^q(\d\d)$")[0]) / 100
    here, everywhere = _unknown_gaps(table, context)
    share = (table["statistic"] == "share").to_numpy()
    tails = (np.minimum(level, 1 - level) * table["observed"] < context.floor).to_numpy()
    few = {
        name: ~share & is_few(table[name], context.floor).to_numpy(dtype=np.bool_)
        for name in ("observed", "observed_outside")
    }
    for rows, columns in (
        (tails, said),
        (few["observed"], ["inside", "standardized_difference"]),
        (few["observed_outside"], ["outside", "standardized_difference"]),
        (here, ["observed", "observed_outside"]),
        (everywhere, ["observed_outside"]),
        (here & share, [*said, "standardized_difference"]),
        (everywhere & share, ["outside", "standardized_difference"]),
        (share & _few_others(table, context), ["outside", "standardized_difference"]),
        (np.ones(len(table), dtype=np.bool_), ["medoid"]),
    ):
        table = without(table, rows, columns)
    said = [*said, "standardized_difference"]
    named = context.withheld[context.withheld["category"] != ""]
    table = without_categories(table.assign(category=table["category"].fillna("")), named, said).assign(
        category=table["category"]
    )
    return without(table, context.of_hidden(table), [*said, "observed", "observed_outside", "decoded"])


def release_differences(table: pd.DataFrame, context: Context) -> pd.DataFrame:
    """Take out of the clusters' tests what tells of few patients.

    These are the tests of columns of which counts in this cluster, or sums of all clusters, are not shown, of fewer
    patients than the floor, and of clusters whose size is not shown. A statistic with its effect size tells how many
    patients were compared, so it is taken out where that is not shown.
    """
    if not context.hides:
        return table
    tests = ["statistic", "p_value", "q_value", "effect_size"]
    # In other tables a statistic is a name, so that the gate reads it as text; in the place of a text stands a mark.
    table = table.assign(statistic=table["statistic"].astype(np.float64))
    here, everywhere = _unknown_gaps(table, context)
    few = table[["observed", "observed_outside"]].apply(lambda own: is_few(own, context.floor)).any(axis=1).to_numpy()
    # With the counts of one cluster, which may be shown, a test of categories gives those of all.
    totals = table["column"].isin(_hidden_total_columns(context)).to_numpy()
    shown = without(table, here | everywhere | few | totals, tests)
    shown = without(without(shown, here, ["observed"]), here | everywhere, ["observed_outside"])
    shown = without_categories(shown, context.withheld, tests)
    return without(shown, context.of_hidden(shown), [*tests, "observed", "observed_outside"])


def release_separation(table: pd.DataFrame, context: Context) -> pd.DataFrame:
    """Take out of the separation of outcomes what tells of few patients.

    Which categories were too few to be distinguished follows from their counts, and of how many patients the outcome is
    observed from the number of the others.

    Args:
        table: ``outcome, cluster`` (0 for all patients), ``patients, classes, auc, auc_low, auc_high, note``.
        context: Of the same run.
    """
    if not context.hides:
        return table
    told = ["classes", "auc", "auc_low", "auc_high", "note"]
    missing = int(context.sizes.sum()) - table["patients"]
    shown = without(table, (table["cluster"] == 0) & is_few(missing, context.floor), ["patients"])
    shown = without_categories(shown.assign(column=shown["outcome"]), context.withheld, told)
    gaps = context.withheld[context.withheld["category"] == ""].drop(columns="category")
    shown = without_categories(shown, gaps, ["patients"]).drop(columns="column")
    shown = without(shown, context.of_hidden(shown), ["patients", *told])
    return rounded(shown, ["auc", "auc_low", "auc_high"], _RATE_DIGITS)


def release_structure(table: pd.DataFrame, context: Context) -> pd.DataFrame:
    """Round the measures of the clusters' structure, and leave out the tree's accuracy where it errs in few or most."""
    if not context.hides:
        return table
    total = int(context.sizes.sum())
    right = (table["value"] * total).round().where(table["measure"] == "tree_accuracy")
    few = is_few(right, context.floor) | is_few(total - right, context.floor)
    shown = without(table, few, ["value", "low", "high"])
    return rounded(shown, ["value", "low", "high"], _RATE_DIGITS)


def release_rules(table: pd.DataFrame, context: Context) -> pd.DataFrame:
    """Take out of the clusters' rules what tells of few patients.

    Precision and recall say how many patients of the cluster a rule holds for, how many others, and how many of the
    cluster it misses; with few of one of these, both are taken out. The same is done to a rule of a single condition
    where the cluster has counts that are not shown, of which the rule may be one.

    Args:
        table: ``cluster, rule, conditions, patients, precision, recall``.
        context: Of the same run.
    """
    if not context.hides:
        return table
    held = table["patients"].to_numpy(dtype=np.float64, na_value=np.nan)
    hits = np.rint(table["precision"].to_numpy(dtype=np.float64) * held)
    missed = table["cluster"].map(context.sizes).to_numpy(dtype=np.float64) - hits
    few = np.logical_or.reduce([is_few(part, context.floor) for part in (held, hits, held - hits, missed)])
    single = (table["conditions"] == 1).fillna(False) & table["cluster"].isin(context.withheld["cluster"])
    shown = without(table, few | single.to_numpy(dtype=np.bool_), ["precision", "recall"])
    shown = without(shown, is_few(held, context.floor), ["patients"])
    return without(shown, context.of_hidden(shown), ["rule", "conditions", "patients", "precision", "recall"])


def _few_others(table: pd.DataFrame, context: Context) -> BoolArray:
    """Rows whose share of all others counts few patients, or gives a number of patients in all that is not shown.

    Args:
        table: ``column, category, outside, observed_outside`` with the true numbers.
        context: Of the same run.
    """
    count = (table["outside"].astype(np.float64) * table["observed_outside"].astype(np.float64)).round()
    few = is_few(count, context.floor) | is_few(table["observed_outside"].astype(np.float64) - count, context.floor)
    keys = ["column", "category"]
    totals = pd.MultiIndex.from_frame(table[keys]).isin(pd.MultiIndex.from_frame(hidden_totals(context)))
    return few.to_numpy(dtype=np.bool_) | totals


def _hidden_total_columns(context: Context) -> list[str]:
    """Columns with categories of which the number in all is not shown."""
    return [name for name in hidden_totals(context)["column"].unique() if not context.schema[name].numeric]


def _unknown_gaps(table: pd.DataFrame, context: Context) -> tuple[BoolArray, BoolArray]:
    """Rows of whose column the number not observed is not shown in this cluster, and rows where it is not in all.

    Args:
        table: ``cluster, column, observed, observed_outside`` with the true numbers.
        context: Of the same run.
    """
    keys = ["cluster", "column"]
    gaps = context.withheld.loc[context.withheld["category"] == "", keys]
    here = pd.MultiIndex.from_frame(table[keys]).isin(pd.MultiIndex.from_frame(gaps))
    observed = table["observed"] + table["observed_outside"]
    missing = int(context.sizes.sum()) - observed
    few = is_few(missing, context.floor) | is_few(observed, context.floor)
    return here, few.to_numpy(dtype=np.bool_)
