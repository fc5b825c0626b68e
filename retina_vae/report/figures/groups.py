"""The groups of patients that pictures distinguish: the categories of an outcome, or all patients as one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retina_vae.cohort import CohortSchema, Column
from retina_vae.report.figures.style import Look, group_look
from retina_vae.words import NOT_OBSERVED

__all__ = ["PatientGroups", "patient_groups"]

_LOOK_OF_MISSING = Look("#5a5a5a", "o", (0, (1, 3)), "circle-open", "○")


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
        """Whether there is anything to distinguish."""
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


def patient_groups(table: pd.DataFrame, schema: CohortSchema) -> PatientGroups:
    """The groups, as the table ``category, group, place`` says them, with a look for each."""
    names = {str(category): str(group) for category, group in table[["category", "group"]].itertuples(index=False)}
    order = table.drop_duplicates("group").sort_values("place")["group"]
    looks = {str(name): group_look(place) for place, name in enumerate(order)}
    if schema.outcome is not None and names.get("") == NOT_OBSERVED and list(names.values()).count(NOT_OBSERVED) == 1:
        looks[NOT_OBSERVED] = _LOOK_OF_MISSING
    return PatientGroups(schema.outcome, looks, names)
