"""The typical patient of each cluster: the member whose values are the most usual ones there."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retina_vae.clusters.description.columns import observed_codes
from retina_vae.cohort import CohortSchema, Column

__all__ = ["find_medoids"]

FloatArray = NDArray[np.float64]

_ENDS = (0.01, 0.99)
"""Quantiles of a number in the cohort between which it is scaled; what lies beyond counts as these."""


def find_medoids(patients: pd.DataFrame, clusters: NDArray[np.int64], schema: CohortSchema) -> dict[int, int]:
    """The medoid of each cluster (Kaufman and Rousseeuw 1987) in the inputs: least mean distance to all members.

    The distance is Gower's (1971, https://doi.org/10.2307/2528823), the mean over the inputs of 1 for another category,
    and of the difference of two numbers as a share of their range, on the scale on which the kind of the column is
    about symmetric; two grades differ by a share of the grades. A number is ranged from its 1st to its 99th percentile
    in the cohort, so that one outlier does not silence its column; of a number that is often 0, a 0 and another number
    differ by 1. Means of such distances are those of the columns added up, so every member is looked at, at the cost of
    sorting. A value that is not observed counts as far from the others as the column's values are on average.

    Args:
        patients: The patient table.
        clusters: Cluster number of each patient, shape (patients,).
        schema: Its schema, whose inputs decide.

    Returns:
        Position of the medoid among the patients, by cluster number in ascending order; of equals the one whose
        identifier comes first as text.
    """
    ranks = patients[schema.identifier].astype(str).to_numpy(dtype=object).argsort(kind="stable").argsort()
    codes = {column.name: observed_codes(patients[column.name], column) for column in schema.inputs}
    places = {column.name: _places(codes[column.name], column) for column in schema.inputs}
    medoids = {}
    for cluster in np.unique(clusters):
        members = np.flatnonzero(clusters == cluster)
        sums = np.zeros(len(members))
        for column in schema.inputs:
            known = ~np.isnan(codes[column.name][members])
            sums += _mean_distances(places[column.name][members], known, _is_measured(column))
        # Sums of the same terms in another order differ in their last digits.
        nearest = members[sums <= sums.min() + 1e-9]
        medoids[int(cluster)] = int(nearest[ranks[nearest].argmin()])
    return medoids


def _is_measured(column: Column) -> bool:
    return column.kind_of.ordered


def _places(codes: FloatArray, column: Column) -> FloatArray:
    """The codes of categories, and what is ordered on a scale from 0 to 1; NaN where there is no size.

    Args:
        codes: Of all patients, shape (patients,); NaN where they are not observed.
        column: Their column.
    """
    if not _is_measured(column):
        return codes
    if not column.numeric:
        return codes / (len(column.categories) - 1)
    sizes = column.kind_of.transform(codes)
    sized = sizes[~np.isnan(sizes)]
    if not len(sized):
        return sizes
    low, high = np.quantile(sized, _ENDS)
    if low == high:
        low, high = sized.min(), sized.max()
    return np.clip((sizes - low) / (high - low), 0, 1) if high > low else np.where(np.isnan(sizes), np.nan, 0.0)


def _mean_distances(places: FloatArray, known: NDArray[np.bool_], measured: bool) -> FloatArray:
    """Mean distance of every member of a cluster to all whose value is observed, in one column.

    Args:
        places: Of the members, shape (members,); NaN of a value without a size, which is like its own kind alone.
        known: Whether the value is observed, shape (members,).
        measured: Whether places are on a scale; else they are equal or differ by 1.
    """
    distances = np.zeros(len(places))
    if not known.any():
        return distances
    sized = ~np.isnan(places)
    sums = _summed_differences if measured else _summed_others
    distances[sized] = (sums(places[sized]) + (known & ~sized).sum()) / known.sum()
    distances[known & ~sized] = sized.sum() / known.sum()
    distances[~known] = distances[known].mean()
    return distances


def _summed_differences(values: FloatArray) -> FloatArray:
    """Of each value the sum of its absolute differences to all, shape (values,).

    >>> _summed_differences(np.array([0.0, 1.0, 3.0]))
    array([4., 3., 5.])
    """
    different, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    here = different * counts
    before, below = np.cumsum(counts) - counts, np.cumsum(here) - here
    behind, above = len(values) - before - counts, here.sum() - below - here
    sums: FloatArray = (different * before - below) + (above - different * behind)
    return sums[place]


def _summed_others(values: FloatArray) -> FloatArray:
    """Of each value how many others are different from it, shape (values,)."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    others: FloatArray = (len(values) - counts).astype(np.float64)
    return others[place]
