"""Which points the view of the latent space shows, and what is known of each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retina_vae.cohort import Column
from retina_vae.report.figures.columns import pictured_columns
from retina_vae.report.figures.groups import PatientGroups
from retina_vae.report.figures.points import coordinates
from retina_vae.report.tables import RunTables

__all__ = ["Known", "ShownPoints", "shown_points"]

FloatArray = NDArray[np.float64]

_MOST_FLAT_POINTS = 5000  # A flat plot is made of SVG elements, one per point.
_PURPOSE = 5


@dataclass(frozen=True, eq=False)
class Known:
    """What is known of each point: a column's value, or a number of its whole cluster.

    Attributes:
        column: The column.
        values: One per point; missing where it is not shown.
        of_cluster: Whether the values are means of the clusters, or of a category its shares in per cent.
        category: The category whose share it is.
        groups: The groups of patients that the values name, where the column is the outcome that makes them.
    """

    column: Column
    values: pd.Series
    of_cluster: bool = False
    category: str = ""
    groups: PatientGroups | None = None


@dataclass(frozen=True, eq=False)
class ShownPoints:
    """Points in mixed order, so that neither their place in the table nor one group above the others is seen.

    Attributes:
        codes: Shape (points, latent dimensions).
        cluster: Number of each point's cluster.
        known: The outcome where there is one, then the inputs, then what else the model does not see.
        centers: Where the label of each cluster stands, by its number; clusters without points have none.
        total: Patients of the cohort.
        stand_ins: Whether the points belong to nobody.
    """

    codes: FloatArray
    cluster: NDArray[np.int_]
    known: list[Known]
    centers: pd.DataFrame
    total: int
    stand_ins: bool


def shown_points(tables: RunTables) -> ShownPoints:
    """The released points in mixed order, with what is known of each: of patients their own values."""
    codes, stand_ins = coordinates(tables.points), tables.gate.hides
    rows = np.arange(len(codes))
    if not stand_ins:
        most = len(codes) if codes.shape[1] > 2 else _MOST_FLAT_POINTS
        # Evenly spaced rows: every group keeps its share even where the table is sorted by the outcome.
        rows = np.unique(np.linspace(0, len(codes) - 1, min(len(codes), most)).round().astype(int))
        # Those that stand for groups are mixed already.
        rows = np.random.default_rng([tables.configuration.latent.seed, _PURPOSE]).permutation(rows)
    groups, points = tables.cohort.groups, tables.points.iloc[rows]
    known = [*_outcome(groups, groups.of(points["outcome"]))]
    for column in pictured_columns(tables.schema):
        if stand_ins:
            known += _of_clusters(tables.meaning.profiles, column, points["cluster"].reset_index(drop=True))
        else:
            known.append(Known(column, tables.point_values[column.name].iloc[rows]))
    centers = pd.DataFrame(codes).groupby(tables.points["cluster"].to_numpy(dtype=int)).mean()
    cluster = points["cluster"].to_numpy(dtype=np.int_)
    return ShownPoints(codes[rows], cluster, known, centers, tables.account.patients, stand_ins)


def _outcome(groups: PatientGroups, group: NDArray[np.str_]) -> Iterator[Known]:
    if groups.column is not None:
        yield Known(groups.column, pd.Series(group, dtype=object), groups=groups)


def _of_clusters(profiles: pd.DataFrame, column: Column, cluster: pd.Series) -> Iterator[Known]:
    """What the clusters' profiles say of one column, for each of the categories that describe it."""
    found = profiles[(profiles["column"] == column.name) & profiles["statistic"].isin(["mean", "share"])]
    by = {
        str(category): part.set_index("cluster")["inside"].astype(float) for category, part in found.groupby("category")
    }
    for category in column.kind_of.described(column.categories):
        values = cluster.map(by[category])
        yield Known(column, 100 * values if category else values, of_cluster=True, category=category)
