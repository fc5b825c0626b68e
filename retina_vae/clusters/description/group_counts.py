"""The patients of every cluster by the outcome, as the tables of the clusters show them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from retina_vae.cohort import CohortSchema

__all__ = ["GroupCounts", "group_counts"]


@dataclass(frozen=True, eq=False)
class GroupCounts:
    """What a reader is shown of the numbers of patients; numbers that are not shown are missing.

    Attributes:
        sizes: Patients of every cluster, by its number.
        outcome: Patients of every cluster and category of the outcome, and under the empty text those whose outcome is
            not observed. Without an outcome all patients stand there.
    """

    sizes: pd.Series[Any]
    outcome: pd.DataFrame


def group_counts(sizes: pd.Series[Any], counts: pd.DataFrame, schema: CohortSchema) -> GroupCounts:
    """The numbers of patients by cluster and outcome.

    Args:
        sizes: Of every cluster, by its number.
        counts: ``cluster, column, category, patients``: a missing number is not shown, a row that is not there is 0.
        schema: Names the outcome and its categories.
    """
    if schema.outcome is None:
        return GroupCounts(sizes, sizes.rename("").to_frame())
    own = counts[counts["column"] == schema.outcome.name]
    rows = own[["cluster", "category", "patients"]].itertuples(index=False, name=None)
    known = {(int(cluster), str(category)): patients for cluster, category, patients in rows}
    categories = [*schema.outcome.categories, *([""] if "" in set(own["category"]) else [])]
    cells = {name: [known.get((int(str(cluster)), name), 0) for cluster in sizes.index] for name in categories}
    return GroupCounts(sizes, pd.DataFrame(cells, index=sizes.index).astype("Float64"))
