"""The release of what says whether the clusters hold and who is in doubt, and of how the models were measured.

A Jaccard similarity is a fraction of two numbers of patients, a mean of patients' probabilities a sum of them, each a
number of draws, over their number: to all their digits they give the numbers away. So they are rounded, and nothing is
said of a cluster whose size is not shown.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from retina_vae.release.cells import is_few, rounded, suppressed_categories, without
from retina_vae.release.context import Context

__all__ = [
    "release_agreement",
    "release_contributions",
    "release_doubt",
    "release_evaluation",
    "release_proposals",
    "release_resampled",
    "release_rivals",
    "release_stability",
    "release_unlike",
    "release_variant_matches",
    "without_few_parts",
]

_DIGITS = 2
_ACCURACY_DIGITS = 2


def release_stability(table: pd.DataFrame, context: Context) -> pd.DataFrame:
    """Size and similarities of the clusters whose size is shown."""
    return _of_shown(table, context, ["size", "jaccard_mean", "jaccard_min"], ["jaccard_mean", "jaccard_min"])


def release_resampled(table: pd.DataFrame, context: Context) -> pd.DataFrame:
    """What resamples say of the clusters whose size is shown; how many held a patient of a cluster marks a tiny one."""
    similar = ["jaccard_mean", "jaccard_low"]
    return _of_shown(table, context, ["resamples", *similar, "recovered", "dissolved", "verdict"], similar)


def release_variant_matches(table: pd.DataFrame, context: Context) -> pd.DataFrame:
    """How well other clusterings find the clusters whose size is shown."""
    return _of_shown(table, context, ["jaccard"], ["jaccard"])


def release_agreement(table: pd.DataFrame, context: Context) -> pd.DataFrame:
    """Round the Rand indices of a table: any column whose name speaks of one."""
    names = [str(name) for name in table.columns if "ari" in str(name).split("_")]
    return rounded(table, names, _DIGITS) if context.hides else table


def release_rivals(table: pd.DataFrame, context: Context) -> pd.DataFrame:
    """Round what is a fraction of numbers of patients."""
    return rounded(table, ["ari", "ami", "stability", "stability_of_run"], _DIGITS) if context.hides else table


def release_doubt(table: pd.DataFrame, context: Context) -> pd.DataFrame:
    """How sure the clusters are whose size is shown, and how many of their patients are doubtful, if not few."""
    if not context.hides:
        return table
    told = ["mean_probability", "mean_entropy", "neighbour", "neighbour_probability"]
    shown = without_few_parts(table, context, "doubtful")
    means = ["mean_probability", "mean_entropy", "neighbour_probability"]
    return _of_shown(shown, context, [*(["size"] if "size" in shown else []), "doubtful", *told], means)


def release_contributions(table: pd.DataFrame, context: Context) -> pd.DataFrame:
    """What speaks for the clusters whose size is shown, to one digit, on which one patient of many has no influence."""
    if not context.hides:
        return table
    told = ["contribution", "standard_error"]
    return rounded(without(table, context.of_hidden(table), [*told, "against", "patients"]), told, 1)


def without_few_parts(table: pd.DataFrame, context: Context, part: str) -> pd.DataFrame:
    """Take out the number of patients of each cluster of whom something is true, where they or the others are few.

    Args:
        table: One row per cluster, with ``cluster`` and ``part``.
        context: Of the same run.
        part: The column of the number, such as ``doubtful``; its sum over the clusters may be known.
    """
    size, inside = context.sizes.loc[table["cluster"]].to_numpy(dtype=np.int64), table[part].to_numpy(dtype=np.int64)
    counts = np.column_stack([inside, size - inside])
    mask = suppressed_categories(counts, context.of_hidden(table), context.floor)
    return without(table, mask[:, 0], [part])


def release_evaluation(table: pd.DataFrame, context: Context) -> pd.DataFrame:
    """Leave out a rate of right outcomes where few are right or wrong, and round rates and Rand indices."""
    if not context.hides:
        return table
    right = (table["outcome_accuracy"] * table["patients"]).round()
    few = is_few(right, context.floor) | is_few(table["patients"] - right, context.floor)
    shown = without(table, few, ["outcome_accuracy"])
    return rounded(shown, ["outcome_accuracy", "outcome_ari"], _ACCURACY_DIGITS)


def release_proposals(table: pd.DataFrame, context: Context) -> pd.DataFrame:
    """Leave out the share of patients whose importance weights fail where they are few."""
    failing = (table["unreliable"] * table["patients"]).round()
    return without(table, is_few(failing, context.floor), ["unreliable"])


def release_unlike(table: pd.DataFrame, context: Context) -> pd.DataFrame:
    """How well other patients are told, where neither they nor those they are held against are few.

    An area is a fraction of the pairs of both, an error rate one of the patients like the cohort.
    """
    if not context.hides:
        return table
    measured = [f"{name}{end}" for name in ("auroc", "auprc", "fpr_at_95") for end in ("", "_low", "_high")]
    few = (table[["patients_like", "patients_unlike"]] < context.floor).any(axis=1)
    return rounded(without(table, few, [*measured, "patients_like", "patients_unlike"]), measured, _DIGITS)


def _of_shown(table: pd.DataFrame, context: Context, columns: list[str], fractions: list[str]) -> pd.DataFrame:
    """The table without the ``columns`` of clusters whose size is not shown, and with rounded ``fractions``."""
    if not context.hides:
        return table
    return rounded(without(table, context.of_hidden(table), columns), fractions, _DIGITS)
