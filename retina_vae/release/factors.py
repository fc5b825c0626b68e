"""The release of which coordinate carries which column.

The mutual information of a column and a coordinate is a sum over a table of patients: with its share of the column's
entropy it gives that entropy away, which of two categories tells how many patients have either. So the nats are left
out, and the shares are rounded to the digits on which one patient of many has no influence.
"""

from __future__ import annotations

import pandas as pd

from retina_vae.factors.factor import RARE
from retina_vae.release.cells import is_few, rounded
from retina_vae.release.context import Context

__all__ = ["release_factors"]

_DIGITS = 2
_SHARES = (
    *("normalised", "mig", "mig_lowest", "mig_highest"),
    *("disentanglement", "completeness", "informativeness", "beta_vae_score"),
)


def release_factors(table: pd.DataFrame, context: Context) -> pd.DataFrame:
    """Shares to two digits, and no nats; nothing of columns of which some category has few patients and is measured.

    Categories of fewer than ``RARE`` patients are never measured, so that the latter concerns larger floors alone.
    """
    if not context.hides:
        return table
    shown = rounded(table, [name for name in _SHARES if name in table], _DIGITS)
    if "mutual_information" not in shown:
        return shown
    shown = shown.assign(mutual_information=float("nan"))
    return shown[~shown["column"].isin(_with_few(context))] if context.floor > RARE else shown


def _with_few(context: Context) -> list[str]:
    """Columns of categories of which some has few patients."""
    counts = {
        column.name: context.patients[column.name].value_counts()
        for column in context.schema.inputs
        if not column.numeric
    }
    return [name for name, own in counts.items() if is_few(own, context.floor).any()]
