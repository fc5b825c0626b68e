"""Who lies where in the latent space: what the maps show."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retina_vae.cohort import CohortSchema
from retina_vae.disclosure import MARK
from retina_vae.report.figures.groups import PatientGroups, join_outcome, patient_groups
from retina_vae.report.figures.space import LatentSpace, latent_space
from retina_vae.report.figures.style import Look
from retina_vae.report.standins import GroupCounts, outcome_of, stand_in_points

__all__ = ["MOST_POINTS", "PatientMap", "draw_columns", "patient_map", "stand_in_map"]

MOST_POINTS = 20_000
"""Patients that a figure shows at most; more would only print over each other."""


@dataclass(frozen=True, eq=False)
class PatientMap:
    """One posterior draw per patient, with the patient's cluster and group by the outcome.

    Attributes:
        space: The points with their axes, row i for patient i; its centers are the mean draws of the clusters.
        groups: The groups that are told apart.
        group: Name of the group of every patient that is shown.
        cluster: The cluster of every patient that is shown, from 1.
        sizes: Patients of every cluster, whether they are shown or not, indexed by the cluster.
        total: Patients of the cohort, whether they are shown or not.
        stand_ins: Whether the points belong to nobody, but stand for groups of patients.
    """

    space: LatentSpace
    groups: PatientGroups
    group: NDArray[np.str_]
    cluster: NDArray[np.int_]
    sizes: pd.Series[int]
    total: int
    stand_ins: bool = False

    def amount(self, cluster: int) -> str:
        """Patients of a cluster in words."""
        size = self.sizes[cluster]
        return MARK if pd.isna(size) else f"{size:,}"

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


def draw_columns(codes: pd.DataFrame) -> list[str]:
    """The columns of the first posterior draw, one per latent dimension, in order."""
    count = sum(column.startswith("draw_1_") for column in codes.columns)
    return [f"draw_1_{dimension}" for dimension in range(1, count + 1)]


def patient_map(
    codes: pd.DataFrame, patients: pd.DataFrame, assignments: pd.DataFrame, schema: CohortSchema
) -> PatientMap:
    """Join the codes of the reported replica with outcomes and clusters.

    Args:
        codes: One row per patient: the identifier and the first draw from q(z | x), ``draw_1_1 ..``.
        patients: The patient table.
        assignments: One row per patient: the identifier and ``cluster``.
        schema: Names of the identifier and of the outcome.
    """
    columns, joined = draw_columns(codes), _joined(codes, patients, assignments, schema)
    sizes = assignments["cluster"].value_counts().sort_index()
    centers = joined.groupby("cluster")[columns].mean().to_numpy(dtype=float)
    # Evenly spaced rows: every group keeps its share even where the table is sorted by the outcome.
    rows = np.unique(np.linspace(0, len(joined) - 1, min(len(joined), MOST_POINTS)).round().astype(int))
    shown, groups = joined.iloc[rows], patient_groups(patients, schema)
    return PatientMap(
        space=latent_space(shown[columns].to_numpy(dtype=float), centers),
        groups=groups,
        group=groups.of_patients(shown),
        cluster=shown["cluster"].to_numpy(dtype=int),
        sizes=sizes,
        total=len(joined),
    )


def stand_in_map(
    codes: pd.DataFrame,
    patients: pd.DataFrame,
    assignments: pd.DataFrame,
    schema: CohortSchema,
    counts: GroupCounts,
    floor: int,
    seed: int,
) -> PatientMap:
    """The map of points that stand for groups of at least ``floor`` patients; clusters without points are left out.

    Args:
        codes: As in :func:`patient_map`, and so the next three.
        patients: The patient table.
        assignments: The cluster of every patient.
        schema: Of the patient table.
        counts: How many patients each cluster is shown to have, in all and by outcome.
        floor: Fewest patients of a group.
        seed: Of the points.
    """
    joined = _joined(codes, patients, assignments, schema)
    points, groups = joined[draw_columns(codes)].to_numpy(dtype=float), patient_groups(patients, schema)
    cluster = joined["cluster"].to_numpy(dtype=int)
    made = stand_in_points(points, cluster, outcome_of(joined, schema), counts, floor, seed)
    shown = np.unique(made.cluster)
    means = [made.points[made.cluster == number].mean(axis=0) for number in shown]
    centers = np.stack(means) if means else np.empty((0, points.shape[1]))
    space = latent_space(made.points, centers)
    group = groups.of(pd.Series(made.outcome, dtype=object))
    return PatientMap(space, groups, group, made.cluster, counts.sizes.reindex(shown), len(joined), stand_ins=True)


def _joined(
    codes: pd.DataFrame, patients: pd.DataFrame, assignments: pd.DataFrame, schema: CohortSchema
) -> pd.DataFrame:
    key = schema.identifier
    outcomes = join_outcome(codes[[key, *draw_columns(codes)]], patients, schema)
    return outcomes.merge(assignments[[key, "cluster"]], on=key, validate="one_to_one")
