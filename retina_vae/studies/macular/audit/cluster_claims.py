"""The paper's claims on what its clusters hold, tested on any partition of the patients."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pandas as pd

from retina_vae.studies.macular.audit.claim_result import DOES_NOT_APPLY, ClaimResult

__all__ = ["all_asian", "disease_mixture", "findings_never_mix", "haemorrhage_mixed", "median_ages"]

ASIAN_CLUSTERS = frozenset({1, 4, 6, 8, 11, 12})
ALL_THREE_CLUSTERS = frozenset({4, 5, 6, 8, 9, 10, 12, 14})
TWO_DISEASE_CLUSTERS = frozenset({1, 2, 3, 7, 11, 13})
YOUNGEST_CLUSTERS, YOUNGEST_MEDIAN = frozenset({2, 12, 14}), 39
OLDEST_CLUSTERS, OLDEST_MEDIAN = frozenset({3, 4, 9}), 79
PAPER_CLUSTERS = 14
MEDIAN_TOLERANCE = 2.0
"""Years; about twice the standard error of the median age of 150 patients."""
_FEWEST_UNMIXED = 4
"""Clusters that polyps and sex need to be unmixed."""


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
    if len(mixed) < _FEWEST_UNMIXED:
        return _not_of_fourteen(len(mixed), figures)
    largest = max(figures["largest minority share of polyps"], figures["largest minority share of sex"])
    most = f"{100 * largest:.1f}\N{NO-BREAK SPACE}%"
    miss = f"{int(mixed.sum())} of {len(mixed)} clusters mix them; the rarer value has up to {most} of one"
    return ClaimResult(not mixed.any(), figures, miss=miss if mixed.any() else "")


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
    detail = f"all-Asian: {_numbers(found)}"
    if len(share) != PAPER_CLUSTERS:
        return _not_of_fourteen(len(share), figures, detail)
    holds = found == ASIAN_CLUSTERS if published else len(found) == len(ASIAN_CLUSTERS)
    miss = f"{len(found)} clusters are all-Asian, not 6"
    if published:
        miss = _differing({"all-Asian": (found, ASIAN_CLUSTERS)})
    return ClaimResult(
        holds, figures, detail, "" if holds else f"{miss}; {nearly} are so at 95\N{NO-BREAK SPACE}% or more"
    )


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
    alone = int((minority["count"] == 0).sum())
    miss = f"{alone} of {len(minority)} clusters have patients with or without it only" if alone else ""
    return ClaimResult(not alone, figures, miss=miss)


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
    detail = f"all three: {_numbers(three)}, CSCR and PCV only: {_numbers(two)}"
    if len(present) != PAPER_CLUSTERS:
        return _not_of_fourteen(len(present), figures, detail)
    holds = (len(three), len(two)) == (len(ALL_THREE_CLUSTERS), len(TWO_DISEASE_CLUSTERS))
    miss = f"{len(three)} clusters hold all three, not 8, and {len(two)} only CSCR and PCV, not 6"
    if published:
        holds = three == ALL_THREE_CLUSTERS and two == TWO_DISEASE_CLUSTERS
        if (len(three), len(two)) == (len(ALL_THREE_CLUSTERS), len(TWO_DISEASE_CLUSTERS)):
            miss = "as many as said, but others"
        miss += f": {_differing({'all three': (three, ALL_THREE_CLUSTERS), 'two': (two, TWO_DISEASE_CLUSTERS)})}"
    return ClaimResult(holds, figures, detail, "" if holds else miss)


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
    detail = f"youngest {words[0]}, oldest {words[1]}"
    if len(medians) != PAPER_CLUSTERS:
        return _not_of_fourteen(len(medians), figures, detail)
    miss = f"median ages are off by up to {near[0]:.1f} years among the youngest and {near[1]:.1f} among the oldest"
    if published and max(near) <= MEDIAN_TOLERANCE:
        groups = {"youngest": (youngest.index, YOUNGEST_CLUSTERS), "oldest": (oldest.index, OLDEST_CLUSTERS)}
        miss = f"the ages are as said, in other clusters: {_differing(groups)}"
    return ClaimResult(bool(holds), figures, detail, "" if holds else miss)


def _not_of_fourteen(count: int, figures: dict[str, float], detail: str = "") -> ClaimResult:
    """The result of a claim about fourteen clusters where there are others."""
    miss = f"it speaks of {PAPER_CLUSTERS} clusters, and there are {count}"
    return ClaimResult(None, figures, detail, miss, DOES_NOT_APPLY)


def _differing(groups: Mapping[str, tuple[Collection[int], Collection[int]]]) -> str:
    """Which clusters are in a group and were not said to be, or the other way round; by the group's name."""
    words = []
    for name, (found, said) in groups.items():
        more, less = set(found) - set(said), set(said) - set(found)
        words += [f"{name} too {_numbers(more)}"] if more else []
        words += [f"not {name} {_numbers(less)}"] if less else []
    return ", ".join(words)


def _minority(values: pd.Series, clusters: pd.Series) -> pd.DataFrame:
    """Per cluster, ``count`` and ``share`` of the patients whose binary value is the rarer one there."""
    table = pd.crosstab(clusters.to_numpy(), values.to_numpy())
    size = table.sum(axis=1)
    count = size - table.max(axis=1)
    return pd.DataFrame({"count": count, "share": count / size})


def _numbers(clusters: Collection[int]) -> str:
    return " ".join(str(number) for number in sorted(clusters)) or "none"
