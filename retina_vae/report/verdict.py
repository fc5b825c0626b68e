"""The verdict: five plain questions, each answered in a sentence from the tables of the run."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from retina_vae.clusters.description.columns import in_sentence
from retina_vae.report.stability import which_hold
from retina_vae.report.tables import RunTables
from retina_vae.report.wording import amount, number, percent
from retina_vae.words import enumerated

__all__ = ["Answer", "groups_in_words", "null_in_words", "separation_in_words", "verdicts"]


@dataclass(frozen=True)
class Answer:
    """A question that an analyst asks of every clustering, and what this run answers."""

    question: str
    text: str


def verdicts(tables: RunTables, added: Sequence[str] = ()) -> list[Answer]:
    """Whether there are groups, how many, which hold, what they are, and who is in doubt.

    Args:
        tables: The run.
        added: What the run's study adds on the number of groups.
    """
    return [
        Answer("Are there groups?", null_in_words(tables)),
        Answer("How many?", " ".join([_how_many(tables), *added])),
        Answer("Which hold?", which_hold(tables)),
        Answer("What are they?", _what_they_are(tables)),
        Answer("Who is in doubt?", _who_is_in_doubt(tables)),
    ]


def null_in_words(tables: RunTables) -> str:
    """What the test for clusters says."""
    test = tables.number.null_test.iloc[0]
    cohorts = f"{int(test['draws'])} cohorts with the same columns and correlations but without clusters"
    p_value = f"p = {test['p_value']:.2g}"
    if test["verdict"] == "clusters":
        return f"The patients are more than one cloud: they lie closer to a few centres than {cohorts} do ({p_value})."
    return f"There is no evidence that the patients fall into clusters: {cohorts} look like them ({p_value})."


def _how_many(tables: RunTables) -> str:
    k, filled = tables.configuration.clusters.k, len(tables.sizes)
    empty = f", of which {k - filled} hold no patient," if filled < k else ""
    return " ".join(
        filter(
            None,
            [
                f"{k} clusters{empty} were asked for before the analysis.",
                _majority(tables.number.choices, k),
                groups_in_words(tables),
            ],
        )
    )


def _majority(choices: pd.DataFrame, k: int) -> str:
    votes = choices["k"].value_counts()
    here = f"{int(votes.get(k, 0))} of them choose {k}" if votes.get(k, 0) else f"none of them chooses {k}"
    if 2 * votes.iloc[0] <= len(choices):
        return f"Of {len(choices)} criteria no more than half choose the same number, and {here}."
    most = f"Of {len(choices)} criteria {votes.iloc[0]} choose {votes.index[0]}"
    return f"{most}." if votes.index[0] == k else f"{most}; {here}."


def groups_in_words(tables: RunTables) -> str:
    """How many groups there really are, which is known of simulated patients alone; else empty."""
    if not tables.origin.simulated or tables.schema.outcome is None:
        return ""
    names = tables.schema.outcome.categories
    return (
        f"The patients were simulated from {len(names)} groups, {enumerated(names)}, with independent columns in each: "
        f"{len(names)} groups are really there, whatever the criteria choose."
    )


def _what_they_are(tables: RunTables) -> str:
    table, tree = tables.meaning.measure("cross_table_ami"), tables.meaning.measure("tree_accuracy")
    parts = []
    if table is not None:
        parts.append(
            f"The table {table['detail']} alone gives much of the clustering back (adjusted mutual information "
            f"{table['value']:.2f}; 1: the clusters are that table)."
            if table["value"] >= 0.5
            else f"No table of the inputs gives much of the clustering back (the best, {table['detail']}, has an "
            f"adjusted mutual information of {table['value']:.2f}; 1: the clusters are that table)."
        )
    if tree is not None:
        conditions = tables.configuration.description.conditions
        parts.append(
            f"Rules of at most {conditions} conditions name the cluster of {percent(tree['value'])} of patients that "
            "they were not made from."
        )
    return " ".join([*parts, separation_in_words(tables)]).strip() or "No measure of this could be taken."


def separation_in_words(tables: RunTables) -> str:
    """Whether each outcome is told better within the clusters than without them; empty if not measured."""
    measured = tables.meaning.separation["outcome"].unique()
    return " ".join(filter(None, (_separation_of(tables, str(name)) for name in measured)))


def _separation_of(tables: RunTables, outcome: str) -> str:
    names = ("within_auc", "within_auc_one_model", "within_auc_gain")
    own, whole, gain = (tables.meaning.measure(name, outcome) for name in names)
    if own is None or whole is None or gain is None:
        return ""
    label = in_sentence(tables.schema[outcome])
    return (
        f"Within the clusters the inputs tell the outcome ({label}) with a mean area under the curve (AUC) of "
        f"{own['value']:.3f} by a regression in each, and of {whole['value']:.3f} by one regression of all patients: "
        f"the clusters make it {_easier(gain)} to tell (difference {number(gain['value'])}, 95 % interval "
        f"{number(gain['low'])} to {number(gain['high'])})."
    )


def _easier(gain: pd.Series[Any]) -> str:
    """What a difference of two areas says; one that lies within its own uncertainty says nothing."""
    if gain["low"] > 0:
        return "easier"
    return "harder" if gain["high"] < 0 else "no easier"


def _who_is_in_doubt(tables: RunTables) -> str:
    settings = tables.configuration
    probability, bound = tables.doubt.patients["probability"], settings.clusters.doubtful_below
    doubtful = int((probability < bound).sum())
    share = doubtful / len(probability)
    words = "nearly all" if share < 0.05 else "most" if share < 0.2 else "only a part of the"
    shown = amount(doubtful, settings.small_cell_floor)
    # A share would tell a number that is not shown.
    part = f" ({percent(share)})" if not math.isnan(share) and shown == f"{doubtful:,}" else ""
    return (
        f"The assignment is sure for {words} patients: its mean probability is {probability.mean():.2f}, and "
        f"{shown} patients{part} lie below {bound:g}, which this report calls doubtful. That is the "
        f"doubt of one trained model about {tables.clustering.doubted}; whether the clusters "
        "themselves hold is another question."
    )
