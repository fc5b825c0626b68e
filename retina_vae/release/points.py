"""What the maps of the latent space are drawn from: patients, or where these must not be shown, points for groups."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retina_vae.clusters.description.group_counts import group_counts
from retina_vae.release.context import Context
from retina_vae.release.counts import release_counts
from retina_vae.release.groups import outcome_of
from retina_vae.release.standins import stand_in_points

__all__ = ["MOST_POINTS", "Points", "map_points", "posterior_points"]

MOST_POINTS = 20_000
"""Patients that a picture shows at most; more would only print over each other."""


class Points(NamedTuple):
    """Points of the latent space.

    Attributes:
        points: ``cluster, outcome`` (empty where it is not observed or there is none)``, z_1 ..``.
        values: What each column of the schema is of the same points; without columns where they are no patients.
        centers: ``cluster, z_1 ..``: the mean of each cluster that has points, whether all of them are drawn or not.
    """

    points: pd.DataFrame
    values: pd.DataFrame
    centers: pd.DataFrame


def map_points(context: Context, codes: pd.DataFrame, seed: int) -> Points:
    """One point per patient; or, where small cells are hidden, points that stand for groups.

    A code can be decoded into a patient, so that with hidden cells no patient's may be among them.

    Args:
        context: Of the run.
        codes: The identifier and a code of every patient of the reported replica: its posterior mean, or one draw.
        seed: Of the points that stand for groups.
    """
    key, schema = context.schema.identifier, context.schema
    names = [name for name in codes.columns if name != key]
    places = [f"z_{place}" for place in range(1, len(names) + 1)]
    clusters = pd.DataFrame({key: context.patients[key], "_cluster": context.clusters.to_numpy()})
    joined = codes.merge(context.patients, on=key, validate="one_to_one").merge(clusters, on=key, validate="one_to_one")
    cluster, outcome = joined["_cluster"].to_numpy(dtype=np.int64), outcome_of(joined, schema)
    if context.hides:
        return _stand_ins(context, joined[names].to_numpy(dtype=np.float64), cluster, outcome, seed)
    centers = joined.groupby("_cluster")[names].mean().set_axis(places, axis=1)
    rows = evenly(len(joined))
    points = joined[names].set_axis(places, axis=1)
    points.insert(0, "cluster", cluster)
    points.insert(1, "outcome", outcome)
    values = joined.iloc[rows][[column.name for column in schema.columns]].reset_index(drop=True)
    return Points(points.iloc[rows].reset_index(drop=True), values, centers.rename_axis("cluster").reset_index())


def posterior_points(context: Context, posterior: pd.DataFrame) -> pd.DataFrame:
    """Posteriors of patients for a picture; of nobody where small cells are hidden.

    Args:
        context: Of the run.
        posterior: The identifier, ``mean_<j>`` and ``covariance_<i>_<j>`` of every patient.

    Returns:
        ``outcome, mean_1 .., covariance_1_1 ..``, without identifiers.
    """
    key = context.schema.identifier
    outcomes = pd.DataFrame({key: context.patients[key], "_outcome": outcome_of(context.patients, context.schema)})
    joined = posterior.merge(outcomes, on=key, validate="one_to_one")
    shown = joined.iloc[[] if context.hides else evenly(len(joined))].reset_index(drop=True)
    measures = shown.drop(columns=[key, "_outcome"])
    measures.insert(0, "outcome", shown["_outcome"].astype(object))
    return measures


def evenly(count: int, most: int = MOST_POINTS) -> NDArray[np.int_]:
    """Evenly spaced rows: every group keeps its share even where the table is sorted by the outcome."""
    return np.unique(np.linspace(0, count - 1, min(count, most)).round().astype(int))


def _stand_ins(
    context: Context, codes: NDArray[np.float64], cluster: NDArray[np.int64], outcome: NDArray[np.str_], seed: int
) -> Points:
    sizes = context.sizes.astype("Int64").mask(context.hidden_sizes)
    counts = group_counts(sizes, release_counts(context.counts, context), context.schema)
    made = stand_in_points(codes, cluster, outcome, counts, context.floor, seed)
    points = pd.DataFrame(made.points, columns=[f"z_{place}" for place in range(1, codes.shape[1] + 1)])
    centers = points.groupby(made.cluster).mean().rename_axis("cluster").reset_index()
    points.insert(0, "cluster", made.cluster.astype(np.int64))
    points.insert(1, "outcome", made.outcome.astype(object))
    return Points(points, pd.DataFrame(index=points.index), centers)
