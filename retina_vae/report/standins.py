"""Points that stand for groups of patients, where the patients' own codes must not be shown.

A code can be decoded into a patient, so a picture of codes is a table of patients. Draws from the normal distribution
of a group show where the group lies and how it spreads, and belong to nobody.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retina_vae.cohort import CohortSchema

__all__ = ["StandIns", "stand_in_points"]

FloatArray = NDArray[np.float64]

_PURPOSE = 4


class StandIns(NamedTuple):
    """Points of shape (n, d) with the cluster and the diagnosis of the group that each stands for, in mixed order."""

    points: FloatArray
    cluster: NDArray[np.int_]
    diagnosis: NDArray[np.str_]


def stand_in_points(
    points: FloatArray,
    cluster: NDArray[np.int_],
    diagnosis: NDArray[np.str_],
    table1: pd.DataFrame,
    schema: CohortSchema,
    floor: int,
    seed: int,
) -> StandIns:
    """Draws from the normal distribution fitted to each group of patients of one cluster and one diagnosis.

    Groups of fewer than ``floor`` patients get no points, nor does a single patient. How many points a group gets
    follows from what Table 1 shows: as many as its count; where that is not shown, an even part of the patients of the
    cluster whose counts are not. A group's points themselves depend on the group and the seed alone.

    Args:
        points: A code of each patient, shape (patients, d).
        cluster: Number of each patient's cluster, shape (patients,).
        diagnosis: Of each patient, shape (patients,).
        table1: Table 1 of the run; counts that are not shown are missing.
        schema: Of the patient table; names the diagnoses.
        floor: Fewest patients of a group.
        seed: Of the draws.
    """
    drawn = []
    for number, row in table1.set_index("cluster").iterrows():
        inside = cluster == number
        actual = pd.Series(diagnosis[inside]).value_counts().reindex(schema.diagnosis.categories, fill_value=0)
        for name, count in _points_of_groups(row, actual, floor):
            own = points[inside & (diagnosis == name)].astype(np.float64)
            rng = np.random.default_rng([seed, _PURPOSE, int(str(number)), schema.diagnosis.categories.index(name)])
            new = rng.multivariate_normal(own.mean(axis=0), np.atleast_2d(np.cov(own.T)), count, method="eigh")
            drawn.append(StandIns(new, np.full(count, number), np.full(count, name)))
    if not drawn:
        return StandIns(np.empty((0, points.shape[1])), cluster[:0], diagnosis[:0])
    order = np.random.default_rng([seed, _PURPOSE]).permutation(sum(len(part.cluster) for part in drawn))
    return StandIns(*(np.concatenate(parts)[order] for parts in zip(*drawn, strict=True)))


def _points_of_groups(row: pd.Series, actual: pd.Series, floor: int) -> Iterator[tuple[str, int]]:
    """Diagnosis and number of points of each group of one cluster that gets some.

    That a group whose count is not shown is large is told only where the other counts that are not shown may still
    be anything below the floor.
    """
    counts = pd.Series({name: row[name.lower()] for name in actual.index}, dtype="Float64")
    hidden, large = counts.isna(), actual >= max(floor, 2)
    yield from ((str(name), int(count)) for name, count in counts[~hidden & large].items())
    several = int((hidden & large).sum())
    if pd.isna(row["size"]) or not several:
        return
    rest = int(row["size"] - counts.sum())
    if rest >= floor * several + (floor - 1) * (int(hidden.sum()) - several):
        yield from ((str(name), rest // several) for name in counts.index[hidden & large])
