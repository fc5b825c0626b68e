"""A shallow decision tree that distinguishes the clusters by the inputs, and how true it is to them."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.model_selection import KFold, StratifiedKFold, cross_val_predict
from sklearn.tree import DecisionTreeClassifier

from retina_vae.cluster_settings import DescriptionSettings
from retina_vae.clusters.description.columns import Feature, feature_matrix, features_of, round_decimals
from retina_vae.clusters.description.conditions import Condition, Conjunction, Grades, Interval, OneOf
from retina_vae.cohort import CohortSchema

__all__ = ["Leaf", "TreeFidelity", "fit_leaves", "measure_fidelity", "rand_of_tables"]

FEWEST_PATIENTS = 5
"""Patients that each leaf has at least."""

_MOST_LEAVES = 16
_BOOTSTRAPS = 1000

FloatArray = NDArray[np.float64]
Labels = NDArray[np.int64]


@dataclass(frozen=True)
class Leaf:
    """A leaf of the tree: who falls into it, and the cluster that it stands for."""

    conjunction: Conjunction
    cluster: int


@dataclass(frozen=True)
class TreeFidelity:
    """How well the tree gives the clusters of patients that it was not fitted to, each with a 95 % interval."""

    accuracy: tuple[float, float, float]
    ari: tuple[float, float, float]
    folds: int


def fit_leaves(patients: pd.DataFrame, clusters: Labels, schema: CohortSchema, depth: int) -> list[Leaf]:
    """The leaves of a classification tree (Breiman et al. 1984; Gini impurity) on the inputs, depth first.

    Categories enter as one feature each, findings as 0 or 1, categories in an order as one feature per step between
    two of them, numbers rounded down to the column's round numbers
    (:func:`~retina_vae.clusters.description.columns.round_decimals`), so that every threshold is round and a rule in
    words means exactly the patients that the tree means. Those of whom a value is not observed go to the side of a
    split that suits the tree, but no condition in words holds for them. There are at most 16 leaves, or three per
    cluster if that is more. Two leaves of one parent that stand for the same cluster are one.

    Args:
        patients: The patient table.
        clusters: Cluster number of each patient, shape (patients,).
        schema: Its schema; only the inputs are looked at.
        depth: The most conditions of a leaf.
    """
    features = features_of(schema.inputs)
    matrix, decimals = _rounded(feature_matrix(patients, features), features)
    fitted = _tree(depth, len(np.unique(clusters))).fit(matrix, clusters)
    nodes = fitted.tree_

    def leaves(node: int, box: dict[str, Condition]) -> list[Leaf]:
        if nodes.children_left[node] < 0:
            cluster = int(fitted.classes_[nodes.value[node, 0].argmax()])
            return [Leaf(Conjunction(tuple(box.values())), cluster)]
        place = int(nodes.feature[node])
        low, high = _split(features[place], float(nodes.threshold[node]), int(decimals[place]), box)
        name = features[place].column.name
        found = [
            leaf
            for child, condition in ((nodes.children_left[node], low), (nodes.children_right[node], high))
            for leaf in leaves(int(child), box | {name: condition})
        ]
        if len(found) == 2 and found[0].cluster == found[1].cluster:
            return [Leaf(Conjunction(tuple(box.values())), found[0].cluster)]
        return found

    return leaves(0, {})


def measure_fidelity(
    patients: pd.DataFrame, clusters: Labels, schema: CohortSchema, settings: DescriptionSettings
) -> TreeFidelity:
    """Cross-validated accuracy of the tree, and adjusted Rand index of what it says with the clusters.

    Every patient gets the cluster that a tree fitted to the other folds says. The folds are stratified by cluster
    where each cluster has a patient for every fold. The intervals come from 1,000 resamples of the patients with what
    the trees said of them, so they leave out how much the trees themselves vary.
    """
    features = features_of(schema.inputs)
    matrix, _ = _rounded(feature_matrix(patients, features), features)
    names, truth = np.unique(clusters, return_inverse=True)
    folds = min(settings.folds, len(truth))
    kind = StratifiedKFold if np.bincount(truth).min() >= folds else KFold
    split = kind(folds, shuffle=True, random_state=settings.seed)
    said = cross_val_predict(_tree(settings.conditions, len(names)), matrix, truth, cv=split)
    table = np.bincount(truth * len(names) + said, minlength=len(names) ** 2)
    drawn = np.random.default_rng(settings.seed).multinomial(len(truth), table / len(truth), size=_BOOTSTRAPS)
    tables = np.concatenate([table[None], drawn]).reshape(-1, len(names), len(names))
    accuracy = np.trace(tables, axis1=1, axis2=2) / len(truth)
    return TreeFidelity(_with_interval(accuracy), _with_interval(rand_of_tables(tables)), folds)


def rand_of_tables(tables: NDArray[np.int64]) -> FloatArray:
    """Adjusted Rand index (Hubert and Arabie 1985) of contingency tables, shape (tables, rows, columns); 1 for 0 / 0.

    >>> rand_of_tables(np.array([[[5, 0], [0, 5]]]))
    array([1.])
    """
    both = _pairs(tables).sum(axis=(1, 2))
    rows, columns = _pairs(tables.sum(axis=2)).sum(axis=1), _pairs(tables.sum(axis=1)).sum(axis=1)
    expected = rows * columns / _pairs(tables.sum(axis=(1, 2)))
    most = (rows + columns) / 2
    alike = most == expected
    return np.where(alike, 1.0, (both - expected) / np.where(alike, 1.0, most - expected))


def _pairs(counts: NDArray[np.int64]) -> FloatArray:
    return counts * (counts - 1.0) / 2


def _with_interval(values: FloatArray) -> tuple[float, float, float]:
    """The first value, and the 2.5th and the 97.5th percentile of the others."""
    low, high = np.quantile(values[1:], [0.025, 0.975])
    return float(values[0]), float(low), float(high)


def _tree(depth: int, clusters: int) -> DecisionTreeClassifier:
    leaves = max(_MOST_LEAVES, 3 * clusters)
    # The state only decides between splits that are equally good.
    return DecisionTreeClassifier(
        max_depth=depth, max_leaf_nodes=leaves, min_samples_leaf=FEWEST_PATIENTS, random_state=0
    )


def _rounded(matrix: FloatArray, features: list[Feature]) -> tuple[FloatArray, Labels]:
    """Numbers as whole counts of their round step, the rest as it is; and the decimals of each feature's step."""
    decimals = np.zeros(len(features), dtype=np.int64)
    steps = matrix.copy()
    for place, feature in enumerate(features):
        if feature.column.numeric:
            decimals[place] = round_decimals(matrix[:, place], feature.column.kind_of.whole)
            # 0.29 * 100 is a little less than 29.
            steps[:, place] = np.floor(matrix[:, place] * 10.0 ** decimals[place] + 1e-9)
    return steps, decimals


def _split(feature: Feature, threshold: float, decimals: int, box: dict[str, Condition]) -> tuple[Condition, Condition]:
    """What a split makes of the condition on its column: below the threshold, and above."""
    column, before = feature.column, box.get(feature.column.name)
    if column.numeric:
        low, high = (before.low, before.high) if isinstance(before, Interval) else (-inf, inf)
        edge = round((np.floor(threshold) + 1) * 10.0**-decimals, max(decimals, 0))
        return Interval(column, low, edge), Interval(column, edge, high)
    if column.kind_of.ordered:
        first, last = (before.low, before.high) if isinstance(before, Grades) else (0, len(column.categories) - 1)
        step = column.categories.index(feature.category)
        return Grades(column, first, step - 1), Grades(column, step, last)
    allowed = before.allowed if isinstance(before, OneOf) else frozenset(column.categories)
    chosen = frozenset({feature.category})
    return OneOf(column, allowed - chosen), OneOf(column, allowed & chosen)
