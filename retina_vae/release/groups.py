"""The groups of patients that pictures distinguish: the categories of an outcome, or all patients as one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retina_vae.cohort import CohortSchema
from retina_vae.release.cells import suppressed_groups
from retina_vae.release.context import Context
from retina_vae.words import ALL_PATIENTS, NOT_OBSERVED

__all__ = ["MOST_GROUPS", "Groups", "group_table", "groups_of", "outcome_of"]

MOST_GROUPS = 8
"""Groups that readers can distinguish by colour and marker; of more categories, the rarest are one group."""


@dataclass(frozen=True, eq=False)
class Groups:
    """The groups, and which categories make each of them.

    Attributes:
        names: The group of every category; that of a missing value under the empty text, where any is missing.
        order: The groups, in the order of the categories, then what is joined, then those not observed.
    """

    names: dict[str, str]
    order: list[str]

    @property
    def belongs(self) -> NDArray[np.int64]:
        """1 where a category is a part of a group, else 0, shape (groups, categories)."""
        return np.array([[own == name for own in self.names.values()] for name in self.order], dtype=np.int64)


def groups_of(patients: pd.DataFrame, schema: CohortSchema) -> Groups:
    """The groups of a cohort: one per category of its first outcome that has categories.

    Of more than eight categories the seven most frequent have a group each, and the others one together; of equally
    frequent ones the earlier goes first.
    """
    column = schema.outcome
    if column is None:
        return Groups({"": ALL_PATIENTS}, [ALL_PATIENTS])
    values, categories = patients[column.name], list(column.categories)
    kept = set(categories)
    if len(categories) > MOST_GROUPS:
        counts = values.astype(object).value_counts().reindex(categories, fill_value=0)
        kept = set(counts.sort_values(ascending=False, kind="stable").index[: MOST_GROUPS - 1])
    rest = f"other ({len(categories) - len(kept)} categories)"
    names = {category: category if category in kept else rest for category in categories}
    order = [*(category for category in categories if category in kept), *([rest] if len(kept) < len(names) else [])]
    if values.isna().any():
        names[""] = NOT_OBSERVED
        order += [NOT_OBSERVED] if NOT_OBSERVED not in order else []
    return Groups(names, order)


def outcome_of(patients: pd.DataFrame, schema: CohortSchema) -> NDArray[np.str_]:
    """The outcome of each patient, shape (patients,); the empty text where it is not observed or there is none."""
    if schema.outcome is None:
        return np.full(len(patients), "", dtype=np.str_)
    values = patients[schema.outcome.name].astype(object)
    return values.where(values.notna(), "").to_numpy(dtype=np.str_)


def group_table(context: Context) -> pd.DataFrame:
    """How many patients each group has.

    Returns:
        ``category, group, place`` (of the group among the others)``, patients`` (of the group; missing where it is not
        shown)``, occurs`` (whether a patient has the category).
    """
    groups, outcome = groups_of(context.patients, context.schema), outcome_of(context.patients, context.schema)
    sizes = np.array([(outcome == category).sum() for category in groups.names], dtype=np.int64)
    patients = pd.Series(groups.belongs @ sizes, index=groups.order, dtype="Int64")
    hidden = groups.belongs @ suppressed_groups(sizes, context.floor) > 0
    shown = patients.mask(hidden)
    names = list(groups.names.values())
    return pd.DataFrame(
        {
            "category": list(groups.names),
            "group": names,
            "place": [groups.order.index(name) for name in names],
            "patients": shown.loc[names].to_numpy(),
            "occurs": sizes > 0,
        }
    ).astype({"patients": "Int64"})
