"""The release of how many values lie far outside their column."""

from __future__ import annotations

import numpy as np
import pandas as pd

from retina_vae.release.cells import is_few, without
from retina_vae.release.context import Context

__all__ = ["release_outliers"]

_SHARE_DIGITS = 2


def release_outliers(table: pd.DataFrame, context: Context) -> pd.DataFrame:
    """Leave out of ``cohort/outliers.csv`` the counts of few values, and how many values there are.

    The fences have two digits and the distances are steps, so that no value follows; that somebody lies outside may be
    known. Values of two units are told as a share in whole per cent, where neither unit is that of few patients.
    Of a column with few values nothing is said.
    """
    if not context.hides:
        return table
    mixed = (table["mixed_share"] * table["values"]).round()
    few_mixed = is_few(mixed, context.floor) | is_few(table["values"] - mixed, context.floor)
    shown = table.assign(mixed_share=table["mixed_share"].round(_SHARE_DIGITS))
    shown = without(shown, few_mixed & mixed.notna(), ["mixed_share"])
    for name in ("below", "above"):
        shown = without(shown, is_few(table[name], context.floor), [name])
    few, told = is_few(table["values"], context.floor), ["below", "above", "mixed_share", "mixed_times"]
    shown = without(shown, few, ["low", "high", "below_times", "above_times", *told])
    shown = shown.assign(mixed_side=shown["mixed_side"].mask(few, ""))
    return without(shown, np.ones(len(table), dtype=np.bool_), ["values"])
