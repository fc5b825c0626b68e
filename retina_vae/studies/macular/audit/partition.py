"""Sorting patients by the rules behind the printed rows."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from retina_vae.clusters.description.conditions import Disjunction
from retina_vae.clusters.numbering import best_partners
from retina_vae.errors import InputError

__all__ = ["apply_rules", "match_rows", "numbered_like"]


def apply_rules(patients: pd.DataFrame, rules: Mapping[int, Disjunction]) -> pd.Series:
    """The row of the printed table whose rule each patient meets.

    Args:
        patients: A validated patient table with the columns that the rules name; of the published patients the
            result is the paper's partition, of others the cells of the input space that the rules name.
        rules: What holds for the patients of each row, such as
            :func:`~retina_vae.studies.macular.audit.printed_rules.parse_rules` reads.

    Returns:
        Integers named ``row``, aligned with ``patients``: 1..14, and 0 for a patient whom no rule names.

    Raises:
        InputError: A rule names a column that the patients lack, or two rules name the same patient.
    """
    found = np.zeros(len(patients), dtype=np.int64)
    for row, rule in rules.items():
        try:
            met = rule.holds(patients)
        except KeyError as error:
            raise InputError(
                f"rule of row {row}: expected patients with every column of '{rule}', got none called {error}. "
                "The audit takes tables with the paper's columns only."
            ) from None
        twice = met & (found > 0)
        if twice.any():
            raise InputError(
                f"rule of row {row}: expected rules that name each patient once, but {int(twice.sum())} patients are "
                f"also in row {int(found[twice][0])}."
            )
        found[met] = row
    return pd.Series(found, index=patients.index, name="row")


def numbered_like(clusters: pd.Series, partition: pd.Series) -> pd.Series:
    """The clusters with the numbers of the printed rows that they match best.

    Args:
        clusters: Cluster of each patient, 1..k.
        partition: Printed row of each patient, 1..14, aligned with ``clusters``.

    Returns:
        A number per patient; a cluster without a row of its own gets one above the largest row.
    """
    k, rows = int(clusters.max()), int(partition.max())
    partners = best_partners(clusters.to_numpy() - 1, partition.to_numpy() - 1, k, rows)
    alone = partners < 0
    partners[alone] = rows + np.arange(alone.sum())
    return pd.Series(partners[clusters.to_numpy() - 1] + 1, index=clusters.index, name=clusters.name)


def match_rows(clusters: pd.Series, partition: pd.Series) -> pd.DataFrame:
    """The cluster that matches each printed row, so that most patients are in a pair that matches.

    Args:
        clusters: Cluster of each patient, 1..k.
        partition: Printed row of each patient, 1..14, or 0, aligned with ``clusters``.

    Returns:
        ``row``; ``cluster``, missing where none is left that shares a patient; ``jaccard``, patients in both divided by
        those in either.
    """
    named = partition > 0
    k, rows = int(clusters.max()), int(partition.max())
    partners = best_partners(clusters[named].to_numpy() - 1, partition[named].to_numpy() - 1, k, rows)
    by_row = {int(row) + 1: cluster + 1 for cluster, row in enumerate(partners) if row >= 0}
    found = []
    for row in range(1, rows + 1):
        inside, cluster = partition == row, by_row.get(row)
        own = clusters == cluster
        shared = int((inside & own).sum())
        # Whoever is left over is matched as well, with nobody in common.
        similarity = shared / int((inside | own).sum()) if shared else np.nan
        found.append((row, cluster if shared else None, similarity))
    table = pd.DataFrame(found, columns=["row", "cluster", "jaccard"])
    return table.astype({"cluster": "Int64"})
