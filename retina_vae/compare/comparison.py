"""Two runs held against each other: settings, patients, clusters and measures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from retina_vae.compare.correspondence import Correspondence, correspond
from retina_vae.compare.measures import Findings, Measure, findings, measures
from retina_vae.compare.patients import Overlap, match_patients
from retina_vae.compare.runs import FinishedRun
from retina_vae.compare.settings import Difference, provenance_differences, setting_differences

__all__ = ["Agreement", "Comparison", "PatientCounts", "compare_runs"]


@dataclass(frozen=True)
class PatientCounts:
    """How many patients the runs have in common; None where a number is not shown.

    Attributes:
        a: Patients of A.
        b: Patients of B.
        both: Patients of both, by identifier and values, or by values alone.
        only_a: Patients of A alone.
        only_b: Patients of B alone.
        renamed: Identifiers that are in both runs, but of different patients.
        differing: Of these, how many differ in each column.
        columns_only_a: Columns that only A's patients have.
        columns_only_b: Columns that only B's patients have.
        by_content: How many of both were matched by their values alone.
        ambiguous_a: Patients of A who are in B too, but several have the same values, so that nobody is matched.
        ambiguous_b: The same of B.
        coincident: Patients of A whose values a patient of B has as well, where values do not identify patients.
    """

    a: int
    b: int
    both: int | None
    only_a: int | None
    only_b: int | None
    renamed: int | None
    differing: dict[str, int | None]
    columns_only_a: list[str]
    columns_only_b: list[str]
    by_content: int | None = 0
    ambiguous_a: int | None = 0
    ambiguous_b: int | None = 0
    coincident: int | None = 0


@dataclass(frozen=True)
class Agreement:
    """How much two clusterings of the patients in both runs agree.

    Attributes:
        clustering: "reported", or "consensus" of each run's replicas.
        ari: Adjusted Rand index (Hubert and Arabie 1985): 1 for the same groups, 0 as by chance.
        ami: Adjusted mutual information (Vinh, Epps and Bailey 2010), with the same scale.
    """

    clustering: str
    ari: float
    ami: float


@dataclass(frozen=True)
class Comparison:
    """Run A beside run B; ``agreement`` and ``correspondence`` are empty where they have no patient in common.

    Attributes:
        a: Folder of run A.
        b: Folder of run B.
        footnote: What the mark of a number that is not shown means; empty where all are shown.
        settings: Keys of the configuration that differ.
        provenance: Versions, devices and inputs that differ.
        patients: How many patients are in both.
        agreement: Of the clusterings of these.
        correspondence: Which clusters of these are the same.
        measures: What each run measured of itself.
        findings_a: What A says in words.
        findings_b: What B says in words.
    """

    a: str
    b: str
    footnote: str
    settings: list[Difference]
    provenance: list[Difference]
    patients: PatientCounts
    agreement: list[Agreement]
    correspondence: Correspondence | None
    measures: list[Measure]
    findings_a: Findings
    findings_b: Findings


def compare_runs(a: FinishedRun, b: FinishedRun) -> Comparison:
    """Hold two runs against each other: all numbers; nothing in the result names a patient."""
    overlap = match_patients(a, b)
    some = len(overlap.a) > 0
    own, other = a.clusters[overlap.a], b.clusters[overlap.b]
    consensus = a.consensus[overlap.a], b.consensus[overlap.b]
    alone = np.delete(a.clusters, overlap.a), np.delete(b.clusters, overlap.b)
    return Comparison(
        a=str(a.folder),
        b=str(b.folder),
        footnote="",
        settings=setting_differences(a, b),
        provenance=provenance_differences(a, b),
        patients=_counted(overlap, a, b),
        agreement=[_agreement("reported", own, other), _agreement("consensus", *consensus)] if some else [],
        correspondence=correspond(own, other, *alone) if some else None,
        measures=measures(a, b),
        findings_a=findings(a),
        findings_b=findings(b),
    )


def _agreement(clustering: str, a: NDArray[np.int64], b: NDArray[np.int64]) -> Agreement:
    from sklearn.metrics import adjusted_mutual_info_score, adjusted_rand_score

    return Agreement(clustering, float(adjusted_rand_score(a, b)), float(adjusted_mutual_info_score(a, b)))


def _counted(overlap: Overlap, a: FinishedRun, b: FinishedRun) -> PatientCounts:
    return PatientCounts(
        a=len(a.patients),
        b=len(b.patients),
        both=len(overlap.a),
        only_a=overlap.only_a,
        only_b=overlap.only_b,
        renamed=overlap.renamed,
        differing=dict(overlap.differing),
        columns_only_a=overlap.columns_only_a,
        columns_only_b=overlap.columns_only_b,
        by_content=overlap.by_content,
        ambiguous_a=overlap.ambiguous_a,
        ambiguous_b=overlap.ambiguous_b,
        coincident=overlap.coincident,
    )
