"""Who lies where in the latent space: what the maps show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retina_vae.report.figures.groups import PatientGroups
from retina_vae.report.figures.space import LatentSpace, latent_space
from retina_vae.report.figures.style import Look
from retina_vae.words import MARK

__all__ = ["PatientMap", "coordinates", "patient_map"]


@dataclass(frozen=True, eq=False)
class PatientMap:
    """Points of the latent space, with the cluster and the group of each by the outcome.

    Attributes:
        space: The points with their axes; its centers are where the clusters lie that have points.
        groups: The groups that are distinguished.
        group: Name of the group of every point.
        cluster: The cluster of every point, from 1.
        sizes: Patients of every cluster that has points, whether they are shown or not, by its number.
        total: Patients of the cohort, whether they are shown or not.
        stand_ins: Whether the points belong to nobody, but stand for groups of patients.
    """

    space: LatentSpace
    groups: PatientGroups
    group: NDArray[np.str_]
    cluster: NDArray[np.int_]
    sizes: pd.Series[Any]
    total: int
    stand_ins: bool = False

    def amount(self, cluster: int) -> str:
        """Patients of a cluster in words."""
        size = self.sizes[cluster]
        return MARK if pd.isna(size) else f"{size:,.0f}"

    @property
    def clusters(self) -> list[int]:
        """The cluster numbers, in order."""
        return [int(cluster) for cluster in self.sizes.index]

    def marked(self, shown: NDArray[np.bool_] | None = None) -> list[tuple[NDArray[np.bool_], Look]]:
        """Who is in each group and how it looks, of all points or of those that are shown."""
        own = np.ones(len(self.group), dtype=np.bool_) if shown is None else shown
        return [(own & (self.group == name), look) for name, look in self.groups.looks.items()]

    @property
    def note(self) -> str:
        """What a reader must know of axes and points that are not what they seem to be; empty where all is plain."""
        shown = len(self.cluster)
        parts = ["PC: principal component (share of variance)"] if self.space.labels[0].startswith("PC") else []
        if not shown:
            return "no group of patients is large enough to be shown"
        if self.stand_ins:
            return "; ".join([*parts, "points stand for groups of patients, and are no patients"])
        parts += [f"{shown:,} of {self.total:,} patients are shown"] if shown < self.total else []
        return "; ".join(parts)


def coordinates(table: pd.DataFrame) -> NDArray[np.float64]:
    """The columns ``z_1 ..`` in order, shape (rows, dimensions)."""
    count = sum(name.startswith("z_") for name in table.columns)
    return table[[f"z_{dimension}" for dimension in range(1, count + 1)]].to_numpy(dtype=float)


def patient_map(
    points: pd.DataFrame,
    centers: pd.DataFrame,
    sizes: pd.Series[Any],
    groups: PatientGroups,
    total: int,
    *,
    stand_ins: bool = False,
) -> PatientMap:
    """The map of the released points.

    Args:
        points: ``cluster, outcome, z_1 ..``.
        centers: ``cluster, z_1 ..`` of every cluster that has points.
        sizes: Patients of every cluster, by its number; missing where they are not shown.
        groups: The groups that are distinguished.
        total: Patients of the cohort.
        stand_ins: Whether the points belong to nobody, but stand for groups of patients.
    """
    return PatientMap(
        space=latent_space(coordinates(points), coordinates(centers)),
        groups=groups,
        group=groups.of(points["outcome"]),
        cluster=points["cluster"].to_numpy(dtype=int),
        sizes=sizes.reindex(centers["cluster"].to_numpy(dtype=int)),
        total=total,
        stand_ins=stand_ins,
    )
