"""First search for the rules behind the printed rows: every conjunction of categories."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retina_vae.cohort import CohortSchema
from retina_vae.studies.macular.audit.formulas import Formula, conditions_of, join
from retina_vae.studies.macular.audit.printed import NUMBERS, count_columns, numbers_of

__all__ = ["Conjunction", "all_conjunctions", "best_conjunctions", "shortest_conjunction"]


@dataclass(frozen=True)
class Conjunction:
    """At most one condition per categorical column, and the patients that meet all of them.

    ``formula`` joins the conditions, None where there are none; ``members`` has the shape (patients,).
    """

    formula: Formula | None
    members: NDArray[np.bool_]

    @property
    def order(self) -> tuple[int, int, str]:
        """Shorter conjunctions first: fewer conditions, then fewer letters, then the alphabet."""
        if self.formula is None:
            return (0, 0, "")
        return (self.formula.atoms, len(self.formula.text), self.formula.text)


def all_conjunctions(patients: pd.DataFrame, schema: CohortSchema) -> list[Conjunction]:
    """Every conjunction over the categorical and binary inputs, 31 * 3**4 for the paper's schema, shortest first."""
    choices: list[list[tuple[Formula | None, NDArray[np.bool_]]]] = []
    for column in schema.inputs:
        if column.kind == "continuous":
            continue
        options: list[tuple[Formula | None, NDArray[np.bool_]]] = [(None, np.ones(len(patients), dtype=np.bool_))]
        for condition in conditions_of(column):
            options.append((condition, patients[column.name].isin(condition.categories).to_numpy(dtype=np.bool_)))
        choices.append(options)
    found = []
    for picked in product(*choices):
        formulas = [formula for formula, _ in picked if formula is not None]
        members = np.logical_and.reduce([mask for _, mask in picked])
        found.append(Conjunction(join("and", *formulas) if formulas else None, members))
    return sorted(found, key=lambda conjunction: conjunction.order)


def best_conjunctions(
    conjunctions: list[Conjunction], patients: pd.DataFrame, printed: pd.DataFrame, schema: CohortSchema
) -> dict[int, Conjunction]:
    """For each printed row, the conjunction that contradicts the fewest of its numbers, and of those the shortest."""
    contributions = count_columns(patients, schema).to_numpy()
    ages = patients["age"].to_numpy()
    numbers = np.array([numbers_of(contributions[c.members], ages[c.members]) for c in conjunctions])
    wrong = (numbers[:, None, :] != printed[list(NUMBERS)].to_numpy()[None, :, :]).sum(axis=2)
    # Conjunctions come shortest first, and argmin takes the first of equals.
    return {int(row): conjunctions[int(best)] for row, best in zip(printed.index, wrong.argmin(axis=0), strict=True)}


def shortest_conjunction(conjunctions: list[Conjunction], members: NDArray[np.bool_]) -> Conjunction | None:
    """The shortest conjunction that exactly these patients meet, None where there is none."""
    same = (conjunction for conjunction in conjunctions if np.array_equal(conjunction.members, members))
    return next(same, None)
