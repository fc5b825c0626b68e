"""Points that stand for groups of patients, where the patients' own codes must not be shown.

A code can be decoded into a patient, so a picture of codes is a table of patients. Draws from the normal distribution
of a group show where the group lies and how it spreads, and belong to nobody.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retina_vae.clusters.description.group_counts import GroupCounts

__all__ = ["StandIns", "stand_in_points"]

FloatArray = NDArray[np.float64]

_PURPOSE = 4


class StandIns(NamedTuple):
    """Points of shape (n, d) with the cluster and the outcome of the group that each stands for, in mixed order."""

    points: FloatArray
    cluster: NDArray[np.int_]
    outcome: NDArray[np.str_]


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
        outcome: Of each patient, as from :func:`retina_vae.release.groups.outcome_of`.
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
