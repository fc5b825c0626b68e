"""What a reader must know of columns with limits of detection, or that do not apply to everybody."""

from __future__ import annotations

import math

from retina_vae.cohort import Column
from retina_vae.cohort.summary import SHARE_ABOVE, SHARE_BELOW, SHARE_NOT_APPLICABLE
from retina_vae.report.tables import RunTables
from retina_vae.report.wording import percent

__all__ = ["remark_sentences"]


def remark_sentences(tables: RunTables) -> list[str]:
    """A sentence for each column with remarks, inputs first; empty where no patient has one."""
    columns = (*tables.schema.inputs, *tables.schema.tested)
    said = [sentence for column in columns for sentence in (_limits(tables, column), _none(tables, column))]
    return [sentence for sentence in said if sentence]


def _limits(tables: RunTables, column: Column) -> str:
    if not column.censored:
        return ""
    shares = _share(tables, column, SHARE_BELOW), _share(tables, column, SHARE_ABOVE)
    told = [
        f"{_amount(share)} lie {side} a limit of detection"
        for share, side in zip(shares, ("below", "above"), strict=True)
        if share != 0
    ]
    if not told:
        return ""
    seen = "the model sees that they lie beyond it" if column.role == "input" else "the model does not see them"
    return (
        f"{column.label}: {' and '.join(told)}. Tables, figures and tests count these as the limit itself, so that "
        f"means are too near to it and spreads too small, and a quartile at it may lie beyond; {seen}."
    )


def _none(tables: RunTables, column: Column) -> str:
    share = _share(tables, column, SHARE_NOT_APPLICABLE) if column.not_applicable else 0.0
    if share == 0:
        return ""
    who = "some patients" if math.isnan(share) else f"{percent(share)} of the patients"
    return f"{column.label}: does not apply to {who}. They have no value and count among the missing ones."


def _amount(share: float) -> str:
    return "some values" if math.isnan(share) else f"{percent(share)} of the values"


def _share(tables: RunTables, column: Column, statistic: str) -> float:
    """The share in all groups together; NaN where it is not shown."""
    summary = tables.summary
    own = summary[(summary["column"] == column.name) & (summary["statistic"] == statistic)]
    among = own["n"] + own["missing"] if statistic == SHARE_NOT_APPLICABLE else own["n"]
    total = float(among.sum(skipna=False))
    # Of nobody there is no share.
    counted = (own["observed"].where(among != 0, 0.0) * among).sum(skipna=False)
    return math.nan if not total > 0 else float(counted) / total
