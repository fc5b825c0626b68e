"""All tables on what the clusters mean."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from retina_vae.clusters.description.cluster_rules import rule_table
from retina_vae.clusters.description.crosstable import CrossTable, best_cross_table
from retina_vae.clusters.description.decision_tree import TreeFidelity, fit_leaves, measure_fidelity
from retina_vae.clusters.description.differences import difference_table
from retina_vae.clusters.description.medoid import find_medoids
from retina_vae.clusters.description.profiles import profile_table
from retina_vae.clusters.description.separation import Separation, measure_separation
from retina_vae.cohort import CohortSchema
from retina_vae.errors import InputError
from retina_vae.settings import DescriptionSettings

__all__ = ["DescriptionTables", "describe"]


@dataclass(frozen=True, eq=False)
class DescriptionTables:
    """The tables, as docs/architecture.md describes them.

    Attributes:
        profiles: What each cluster holds against all other patients.
        differences: A test per cluster and column.
        rules: The shortest rule of each cluster.
        structure: ``measure, value, low, high`` (95 %, empty where there is no interval), ``detail``: ``tree_accuracy,
            tree_ari, tree_leaves`` of the tree that the rules come from, ``cross_table_ami, cross_table_ari,
            cross_table_cells`` of the best cross-table of the inputs, ``within_auc, within_auc_one_model``, the mean
            area under the ROC curve of the diagnoses within the clusters.
        separation: How well the diagnoses are told apart in each cluster, and among all patients (cluster 0).
    """

    profiles: pd.DataFrame
    differences: pd.DataFrame
    rules: pd.DataFrame
    structure: pd.DataFrame
    separation: pd.DataFrame


def describe(
    patients: pd.DataFrame,
    assignments: pd.DataFrame,
    means: NDArray[np.floating],
    schema: CohortSchema,
    settings: DescriptionSettings,
    held_out: Collection[str],
    decoded: pd.DataFrame | None = None,
) -> DescriptionTables:
    """Say what the clusters mean: by profiles, tests, rules, a cross-table, and the diagnoses within them.

    Computed on one thread, so that the same input gives the same bytes everywhere.

    Args:
        patients: A validated patient table.
        assignments: Of the same patients in the same order: the schema's identifier and ``cluster``.
        means: Posterior means of the replica that is reported, shape (patients, d).
        schema: The schema of the patients.
        settings: How to describe.
        held_out: Names of the columns that the clustered model did not read, in its input or its objective.
        decoded: What its decoder says at each cluster's centre: ``cluster, column, category, mean``; None where it
            cannot say it in the columns' units.

    Raises:
        InputError: The assignments or the means are those of other patients.
        ValueError: ``held_out`` names a column that the schema does not have.
    """
    _check(patients, assignments, means, schema, held_out)
    clusters = assignments["cluster"].to_numpy(dtype=np.int64)
    with threadpool_limits(1):
        leaves = fit_leaves(patients, clusters, schema, settings.conditions)
        fidelity = measure_fidelity(patients, clusters, schema, settings)
        separation = measure_separation(patients, clusters, schema, settings)
        table = best_cross_table(patients, clusters, schema)
        medoids = find_medoids(means, clusters, settings.seed)
        return DescriptionTables(
            profiles=profile_table(patients, clusters, schema, medoids, decoded),
            differences=difference_table(patients, clusters, schema, held_out, settings.seed),
            rules=rule_table(patients, clusters, leaves),
            structure=_structure(clusters, fidelity, len(leaves), table, separation),
            separation=separation.table,
        )


def _structure(
    clusters: NDArray[np.int64], fidelity: TreeFidelity, leaves: int, table: CrossTable, separation: Separation
) -> pd.DataFrame:
    largest = np.unique(clusters, return_counts=True)[1].max() / len(clusters)
    folds, measured = f"{fidelity.folds}-fold cross-validation", int(separation.table["auc"].iloc[1:].notna().sum())
    accuracy = f"{folds}; naming the largest cluster always would reach {largest:.2f}"
    own = f"a regression of its own in each of {measured} clusters, {folds}; mean weighted by patients"
    one = "one regression of all patients; mean over the same clusters, patients and diagnoses"
    rows: list[tuple[Any, ...]] = [
        ("tree_accuracy", *fidelity.accuracy, accuracy),
        ("tree_ari", *fidelity.ari, f"{folds}; 1 would be the clusters themselves, 0 is chance"),
        ("tree_leaves", leaves, np.nan, np.nan, "of the tree fitted to all patients, which the rules are read from"),
        ("cross_table_ami", table.ami, np.nan, np.nan, table.words),
        ("cross_table_ari", table.ari, np.nan, np.nan, table.words),
        ("cross_table_cells", table.cells, np.nan, np.nan, table.words),
        ("within_auc", separation.within, np.nan, np.nan, own),
        ("within_auc_one_model", separation.within_by_all, np.nan, np.nan, one),
    ]
    return pd.DataFrame(rows, columns=["measure", "value", "low", "high", "detail"])


def _check(
    patients: pd.DataFrame,
    assignments: pd.DataFrame,
    means: NDArray[np.floating],
    schema: CohortSchema,
    held_out: Collection[str],
) -> None:
    if assignments[schema.identifier].tolist() != patients[schema.identifier].tolist() or len(means) != len(patients):
        raise InputError(
            f"clusters: expected assignments and codes of the cohort's {len(patients)} patients in their order, found "
            f"{len(assignments)} assignments and {len(means)} codes that do not fit. Run `snakemake --cores 8` to make "
            "them again."
        )
    unknown = set(held_out) - {column.name for column in schema.columns}
    if unknown:
        raise ValueError(f"held_out: expected columns of the schema, got {sorted(unknown)}.")
