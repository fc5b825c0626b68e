"""The two entries of the room: the paper's table, and a run held against it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retina_vae.cohort import CohortSchema
from retina_vae.errors import InputError
from retina_vae.progress import Advance, silent
from retina_vae.studies.macular.audit.agreement import agreement_with_paper, judge_selection
from retina_vae.studies.macular.audit.claims import check_claims
from retina_vae.studies.macular.audit.errata import find_errata
from retina_vae.studies.macular.audit.partition import apply_rules, match_rows
from retina_vae.studies.macular.audit.printed_rules import packaged_rules, parse_rules

__all__ = ["audit_rules", "audit_run"]


def audit_rules(
    patients: pd.DataFrame, schema: CohortSchema, published: bool
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame | None]:
    """The rules behind the printed Table 1, the patients sorted by them, and the table's misprints.

    Args:
        patients: A validated patient table with the paper's columns.
        schema: Its schema.
        published: Whether the patients are the paper's 3,000, whom alone the printed numbers can contradict.

    Returns:
        The rules (:func:`~retina_vae.studies.macular.audit.printed_rules.packaged_rules`); the columns
        ``patient_id, row`` with one row per patient; and the errata
        (:func:`~retina_vae.studies.macular.audit.errata.find_errata`), None where not published.

    Raises:
        InputError: The patients lack a column or a category of the paper.
    """
    rules = packaged_rules()
    rows = apply_rules(patients, parse_rules(rules, schema))
    partition = pd.DataFrame({"patient_id": patients[schema.identifier], "row": rows})
    return rules, partition, find_errata(patients, rows, schema) if published else None


def audit_run(
    patients: pd.DataFrame,
    partition: pd.DataFrame,
    assignments: pd.DataFrame,
    replicas: pd.DataFrame,
    histories: Mapping[int, pd.DataFrame],
    means: NDArray[np.floating],
    published: bool,
    seed: int,
    advance: Advance = silent,
) -> dict[str, pd.DataFrame]:
    """Hold a run's clusters against the paper.

    Args:
        patients: A validated patient table.
        partition: ``patient_id, row``, as :func:`audit_rules` returns it.
        assignments: ``patient_id, consensus_cluster, replica_1, ..``, as ``clusters/assignments.parquet`` has them.
        replicas: ``replica, loss, within_ss, mean_ari, reported``, as ``clusters/replicas.csv`` has them.
        histories: Per latent dimension, ``replica, epoch, loss`` as ``vae/d<D>/history.parquet`` has them.
        means: Posterior means of the clustered latent dimension, shape (replicas, patients, dimensions).
        published: Whether the patients are the paper's.
        seed: Seed of subsamples, k-means starts and folds.
        advance: Is told how many claims are tested.

    Returns:
        Tables named ``claims``, ``matches``, ``agreement`` and ``selection``: see
        :func:`~retina_vae.studies.macular.audit.claims.check_claims`,
        :func:`~retina_vae.studies.macular.audit.partition.match_rows`,
        :func:`~retina_vae.studies.macular.audit.agreement.agreement_with_paper` and
        :func:`~retina_vae.studies.macular.audit.agreement.judge_selection`. Equal arguments give equal tables.

    Raises:
        InputError: The tables are not about the same patients and replicas.
    """
    identifiers = patients["patient_id"]
    numbers = [int(number) for number in replicas["replica"]]
    rows = _aligned(partition, identifiers, "partition")["row"]
    assigned = _aligned(assignments, identifiers, "assignments")
    lacking = [number for number in numbers if f"replica_{number}" not in assigned.columns]
    if lacking or int(replicas["reported"].sum()) != 1:
        raise InputError(
            f"assignments, replicas: expected a column for each of {len(numbers)} replicas and one reported replica, "
            f"got no column for {lacking} and {int(replicas['reported'].sum())} reported. Make the clusters again."
        )
    clusters = {number: assigned[f"replica_{number}"] for number in numbers}
    if means.shape[:2] != (len(numbers), len(identifiers)):
        raise InputError(
            f"codes: expected those of {len(numbers)} replicas and {len(identifiers)} patients, got {means.shape[:2]}. "
            "Make the codes again."
        )
    codes = {number: own.astype(np.float64) for number, own in zip(numbers, means, strict=True)}
    reported = int(replicas.loc[replicas["reported"].astype(bool), "replica"].iloc[0])
    claims = check_claims(patients, rows, clusters, histories, codes, reported, published, seed, advance)
    agreement = agreement_with_paper(clusters, assigned["consensus_cluster"], rows)
    return {
        "claims": claims,
        "matches": match_rows(clusters[reported], rows),
        "agreement": agreement,
        "selection": judge_selection(agreement, replicas),
    }


def _aligned(table: pd.DataFrame, identifiers: pd.Series, name: str) -> pd.DataFrame:
    """The table's rows in the order of the patients, with the patients' index."""
    own = table.set_index("patient_id")
    if len(own) != len(identifiers) or not identifiers.isin(own.index).all():
        raise InputError(
            f"{name}: expected one row for each of the {len(identifiers)} patients, got {len(own)} rows or other "
            "patients. Make the tables of this run again."
        )
    return own.loc[identifiers].set_index(identifiers.index)
