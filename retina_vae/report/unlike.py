"""How well patients of other tables are told from those like the cohort."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

from retina_vae.report.sections import Table
from retina_vae.report.tables import RunTables
from retina_vae.report.wording import number, percent

__all__ = ["UnlikePart", "unlike_part"]

_FLAGGED_BY = "expected_likelihood"
"""The score nearest to the one by which `assign` flags patients."""

_WEIGHTS = {"point": "one replica", "ensemble": "the replicas", "sghmc": "samples of the weights"}

_WELL, _BARELY = 0.9, 0.6
"""Areas from which other patients are said to be told well, and up to which they are said to be hardly told."""


class UnlikePart(NamedTuple):
    """The section.

    Attributes:
        introduction: Who is held against whom.
        sentences: What is found of each table.
        table: A row per score, a column per table.
        hidden: Whether a number is not shown because there are few patients.
    """

    introduction: str
    sentences: list[str]
    table: Table
    hidden: bool


def unlike_part(tables: RunTables) -> UnlikePart | None:
    """What the run measured of other patients; None of a run that was not asked to."""
    if tables.unlike is None:
        return None
    own = tables.unlike
    first, names = own.iloc[0], [str(name) for name in own["table"].unique()]
    rows = []
    for score, part in own.groupby("score", sort=False):
        by_table = {str(row["table"]): row for _, row in part.iterrows()}
        rows.append([str(part["words"].iloc[0]), *(_area(by_table[name], tables) for name in names), str(score)])
    return UnlikePart(
        f"Patients of other tables against {first['like']}, by {_WEIGHTS[str(first['weights'])]}.{_caution(first)}",
        [_sentence(row, tables) for _, row in own[own["score"] == _FLAGGED_BY].iterrows()],
        Table([], ["Score", *names, "In the file"], rows),
        bool(own["auroc"].isna().any()),
    )


def _caution(first: pd.Series) -> str:
    if first["like"] != "training patients":
        return ""
    return (
        " The model was trained on these, so it knows them better than others like them: the areas are too high. Name "
        "a table of patients whom it has not seen (unlike.like)."
    )


def _area(row: pd.Series, tables: RunTables) -> str:
    if pd.isna(row["auroc"]):
        return tables.gate.mark
    area, low, high = (number(float(row[name]), 2) for name in ("auroc", "auroc_low", "auroc_high"))
    return f"{area}\n[{low},\N{NO-BREAK SPACE}{high}]"


def _sentence(row: pd.Series, tables: RunTables) -> str:
    if pd.isna(row["auroc"]):
        return f"{row['table']}: too few patients to be shown ({tables.gate.fewest} at least)."
    area = float(row["auroc"])
    told = "are told well" if area >= _WELL else "are hardly told" if area <= _BARELY else "are told in part"
    return (
        f"{row['table']}: {int(row['patients_unlike']):,} patients, who {told} from {int(row['patients_like']):,} "
        f"like the cohort. One of them is less probable to the model than one of these in {percent(area)} of all "
        f"pairs; to flag 95 in 100 of them {percent(float(row['fpr_at_95']))} of these would be flagged as well."
    )
