"""The paper's claims on what its clusters hold, tested on any partition of the patients."""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd

from retina_vae.studies.macular.audit.claim_result import ClaimResult

__all__ = ["all_asian", "disease_mixture", "findings_never_mix", "haemorrhage_mixed", "median_ages"]

ASIAN_CLUSTERS = frozenset({1, 4, 6, 8, 11, 12})
ALL_THREE_CLUSTERS = frozenset({4, 5, 6, 8, 9, 10, 12, 14})
TWO_DISEASE_CLUSTERS = frozenset({1, 2, 3, 7, 11, 13})
YOUNGEST_CLUSTERS, YOUNGEST_MEDIAN = frozenset({2, 12, 14}), 39
OLDEST_CLUSTERS, OLDEST_MEDIAN = frozenset({3, 4, 9}), 79
MEDIAN_TOLERANCE = 2.0
"""Years; about twice the standard error of the median age of 150 patients."""


def findings_never_mix(patients: pd.DataFrame, clusters: pd.Series) -> ClaimResult:
    """Claim 3: within a cluster all patients have polyps or none has, and all are of one sex.

    Args:
        patients: A validated patient table.
        clusters: The cluster of each patient, aligned with ``patients``.
    """
    figures, mixed = {}, pd.Series(False, index=sorted(clusters.unique()))
    for column in ("polyps", "sex"):
        minority = _minority(patients[column], clusters)
        figures[f"largest minority share of {column}"] = float(minority["share"].max())
        figures[f"patients in a minority of {column}"] = float(minority["count"].sum())
        mixed |= minority["count"] > 0
    figures["clusters that mix polyps or sex"] = float(mixed.sum())
    return ClaimResult(not mixed.any(), figures)


def all_asian(patients: pd.DataFrame, clusters: pd.Series, published: bool) -> ClaimResult:
    """Claim 4: the six clusters 1, 4, 6, 8, 11, 12 are all Asian, and no others.

    Args:
        patients: A validated patient table.
        clusters: The cluster of each patient, aligned with ``patients``.
        published: Whether the numbers are the paper's; if not, only the number of such clusters is tested.
    """
    share = (patients["race"] == "Asian").groupby(clusters.to_numpy()).mean()
    found = frozenset(share.index[share == 1])
    nearly = int((share >= 0.95).sum())
    figures = {"all-Asian clusters": float(len(found)), "clusters at least 95 % Asian": float(nearly)}
    holds = found == ASIAN_CLUSTERS if published else len(found) == len(ASIAN_CLUSTERS)
    return ClaimResult(holds, figures, f"all-Asian: {_numbers(found)}")


def haemorrhage_mixed(patients: pd.DataFrame, clusters: pd.Series) -> ClaimResult:
    """Claim 5: every cluster has patients with and patients without subretinal haemorrhage.

    Args:
        patients: A validated patient table.
        clusters: The cluster of each patient, aligned with ``patients``.
    """
    minority = _minority(patients["srh"], clusters)
    figures = {
        "clusters with both": float((minority["count"] > 0).sum()),
        "clusters with one of them only": float((minority["count"] == 0).sum()),
        "smallest minority share": float(minority["share"].min()),
    }
    return ClaimResult(bool((minority["count"] > 0).all()), figures)


def disease_mixture(patients: pd.DataFrame, clusters: pd.Series, published: bool) -> ClaimResult:
    """Claim 6: eight clusters (4, 5, 6, 8, 9, 10, 12, 14) hold all three diseases, the other six CSCR and PCV only.

    Args:
        patients: A validated patient table.
        clusters: The cluster of each patient, aligned with ``patients``.
        published: Whether the numbers are the paper's; if not, only the two numbers of clusters are tested.
    """
    present = pd.crosstab(clusters.to_numpy(), patients["disease"]).reindex(columns=["ARMD", "CSCR", "PCV"]) > 0
    three = frozenset(present.index[present.all(axis=1)])
    two = frozenset(present.index[~present["ARMD"] & present["CSCR"] & present["PCV"]])
    figures = {
        "clusters with all three": float(len(three)),
        "clusters with CSCR and PCV only": float(len(two)),
        "other clusters": float(len(present) - len(three) - len(two)),
    }
    numbers = (len(three), len(two), len(present))
    holds = numbers == (len(ALL_THREE_CLUSTERS), len(TWO_DISEASE_CLUSTERS), 14)
    if published:
        holds = three == ALL_THREE_CLUSTERS and two == TWO_DISEASE_CLUSTERS
    return ClaimResult(holds, figures, f"all three: {_numbers(three)}, CSCR and PCV only: {_numbers(two)}")


def median_ages(patients: pd.DataFrame, clusters: pd.Series, published: bool) -> ClaimResult:
    """Claim 8: the youngest clusters are 2, 12, 14 (median age 39 years), the oldest 3, 4, 9 (79 years).

    The medians may differ from 39 and 79 by ``MEDIAN_TOLERANCE``.

    Args:
        patients: A validated patient table.
        clusters: The cluster of each patient, aligned with ``patients``.
        published: Whether the numbers are the paper's; if not, only the medians are tested.
    """
    medians = patients["age"].groupby(clusters.to_numpy()).median().sort_values(kind="stable")
    youngest, oldest = medians.head(3), medians.tail(3)
    near = [(youngest - YOUNGEST_MEDIAN).abs().max(), (oldest - OLDEST_MEDIAN).abs().max()]
    holds = max(near) <= MEDIAN_TOLERANCE
    if published:
        holds = holds and frozenset(youngest.index) == YOUNGEST_CLUSTERS and frozenset(oldest.index) == OLDEST_CLUSTERS
    figures = {
        "mean of the three lowest medians": float(youngest.mean()),
        "mean of the three highest medians": float(oldest.mean()),
    }
    words = [", ".join(f"{number} ({age:.1f})" for number, age in group.items()) for group in (youngest, oldest)]
    return ClaimResult(bool(holds), figures, f"youngest {words[0]}, oldest {words[1]}")


def _minority(values: pd.Series, clusters: pd.Series) -> pd.DataFrame:
    """Per cluster, ``count`` and ``share`` of the patients whose binary value is the rarer one there."""
    table = pd.crosstab(clusters.to_numpy(), values.to_numpy())
    size = table.sum(axis=1)
    count = size - table.max(axis=1)
    return pd.DataFrame({"count": count, "share": count / size})


def _numbers(clusters: Collection[int]) -> str:
    return " ".join(str(number) for number in sorted(clusters)) or "none"
