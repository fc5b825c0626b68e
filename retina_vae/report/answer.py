"""Groups or a continuum, in words: the answer, the comparisons that it rests on, and the number of groups."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd

from retina_vae.clusters.latent_structure.answers import DECIDED
from retina_vae.report.sections import Table
from retina_vae.report.tables import RunTables
from retina_vae.report.wording import clusters_in_words, number

__all__ = [
    "HEADLINES",
    "answer_in_words",
    "candidates_table",
    "dependence_in_words",
    "found_number",
    "number_in_words",
    "reached_answer",
]

HEADLINES = {
    "groups": "Separate groups",
    "groups of parts": "Separate groups, or a bent continuum",
    "continuum": "A continuum, not groups",
    "nothing": "Nothing beyond margins and correlations",
    "undecided": "Cannot be told with these patients",
}
"""The answer in a few words."""

_FAMILIES = {
    "bell": "one bell",
    "continuum": "smooth continuum",
    "closed curve": "curve",
    "classes": "groups of one spread",
    "classes, own scales": "groups",
}


def reached_answer(tables: RunTables) -> str:
    """One of ``groups``, ``groups of parts``, ``continuum``, ``nothing`` and ``undecided``.

    Pixels of a picture, or symbols of a sequence, go together in bent ways whatever the picture shows: where several
    things vary in it, components of its pixels lie on a surface that no continuum here follows, and that groups
    describe. So what would be groups in columns is ``groups of parts`` there, which decides less.
    """
    answer = str(tables.number.structure["answer"].iloc[0])
    return "groups of parts" if answer == "groups" and tables.configuration.source.made_of_parts else answer


def found_number(tables: RunTables) -> int:
    """The number of groups beyond which more add hardly anything; 1 where there is nothing beyond correlations."""
    return int(tables.number.structure["k"].iloc[0])


def answer_in_words(tables: RunTables) -> str:
    """The answer with the comparison that it rests on: of two between groups and a continuum the less favourable.

    Each family is judged by its best candidates, so groups need not be as many there as are found to be enough.
    """
    bell, continuum = _comparison(tables, "groups_bell"), _comparison(tables, "continuum_bell")
    both = [_comparison(tables, name) for name in ("groups_smooth", "groups_curves")]
    answer = reached_answer(tables)
    unseen = "patients that the fit has not seen"
    if answer in ("groups", "groups of parts"):
        least = min(both, key=lambda row: float(row["z"]))
        said = (
            f"Groups describe {unseen} better than a continuum does, {_by(least)}, and better than one bell with "
            f"the same margins and correlations, {_by(bell)}."
        )
        return said if answer == "groups" else f"{said} {_bent(tables)}"
    beyond = "The columns go together in more ways than one bell has, but"
    if answer == "continuum":
        least = max(both, key=lambda row: float(row["z"]))
        return (
            f"{beyond} a continuum describes {unseen} better than separate groups do, {_by(least, turned=True)}. "
            f"Clusters cut it where it has no gap: they are grades of it, not kinds of patients."
        )
    if answer == "nothing":
        return (
            f"Neither groups nor a continuum describe {unseen} better than one bell with the same margins and "
            f"correlations: the differences are {_difference(bell)} and {_difference(continuum)} nats per patient. "
            "Clusters of these patients are cuts through one cloud."
        )
    if max(float(bell["z"]), float(continuum["z"])) < DECIDED:
        return (
            "Whether there is anything beyond margins and correlations cannot be told: against one bell, groups differ "
            f"by {_difference(bell)} and a continuum by {_difference(continuum)} nats per patient. More patients, or "
            "columns in which the groups would differ, could tell."
        )
    smooth, curves = both
    return (
        f"{beyond} whether as groups or as a continuum cannot be told: against a smooth continuum, groups of one "
        f"spread differ by {_difference(smooth)}, and against any curve, groups with spreads of their own by "
        f"{_difference(curves)} nats per patient. More patients, or columns in which the groups would differ, could "
        "tell."
    )


def _bent(tables: RunTables) -> str:
    parts = tables.configuration.source.parts
    return (
        f"That does not show kinds of patients: principal components of {parts} bend where several things vary in a "
        "patient, and groups describe such a surface better than the continua do that are tried here."
    )


def number_in_words(tables: RunTables) -> str:
    """Whether the run's number of clusters is supported, and what to run instead; and whether some are empty."""
    empty = tables.configuration.clusters.number - len(tables.sizes)
    verb = "holds" if empty == 1 else "hold"
    return f"{_support(tables)} {empty} of them {verb} no patient." if empty else _support(tables)


def _support(tables: RunTables) -> str:
    k, found, answer = tables.configuration.clusters.number, found_number(tables), reached_answer(tables)
    made = f"This run made {clusters_in_words(k)}"
    if answer == "nothing":
        instead = "" if k == 1 else "; these patients support no division, so 1"
        return f"{made}{instead}."
    if answer == "continuum":
        return f"{made}. How finely to divide a continuum is a choice, and no number is the right one."
    groups = f"it takes {found} groups to describe unseen patients, and more add hardly anything"
    if answer in ("undecided", "groups of parts"):
        return f"{made}. If there are groups at all, {groups}."
    if k == found:
        return f"{made}, as many as there are groups by that measure."
    verdict = "these cut the groups further" if k > found else "these join some of the groups"
    if k == 1:
        verdict = "this one joins all of them"
    return f"{made}, a number that is not supported: {groups}, so {verdict}."


def dependence_in_words(tables: RunTables) -> str:
    """Whether the columns depend on each other within the groups; empty where there are no groups to look into."""
    if reached_answer(tables) not in ("groups", "groups of parts", "undecided"):
        return ""
    rows, k = tables.number.candidates, found_number(tables)
    best = (
        rows[rows["family"].str.startswith("classes") & (rows["groups"] == k)].groupby("factors")["log_density"].max()
    )
    if not {0, 1} <= set(best.index):
        return ""
    gain = float(best.loc[1] - best.loc[0])
    if gain > 0:
        return (
            f"Within the {k} groups the columns still depend on each other: a common factor makes the description "
            f"better, by {number(gain)} nats per patient."
        )
    return (
        f"Within the {k} groups no common factor of the columns is left (it makes the description worse, by "
        f"{number(-gain)} nats per patient)."
    )


def candidates_table(tables: RunTables) -> Table:
    """Held-out log-density of every bell and continuum, and of each kind of groups at its best number."""
    candidates = tables.number.candidates
    grouped = candidates["family"].str.startswith("classes")
    best = candidates[grouped].groupby(["family", "factors"])["log_density"].idxmax()
    rows = [
        [
            row["candidate"],
            _FAMILIES[row["family"]],
            number(row["log_density"]),
            _against_the_best(row),
        ]
        for row in pd.concat([candidates[~grouped], candidates.loc[best.sort_values()]]).to_dict("records")
    ]
    heads = [
        "Candidate",
        "Family",
        "Log-density of unseen patients (nats per patient)",
        "Against the best bell (± standard error)",
    ]
    return Table([], heads, rows)


def _comparison(tables: RunTables, name: str) -> pd.Series[Any]:
    rows = tables.number.comparisons
    return rows[rows["comparison"] == name].iloc[0]


def _by(row: pd.Series[Any], turned: bool = False) -> str:
    """A difference that is not 0, as "by 0.1 nats per patient (95 % interval 0.05 to 0.15)"."""
    low, high = (-row["high"], -row["low"]) if turned else (row["low"], row["high"])
    value = -row["difference"] if turned else row["difference"]
    return f"by {number(value)} nats per patient (95\N{NO-BREAK SPACE}% interval {number(low)} to {number(high)})"


def _difference(row: pd.Series[Any]) -> str:
    return f"{number(row['difference'])} (95\N{NO-BREAK SPACE}% interval {number(row['low'])} to {number(row['high'])})"


def _against_the_best(row: Mapping[Hashable, Any]) -> str:
    """The difference from the best bell, which differs from itself in nothing."""
    if row["difference"] == 0 and row["standard_error"] == 0:
        return "the best bell"
    return f"{_signed(row['difference'])} ± {number(row['standard_error'])}"


def _signed(value: float) -> str:
    text = number(value)
    return f"+{text}" if value > 0 and text.strip("0.") else text
