"""The groups of patients that pictures keep apart: the categories of an outcome, or all patients as one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retina_vae.cohort import CohortSchema, Column
from retina_vae.report.figures.style import Look, group_look

__all__ = ["ALL_PATIENTS", "MOST_GROUPS", "NOT_OBSERVED", "PatientGroups", "join_outcome", "patient_groups"]

MOST_GROUPS = 8
"""Groups that readers can tell apart by colour and marker; of more categories, the rarest are one group."""

ALL_PATIENTS = "all patients"
"""The one group of patients without an outcome."""

NOT_OBSERVED = "not observed"
"""The group of the patients whose outcome is missing."""

_LOOK_OF_MISSING = Look("#5a5a5a", "h", (0, (1, 3)))


@dataclass(frozen=True, eq=False)
class PatientGroups:
    """The groups, and who belongs to which.

    Attributes:
        column: The outcome whose categories make the groups; None where all patients are one group.
        looks: Look of every group by its name, in the order of the categories.
        names: The group of every category; that of a missing value under the empty text, where any is missing.
    """

    column: Column | None
    looks: dict[str, Look]
    names: dict[str, str]

    @property
    def several(self) -> bool:
        """Whether there is anything to tell apart."""
        return self.column is not None

    @property
    def title(self) -> str:
        """What a legend is called."""
        return self.column.label if self.column else "Patients"

    def categories_of(self, group: str) -> list[str]:
        """The categories that make up a group."""
        return [category for category, name in self.names.items() if name == group]

    def of(self, categories: pd.Series) -> NDArray[np.str_]:
        """The group of each patient, shape (patients,), from the outcome's category; missing or empty, not observed."""
        found = [self.names["" if pd.isna(category) else str(category)] for category in categories]
        return np.array(found, dtype=np.str_)

    def of_patients(self, patients: pd.DataFrame) -> NDArray[np.str_]:
        """The group of each patient of a table, shape (patients,)."""
        if self.column is None:
            return np.full(len(patients), ALL_PATIENTS)
        return self.of(patients[self.column.name])


def patient_groups(patients: pd.DataFrame, schema: CohortSchema) -> PatientGroups:
    """The groups of a cohort: one per category of its first outcome that has categories.

    Of more than eight categories the seven most frequent have a group each, and the others one together; of equally
    frequent ones the earlier goes first.
    """
    column = schema.outcome
    if column is None:
        return PatientGroups(None, {ALL_PATIENTS: group_look(0)}, {"": ALL_PATIENTS})
    values, categories = patients[column.name], list(column.categories)
    kept = set(categories)
    if len(categories) > MOST_GROUPS:
        counts = values.astype(object).value_counts().reindex(categories, fill_value=0)
        kept = set(counts.sort_values(ascending=False, kind="stable").index[: MOST_GROUPS - 1])
    rest = f"other ({len(categories) - len(kept)} categories)"
    names = {category: category if category in kept else rest for category in categories}
    order = [*(category for category in categories if category in kept), *([rest] if len(kept) < len(names) else [])]
    looks = {name: group_look(position) for position, name in enumerate(order)}
    if values.isna().any():
        looks.setdefault(NOT_OBSERVED, _LOOK_OF_MISSING)
        names[""] = NOT_OBSERVED
    return PatientGroups(column, looks, names)


def join_outcome(table: pd.DataFrame, patients: pd.DataFrame, schema: CohortSchema) -> pd.DataFrame:
    """A table with one row per patient, with the outcome beside it where there is one."""
    names = [schema.identifier, *([schema.outcome.name] if schema.outcome else [])]
    return table.merge(patients[names], on=schema.identifier, validate="one_to_one")
