"""A reporting checklist, item by item: what a run answers and where, and what the author must state.

The items follow guidelines for observational studies (STROBE, RECORD) and for latent classes and trajectories (GRoLTS,
SMART-LCA), as far as they fit a clustering; numbers of items stand where the guideline numbers them. TRIPOD-Cluster, a
guideline for prediction in clustered data, does not fit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from retina_vae.report.checklist import model, patients, solutions, use
from retina_vae.report.checklist.answer import Answer, Status
from retina_vae.report.tables import RunTables

__all__ = ["MAPPING", "Answer", "Entry", "Status", "checklist_of", "checklist_table"]

MAPPING = "1 (2026-11)"
"""Version of the mapping; another one where an item, its guideline or the rule of its answer changes."""

_ITEMS: tuple[tuple[str, str, Callable[[RunTables], Answer]], ...] = (
    ("Source and setting", "STROBE 4, 5; RECORD 6.1", patients.source_and_setting),
    ("Eligibility and flow", "STROBE 6, 13; RECORD 13.1", patients.flow_of_patients),
    ("Variables: unit, kind and role", "STROBE 7, 8; RECORD 7.1; SMART-LCA 1", patients.variables),
    ("Distributions", "STROBE 14a; GRoLTS 4; SMART-LCA 2", patients.distributions),
    ("Missing values by variable", "STROBE 14b", patients.missing_values),
    ("Assumed mechanism of missing values", "GRoLTS 3a; SMART-LCA", patients.mechanism_of_gaps),
    ("Handling of missing values", "STROBE 12c; GRoLTS 3c; SMART-LCA", patients.handling_of_gaps),
    ("Transformations", "STROBE 11; RECORD 12.2; SMART-LCA 3", patients.transformations),
    ("Algorithm and objective", "STROBE 12a; SMART-LCA", model.algorithm),
    ("Starts and convergence", "GRoLTS 9; SMART-LCA", model.starts_and_convergence),
    ("Software with hashes", "GRoLTS 5; SMART-LCA", model.software),
    ("Range of numbers of clusters, with one", "GRoLTS 11; SMART-LCA", solutions.range_of_numbers),
    ("Selection criteria", "GRoLTS 10; SMART-LCA", solutions.selection_criteria),
    ("Sizes of every solution", "GRoLTS 12; SMART-LCA", solutions.sizes_of_solutions),
    ("Entropy by number of clusters", "GRoLTS 13; SMART-LCA", solutions.entropy),
    ("Stability over resamples and seeds", "none of these", solutions.stability),
    ("Null test", "none of these", solutions.null_test),
    ("Numeric description with intervals", "STROBE 16a; GRoLTS 15", solutions.description),
    ("Plots of the final and the other solutions", "GRoLTS 14a, 14b", solutions.plots),
    ("Inputs apart from external variables", "GRoLTS 8; SMART-LCA", use.inputs_and_others),
    ("Association with outcomes", "STROBE 15, 16", use.outcome_association),
    ("Effects of sites", "none of these", use.site_effects),
    ("Validation on other data", "STROBE 21", use.validation),
    ("Sensitivity", "STROBE 12e, 17; GRoLTS 6, 7", use.sensitivity),
    ("Code and data", "RECORD 22.1; GRoLTS 16", use.code_and_data),
    ("Limits", "STROBE 19; RECORD 19.1", use.limits),
)


@dataclass(frozen=True)
class Entry:
    """An item of the checklist with what the run says to it.

    Attributes:
        number: From 1.
        topic: What is asked.
        guidelines: Which guidelines ask, with the numbers of their items.
        answer: What the run says.
    """

    number: int
    topic: str
    guidelines: str
    answer: Answer


def checklist_of(tables: RunTables) -> list[Entry]:
    """All items in the order of the chain, from the patients to the limits."""
    items = enumerate(_ITEMS, start=1)
    return [Entry(number, topic, guidelines, answer(tables)) for number, (topic, guidelines, answer) in items]


def checklist_table(entries: list[Entry]) -> pd.DataFrame:
    """The artefact ``report/checklist.csv``."""
    rows = [
        {
            "item": entry.number,
            "topic": entry.topic,
            "guidelines": entry.guidelines,
            "answer": entry.answer.status,
            "says": entry.answer.says,
            "where": "; ".join(
                f"report/report.html{one}" if one.startswith("#") else one for one in entry.answer.where
            ),
            "mapping": MAPPING,
        }
        for entry in entries
    ]
    return pd.DataFrame(rows)
