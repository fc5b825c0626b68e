"""The release of what is missing together, and of how the clusters go with it."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retina_vae.clusters.description.missingness import missing_patterns, pattern_names
from retina_vae.release.cells import hides_missing, is_few, rounded, without
from retina_vae.release.context import Context

__all__ = ["OTHER_PATTERNS", "release_missing_patterns", "release_missingness"]

OTHER_PATTERNS = "other patterns"
"""The row of all patterns that are not shown."""

BoolArray = NDArray[np.bool_]


def release_missing_patterns(table: pd.DataFrame, context: Context) -> pd.DataFrame:
    """Pool patterns of few patients, and others from which their numbers would follow.

    A reader knows how many patients there are, and of each column how many lack it and how many have it; what the shown
    patterns leave of any of these is nobody, or no few. Where it must not be known how many lack a column, they leave
    somebody who lacks it and somebody who has it.

    Args:
        table: ``pattern, columns, patients``.
        context: Of the same run.
    """
    if not context.hides or table.empty:
        return table
    # Read from a file, an empty text is missing.
    table = table.assign(pattern=table["pattern"].astype(object).fillna(""))
    sizes = table["patients"].to_numpy(dtype=np.int64)
    holds = _columns_of(table)
    untold = _untold(table, context)
    shown = ~is_few(sizes, context.floor)
    while (places := _to_hide(sizes, holds, shown, untold, context.floor)) is not None:
        shown[places] = False
    pooled = int(sizes[~shown].sum())
    kept = table[shown].reset_index(drop=True)
    if not pooled:
        return kept
    rest = pd.DataFrame({"pattern": [OTHER_PATTERNS], "columns": [pd.NA], "patients": [pooled]})
    return pd.concat([kept.astype({"columns": "Int64"}), rest.astype({"columns": "Int64"})], ignore_index=True)


def release_missingness(table: pd.DataFrame, context: Context) -> pd.DataFrame:
    """Leave out numbers of few gaps, and what was computed from few.

    Args:
        table: As from :func:`retina_vae.clusters.description.missingness.missingness_table`.
        context: Of the same run.
    """
    if not context.hides or table.empty:
        return table
    patients = context.patients
    names = table["column"].fillna("")
    missing = np.array([patients[name].isna().sum() if name else 0 for name in names])
    structural = table["not_applicable"].fillna(0).to_numpy(dtype=np.int64)
    few = is_few(missing, context.floor) | is_few(len(patients) - missing, context.floor)
    split = is_few(structural, context.floor) | is_few(missing - structural, context.floor)
    shown = without(table, few | split, ["not_applicable"])
    shown = without(shown, few | bool(context.hidden_clusters), ["effect_size"])
    patterns = missing_patterns(patients, context.schema)
    anybody = int(patterns.loc[patterns["columns"] > 0, "patients"].sum())
    if is_few(anybody, context.floor) or is_few(len(patients) - anybody, context.floor):
        shown = shown.assign(ami=np.nan, p_value=np.nan)
    return rounded(shown, ["effect_size", "ami"], 2)


def _names(table: pd.DataFrame) -> list[str]:
    return sorted({name for text in table["pattern"] for name in pattern_names(text)})


def _untold(table: pd.DataFrame, context: Context) -> BoolArray:
    """The columns of :func:`_columns_of` of which it must not be known how many lack them."""
    names = _names(table)
    hidden = {
        column.name
        for column in context.schema.inputs
        if hides_missing(
            column.kind_of.codes(context.patients[column.name], column.categories),
            len(column.categories),
            context.floor,
        )
    }
    own = [name in hidden for name in names]
    return np.array([*own, *own, False], dtype=np.bool_)


def _columns_of(table: pd.DataFrame) -> BoolArray:
    """Which pattern lacks which column, then which has it, shape (patterns, 2 columns + 1); the last stands for all.

    Who has a column is known as well as who lacks it, and is another number of patients among those that are pooled.
    """
    names = _names(table)
    own = np.array(
        [[name in lacking for name in names] for lacking in map(pattern_names, table["pattern"])], dtype=np.bool_
    )
    return np.column_stack([own, ~own, np.ones(len(own), dtype=np.bool_)])


def _to_hide(
    sizes: NDArray[np.int64], holds: BoolArray, shown: BoolArray, untold: BoolArray, floor: int
) -> NDArray[np.intp] | None:
    """The smallest shown patterns that must be pooled, too, so that no few are left of a column or of all."""
    left = (sizes[:, None] * (holds & ~shown[:, None])).sum(axis=0)
    for column in np.flatnonzero(is_few(left, floor) | (untold & (left == 0))):
        own = np.flatnonzero(holds[:, column] & shown)
        if len(own):
            # Patterns of one size are treated alike, whatever their order.
            return own[sizes[own] == sizes[own].min()]
    return None
