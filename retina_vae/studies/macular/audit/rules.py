"""The rule behind each row of the printed Table 1."""

from __future__ import annotations

from importlib.resources import files
from itertools import product

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retina_vae.cohort import CohortSchema
from retina_vae.errors import InputError
from retina_vae.studies.macular.audit.conjunctions import (
    Conjunction,
    all_conjunctions,
    best_conjunctions,
    shortest_conjunction,
)
from retina_vae.studies.macular.audit.formulas import Combination, Formula, join
from retina_vae.studies.macular.audit.printed import COUNT_COLUMNS, derive_rows, printed_table
from retina_vae.studies.macular.audit.split import shortest_split

__all__ = ["find_rules", "packaged_rules"]

Bools = NDArray[np.bool_]
_COLUMNS = ["row", "rule", "exact", "size", "printed_size", "mismatches"]


def packaged_rules() -> pd.DataFrame:
    """The rules that :func:`find_rules` finds among the published patients, for runs that lack them."""
    with files("retina_vae.studies.macular.audit").joinpath("data/rules.csv").open(encoding="utf-8") as stream:
        return pd.read_csv(stream)


def find_rules(patients: pd.DataFrame, schema: CohortSchema) -> pd.DataFrame:
    """For each printed row, search the shortest rule over the inputs whose patients have the row's numbers.

    A rule's score is the number of the row's 17 printed numbers that its patients contradict (ages are rounded up,
    as the paper's are), and among equals its length, the number of conditions. The search has two steps.

    1.  Every conjunction of conditions on race, the findings and sex is tried against every row. From the best score
        on, a row takes its best conjunction if that has the printed size and no patient that an earlier row took.
    2.  The two rows that are left share the patients that are left. They are split by the shortest formula of ``and``
        and ``or`` with at most one age threshold (:func:`~retina_vae.studies.macular.audit.split.shortest_split`),
        joined with those conditions of the shared cell that the formula does not imply.

    The printed numbers leave three patients of rows 7 and 13 open: of the ten Caucasian men with polyps and haemorrhage
    but no drusen, seven are in row 7, and any seven of them have the printed numbers. Two formulas of the same length
    pick some by an age threshold, the seven youngest or the seven oldest; the rule takes the youngest. No formula of
    fewer conditions can do: race must tell Black from Caucasian from the rest (two conditions), and drusen,
    haemorrhage and age each matter.

    Args:
        patients: The paper's 3,000 patients, validated.
        schema: The paper's schema.

    Returns:
        One row per printed row: ``row`` (1..14), ``rule`` (a pandas query), ``exact``, ``size`` (patients under the
        rule), ``printed_size`` and ``mismatches`` (printed numbers that the rule's patients contradict, ages
        included). ``exact`` is true where the rule has all 14 printed counts (size, races, findings, sexes); ages may
        differ. Every patient is under one rule. Rows 1 and 3 are not exact, and
        :func:`~retina_vae.studies.macular.audit.errata.find_errata` says why.

    Raises:
        InputError: The patients are not those of the printed table: the rules do not part them.
    """
    printed = printed_table()
    conjunctions = all_conjunctions(patients, schema)
    best = best_conjunctions(conjunctions, patients, printed, schema)
    taken = _disjoint(best, patients, printed, schema)
    formulas = {row: conjunction.formula for row, conjunction in taken.items()}
    left = ~np.logical_or.reduce([conjunction.members for conjunction in taken.values()])
    rows = np.zeros(len(patients), dtype=np.int64)
    for row, conjunction in taken.items():
        rows[conjunction.members] = row
    missing = [row for row in printed.index if row not in taken]
    cell = shortest_conjunction(conjunctions, left)
    if len(missing) != 2 or cell is None:
        raise InputError(
            f"patients: expected those of the printed Table 1, got others: no conjunction fits its rows {missing}. "
            "Read the published arrays, or use the packaged rules."
        )
    split = shortest_split(patients[left], printed.loc[missing], schema)
    for row, formula, members in zip(
        missing, (split.first, split.second), (split.members, ~split.members), strict=True
    ):
        formulas[row] = _within(cell.formula, formula, schema)
        rows[np.flatnonzero(left)[members]] = row
    return _table(formulas, pd.Series(rows, index=patients.index), patients, printed, schema)


def _disjoint(
    best: dict[int, Conjunction], patients: pd.DataFrame, printed: pd.DataFrame, schema: CohortSchema
) -> dict[int, Conjunction]:
    """The rows whose best conjunction has the printed size and shares no patient with a row that fits better."""
    wrong = {}
    for row, conjunction in best.items():
        group = patients[conjunction.members]
        if len(group) == printed.loc[row, "size"]:
            derived = derive_rows(group, pd.Series(row, index=group.index), schema)
            wrong[row] = int((derived.loc[[row]] != printed.loc[[row]]).to_numpy().sum())
    taken: dict[int, Conjunction] = {}
    for row in sorted(wrong, key=lambda row: (wrong[row], row)):
        if not any((best[row].members & other.members).any() for other in taken.values()):
            taken[row] = best[row]
    return taken


def _within(cell: Formula | None, formula: Formula, schema: CohortSchema) -> Formula:
    """The formula inside a cell, without those conditions of the cell that change no possible patient."""
    conditions = [] if cell is None else list(cell.parts) if isinstance(cell, Combination) else [cell]
    grid = _every_patient(schema)
    meaning = _meets(join("and", *conditions, formula), grid)
    for condition in list(conditions):
        fewer = [other for other in conditions if other != condition]
        if np.array_equal(_meets(join("and", *fewer, formula), grid), meaning):
            conditions = fewer
    return join("and", *conditions, formula)


def _every_patient(schema: CohortSchema) -> pd.DataFrame:
    """One patient for every combination of categories and whole year of age."""
    values = [
        range(int(column.minimum or 0), int(column.maximum or 120) + 1)
        if column.kind == "continuous"
        else column.categories
        for column in schema.inputs
    ]
    return pd.DataFrame(list(product(*values)), columns=[column.name for column in schema.inputs])


def _meets(formula: Formula, patients: pd.DataFrame) -> Bools:
    return np.asarray(patients.eval(formula.text, engine="python"), dtype=np.bool_)


def _table(
    formulas: dict[int, Formula | None],
    rows: pd.Series,
    patients: pd.DataFrame,
    printed: pd.DataFrame,
    schema: CohortSchema,
) -> pd.DataFrame:
    derived = derive_rows(patients, rows, schema).loc[printed.index]
    wrong = derived != printed
    table = pd.DataFrame(
        {
            "row": printed.index,
            "rule": [formula.text if (formula := formulas[row]) else "" for row in printed.index],
            "exact": ~wrong[list(COUNT_COLUMNS)].any(axis=1).to_numpy(),
            "size": derived["size"].to_numpy(),
            "printed_size": printed["size"].to_numpy(),
            "mismatches": wrong.sum(axis=1).to_numpy(),
        }
    )
    return table[_COLUMNS]
