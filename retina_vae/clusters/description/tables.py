"""All tables that describe the clusters."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from retina_vae.cluster_settings import DescriptionSettings
from retina_vae.clusters.description.cluster_rules import rule_table
from retina_vae.clusters.description.crosstable import CrossTable, best_cross_table
from retina_vae.clusters.description.decision_tree import TreeFidelity, fit_leaves, measure_fidelity
from retina_vae.clusters.description.differences import difference_table
from retina_vae.clusters.description.medoid import find_medoids
from retina_vae.clusters.description.profiles import profile_table
from retina_vae.clusters.description.separation import SEPARATION_COLUMNS, Separation, measure_separation
from retina_vae.cohort import CohortSchema
from retina_vae.errors import InputError
from retina_vae.progress import Advance, silent

__all__ = ["DESCRIPTION_PARTS", "DescriptionTables", "describe"]

DESCRIPTION_PARTS = 5
"""Of the work of :func:`describe`, as its progress is told."""

_MEASURES = ["measure", "outcome", "value", "low", "high", "detail"]


@dataclass(frozen=True, eq=False)
class DescriptionTables:
    """The tables, as docs/architecture.md describes them.

    Attributes:
        profiles: What each cluster holds against all other patients.
        differences: A test per cluster and column.
        rules: The shortest rule of each cluster.
        structure: ``measure, outcome, value, low, high`` (95 %, empty where there is no interval), ``detail``:
            ``tree_accuracy, tree_ari, tree_leaves`` of the tree that the rules come from, ``cross_table_ami,
            cross_table_ari, cross_table_cells`` of the best cross-table of the inputs; for each outcome with categories
            ``within_auc, within_auc_one_model``, the mean area under the ROC curve of its categories within the
            clusters.
        separation: For each outcome with categories, how well these are distinguished in each cluster, and among all
            patients (cluster 0).
    """

    profiles: pd.DataFrame
    differences: pd.DataFrame
    rules: pd.DataFrame
    structure: pd.DataFrame
    separation: pd.DataFrame


def describe(
    patients: pd.DataFrame,
    assignments: pd.DataFrame,
    schema: CohortSchema,
    settings: DescriptionSettings,
    seen: Collection[str] = (),
    decoded: pd.DataFrame | None = None,
    advance: Advance = silent,
) -> DescriptionTables:
    """Say what the clusters hold: by profiles, tests, rules, a cross-table, and the outcomes within them.

    Computed on one thread, so that the same input gives the same bytes everywhere.

    Args:
        patients: A validated patient table.
        assignments: Of the same patients in the same order: the schema's identifier and ``cluster``.
        schema: The schema of the patients.
        settings: How to describe.
        seen: Names of columns that are no inputs and that the clustered model learned from all the same, such as the
            outcome of a supervised one.
        decoded: What its decoder says at each cluster's centre: ``cluster, column, category, mean``; None where it
            cannot say it in the columns' units.
        advance: Is told which of the ``DESCRIPTION_PARTS`` parts are done.

    Raises:
        InputError: The assignments are those of other patients.
        ValueError: ``seen`` names a column that the schema does not have.
    """
    _check(patients, assignments, schema, seen)
    clusters = assignments["cluster"].to_numpy(dtype=np.int64)
    outcomes = [column for column in schema.outcomes if not column.numeric]
    with threadpool_limits(1):
        leaves = fit_leaves(patients, clusters, schema, settings.conditions)
        fidelity = measure_fidelity(patients, clusters, schema, settings)
        advance(1, "rules")
        separations = [measure_separation(patients, clusters, schema, outcome, settings) for outcome in outcomes]
        advance(2, "outcomes")
        table = best_cross_table(patients, clusters, schema, settings.patients, settings.seed)
        advance(3, "cross-tables")
        medoids = find_medoids(patients, clusters, schema)
        advance(4, "typical patients")
        differences = difference_table(patients, clusters, schema, seen, settings.seed)
        advance(DESCRIPTION_PARTS, "differences")
        return DescriptionTables(
            profiles=profile_table(patients, clusters, schema, medoids, decoded),
            differences=differences,
            rules=rule_table(patients, clusters, leaves),
            structure=_structure(clusters, fidelity, len(leaves), table, separations),
            separation=_stacked([separation.table for separation in separations]),
        )


def _stacked(tables: list[pd.DataFrame]) -> pd.DataFrame:
    """The rows of every outcome; the head alone where there is none."""
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=SEPARATION_COLUMNS)


def _structure(
    clusters: NDArray[np.int64], fidelity: TreeFidelity, leaves: int, table: CrossTable, separations: list[Separation]
) -> pd.DataFrame:
    largest = np.unique(clusters, return_counts=True)[1].max() / len(clusters)
    folds, nothing = f"{fidelity.folds}-fold cross-validation", (np.nan, np.nan)
    accuracy = f"{folds}; naming the largest cluster always would reach {largest:.2f}"
    rows: list[tuple[Any, ...]] = [
        ("tree_accuracy", "", *fidelity.accuracy, accuracy),
        ("tree_ari", "", *fidelity.ari, f"{folds}; 1 would be the clusters themselves, 0 is chance"),
        ("tree_leaves", "", leaves, *nothing, "of the tree fitted to all patients, which the rules are read from"),
        ("cross_table_ami", "", table.ami, *nothing, table.words),
        ("cross_table_ari", "", table.ari, *nothing, table.words),
        ("cross_table_cells", "", table.cells, *nothing, table.words),
    ]
    for separation in separations:
        outcome, measured = separation.table["outcome"].iloc[0], int(separation.table["auc"].iloc[1:].notna().sum())
        own = f"a regression of its own in each of {measured} clusters, {folds}; mean weighted by patients"
        one = "one regression of all patients; mean over the same clusters, patients and categories"
        rows += [
            ("within_auc", outcome, *separation.within, own),
            ("within_auc_one_model", outcome, *separation.within_by_all, one),
            ("within_auc_gain", outcome, *separation.gain, "the former less the latter; paired interval"),
        ]
    return pd.DataFrame(rows, columns=_MEASURES)


def _check(patients: pd.DataFrame, assignments: pd.DataFrame, schema: CohortSchema, seen: Collection[str]) -> None:
    if assignments[schema.identifier].tolist() != patients[schema.identifier].tolist():
        raise InputError(
            f"clusters: expected assignments of the cohort's {len(patients)} patients in their order, found "
            f"{len(assignments)} assignments that do not fit. Run `snakemake --cores 8` to make them again."
        )
    unknown = set(seen) - {column.name for column in schema.columns}
    if unknown:
        raise ValueError(f"seen: expected columns of the schema, got {sorted(unknown)}.")
