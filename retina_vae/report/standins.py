"""Points that stand for groups of patients, where the patients' own codes must not be shown.

A code can be decoded into a patient, so a picture of codes is a table of patients. Draws from the normal distribution
of a group show where the group lies and how it spreads, and belong to nobody.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retina_vae.cohort import CohortSchema

__all__ = ["GroupCounts", "StandIns", "group_counts", "outcome_of", "stand_in_points"]

FloatArray = NDArray[np.float64]

_PURPOSE = 4


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


class StandIns(NamedTuple):
    """Points of shape (n, d) with the cluster and the outcome of the group that each stands for, in mixed order."""

    points: FloatArray
    cluster: NDArray[np.int_]
    outcome: NDArray[np.str_]


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
    known = {(int(cluster), str(category)): patients for cluster, _, category, patients in _rows(own)}
    categories = [*schema.outcome.categories, *([""] if "" in set(own["category"]) else [])]
    cells = {name: [known.get((int(str(cluster)), name), 0) for cluster in sizes.index] for name in categories}
    return GroupCounts(sizes, pd.DataFrame(cells, index=sizes.index).astype("Float64"))


def outcome_of(patients: pd.DataFrame, schema: CohortSchema) -> NDArray[np.str_]:
    """The outcome of each patient, shape (patients,); the empty text where it is not observed or there is none."""
    if schema.outcome is None:
        return np.full(len(patients), "", dtype=np.str_)
    values = patients[schema.outcome.name].astype(object)
    return values.where(values.notna(), "").to_numpy(dtype=np.str_)


def stand_in_points(
    points: FloatArray,
    cluster: NDArray[np.int_],
    outcome: NDArray[np.str_],
    counts: GroupCounts,
    floor: int,
    seed: int,
) -> StandIns:
    """Draws from the normal distribution fitted to each group of patients of one cluster and one outcome.

    Groups of fewer than ``floor`` patients get no points, nor does a single patient. How many points a group gets
    follows from the counts that are shown: as many as its count; where that is not shown, an even part of the patients
    of the cluster whose counts are not. A group's points themselves depend on the group and the seed alone.

    Args:
        points: A code of each patient, shape (patients, d).
        cluster: Number of each patient's cluster, shape (patients,).
        outcome: Of each patient, as from :func:`outcome_of`.
        counts: What is shown of the numbers of patients.
        floor: Fewest patients of a group.
        seed: Of the draws.
    """
    categories, drawn = list(counts.outcome.columns), []
    for number, size in zip(counts.sizes.index.astype(int), counts.sizes, strict=True):
        inside, row = cluster == number, counts.outcome.T[number]
        actual = pd.Series(outcome[inside]).value_counts().reindex(categories, fill_value=0)
        for name, count in _points_of_groups(size, row, actual, floor):
            own = points[inside & (outcome == name)].astype(np.float64)
            rng = np.random.default_rng([seed, _PURPOSE, number, categories.index(name)])
            new = rng.multivariate_normal(own.mean(axis=0), np.atleast_2d(np.cov(own.T)), count, method="eigh")
            drawn.append(StandIns(new, np.full(count, number), np.full(count, name)))
    if not drawn:
        return StandIns(np.empty((0, points.shape[1])), cluster[:0], outcome[:0])
    order = np.random.default_rng([seed, _PURPOSE]).permutation(sum(len(part.cluster) for part in drawn))
    return StandIns(*(np.concatenate(parts)[order] for parts in zip(*drawn, strict=True)))


def _rows(counts: pd.DataFrame) -> Iterator[tuple[Any, ...]]:
    return counts[["cluster", "column", "category", "patients"]].itertuples(index=False, name=None)


def _points_of_groups(
    size: float, counts: pd.Series[Any], actual: pd.Series[Any], floor: int
) -> Iterator[tuple[str, int]]:
    """Outcome and number of points of each group of one cluster that gets some.

    That a group whose count is not shown is large is told only where the other counts that are not shown may still
    be anything below the floor.
    """
    hidden, large = counts.isna(), actual >= max(floor, 2)
    yield from ((str(name), int(count)) for name, count in counts[~hidden & large].items())
    several = int((hidden & large).sum())
    if pd.isna(size) or not several:
        return
    rest = int(size - counts.sum())
    if rest >= floor * several + (floor - 1) * (int(hidden.sum()) - several):
        yield from ((str(name), rest // several) for name in counts.index[hidden & large])
