"""Plain questions below the decision, each answered in a sentence from the tables of the run."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from retina_vae.clusters.description.columns import in_sentence
from retina_vae.report.stability import which_hold
from retina_vae.report.tables import RunTables
from retina_vae.report.wording import amount, cross_table_in_words, number, percent
from retina_vae.words import enumerated

__all__ = ["Answer", "groups_in_words", "separation_in_words", "verdicts"]


_BETTER = 0.05
"""By how much rules must beat the guess of the largest cluster before they are said without it."""


@dataclass(frozen=True)
class Answer:
    """A question that an analyst asks of every clustering, and what this run answers."""

    question: str
    text: str


def verdicts(tables: RunTables, added: Sequence[str] = ()) -> list[Answer]:
    """Which clusters hold, what they are, who is in doubt, and what is known of the truth.

    The decision (:mod:`~retina_vae.report.decision`) answers whether there are groups and how many.

    Args:
        tables: The run.
        added: What the run's study adds on the number of groups.
    """
    known = " ".join(filter(None, [groups_in_words(tables), *added]))
    said = [Answer("What is known?", known)] if known else []
    if tables.undivided:
        return [
            *said,
            Answer("Which hold?", "One cluster holds all patients: nothing is divided, and nothing doubted."),
        ]
    return [
        *said,
        Answer("Which hold?", which_hold(tables)),
        Answer("What are they?", _what_they_are(tables)),
        Answer("Who is in doubt?", _who_is_in_doubt(tables)),
    ]


def groups_in_words(tables: RunTables) -> str:
    """How many groups there really are, which is known of simulated patients alone; else empty.

    Groups count as different where a statistic that they were simulated from differs, whatever they are called.
    """
    if not tables.origin.simulated or tables.schema.outcome is None or "target" not in tables.summary:
        return ""
    names = list(tables.schema.outcome.categories)
    targets = tables.summary.pivot(index="group", columns=["column", "statistic"], values="target")
    different = len(targets.dropna(axis=1, how="all").drop_duplicates())
    said = (
        f"The patients were simulated from {len(names)} groups, {enumerated(names)}, with independent columns in each"
    )
    if different == len(names):
        return f"{said}, and no two of them have the same statistics."
    if different == 1:
        return f"{said}, but all with the same statistics: there is one group, under {len(names)} names."
    return f"{said}, of which only {different} have statistics of their own."


def _what_they_are(tables: RunTables) -> str:
    table, tree = tables.meaning.measure("cross_table_ami"), tables.meaning.measure("tree_accuracy")
    parts = []
    if table is not None:
        parts.append(
            f"The {cross_table_in_words(table['detail'])} alone gives much of the clustering back (adjusted mutual "
            f"information {table['value']:.2f}; 1: the clusters are nothing else)."
            if table["value"] >= 0.5
            else f"No table of the inputs gives much of the clustering back (the best, {table['detail']}, has an "
            f"adjusted mutual information of {table['value']:.2f}; 1: the clusters are that table)."
        )
    if tree is not None:
        conditions = tables.configuration.description.conditions
        parts.append(
            f"Rules of at most {conditions} conditions name the cluster of {percent(tree['value'])} of patients that "
            f"they were not made from{_no_better(tables, float(tree['value']))}."
        )
    return " ".join([*parts, separation_in_words(tables)]).strip() or "No measure of this could be taken."


def _no_better(tables: RunTables, accuracy: float) -> str:
    """That rules are no better than a guess, where they hardly are; nothing where the largest size is not shown."""
    largest = float(tables.sizes.max(skipna=False)) / tables.account.patients
    if math.isnan(largest) or accuracy > largest + _BETTER:
        return ""
    return f", which is no better than calling everybody the largest cluster ({percent(largest)})"


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
    account, bound = tables.account, tables.configuration.clusters.doubtful_below
    # A share would tell a number that is not shown.
    part = "" if math.isnan(account.doubtful) else f" ({percent(account.doubtful / account.patients)})"
    sure = "none of the" if account.doubtful == account.patients else account.sure
    return (
        f"The assignment is sure for {sure} patients: its mean probability is "
        f"{account.mean_probability:.2f}, and {amount(account.doubtful)} patients{part} lie below {bound:g}, which "
        "this report calls doubtful. That is the doubt of one trained model about "
        f"{tables.clustering.doubted}; whether the clusters themselves hold is another question."
    )
