"""The paper's eight claims, tested on a run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retina_vae.progress import Advance, counted, silent
from retina_vae.studies.macular.audit.claim_result import ClaimResult, in_words, verdict
from retina_vae.studies.macular.audit.cluster_claims import (
    all_asian,
    disease_mixture,
    findings_never_mix,
    haemorrhage_mixed,
    median_ages,
)
from retina_vae.studies.macular.audit.code_claims import (
    LOWEST_ACCURACY,
    best_latent_dim,
    diseases_separable,
    silhouette_by_k,
)
from retina_vae.studies.macular.audit.partition import numbered_like

__all__ = ["CLAIM_COLUMNS", "MOST_REPLICAS", "STATEMENTS", "check_claims"]

FloatArray = NDArray[np.float64]

MOST_REPLICAS = 16
"""Claims 2 and 7, which cost seconds per replica, look at this many replicas: the reported one and the first others."""

CLAIM_COLUMNS = (
    *("claim", "statement", "verdict", "miss", "held", "tested", "measured"),
    *("paper_verdict", "paper_miss", "paper_measured", "figure", "value", "how"),
)

STATEMENTS = {
    1: "A three-dimensional latent space trains best of two, three and four dimensions.",
    2: "Fourteen clusters form spontaneously.",
    3: "Polyps and sex never mix inside a cluster.",
    4: "Clusters 1, 4, 6, 8, 11 and 12 are all-Asian.",
    5: "Subretinal haemorrhage is mixed in every cluster.",
    6: "Eight clusters (4, 5, 6, 8, 9, 10, 12, 14) hold all three diseases, "
    "six (1, 2, 3, 7, 11, 13) only CSCR and PCV.",
    7: "Inside each cluster the diseases are separable.",
    8: "The youngest clusters are 2, 12 and 14 (median age 39 years), the oldest 3, 4 and 9 (79 years).",
}
"""The claims of https://arxiv.org/abs/1907.05195."""

_FIGURES = {
    2: "k of the widest silhouette",
    3: "clusters that mix polyps or sex",
    4: "all-Asian clusters",
    5: "clusters with one of them only",
    6: "clusters with all three",
    7: LOWEST_ACCURACY,
    8: "mean of the three lowest medians",
}
"""The figure that says most about each claim."""

_NO_LOSSES = ClaimResult(None, miss="the paper's losses are in a picture alone")
_NO_CODES = ClaimResult(None, miss="the paper's codes are not published")
_OTHER_PATIENTS = ClaimResult(None, miss="they are of other patients")

_NUMBERED = (
    "Each clustering is numbered by the printed rows that it matches best (optimal assignment); clusters without a row "
    "of their own get numbers above 14."
)
_UNNUMBERED = "These patients have no printed clusters to take numbers from: {}."
_HOW = {
    1: "Mean training loss per patient over the last tenth of the epochs, per replica; Welch's t intervals of "
    "the differences, 97.5 % each. Training loss as in the paper's Figure 3, not loss on new patients.",
    2: "K-means with k from 2 to 20 on the posterior means of 1,000 patients drawn at random, the same in every "
    "replica; holds where the mean silhouette width is largest at k = 14. One criterion of many.",
    3: "Share of patients in each cluster whose polyps or sex is the rarer there; holds where no cluster has any.",
    4: "Holds where exactly these clusters have no patient of another race.",
    5: "Holds where every cluster has a patient with and a patient without haemorrhage, however few.",
    6: "Holds where these clusters, and no others, have at least one patient of each named disease and none else.",
    7: "Logistic regression on the posterior means inside each cluster, diseases weighted equally, stratified 5-fold "
    "cross-validation; diseases with fewer than 10 patients in a cluster left out; holds where balanced accuracy is at "
    "least 0.9 in every tested cluster. A guess would reach 1 / (number of diseases). The paper's own clusters are "
    "tested with the codes of the reported replica.",
    8: "Holds where the three lowest and the three highest median ages are those of these clusters and lie within 2 "
    "years of 39 and of 79.",
}
_INSTEAD = {
    4: "the number of all-Asian clusters is tested (six)",
    6: "the numbers of such clusters are tested (eight and six of fourteen)",
    8: "the three lowest and three highest medians are tested, whatever their clusters",
}


def check_claims(
    patients: pd.DataFrame,
    partition: pd.Series,
    clusters: Mapping[int, pd.Series],
    histories: Mapping[int, pd.DataFrame],
    means: Mapping[int, FloatArray],
    reported: int,
    published: bool,
    seed: int,
    advance: Advance = silent,
) -> pd.DataFrame:
    """Test every claim on the reported clusters, on each replica and, of the paper's patients, on the printed rows.

    The verdict is that of the reported clusters; ``measured`` says how the replicas differ from them, ``held`` and
    ``tested`` in how many of them the claim holds. Beside it stands that of the paper's own clusters.

    Args:
        patients: A validated patient table.
        partition: The printed row of each patient, aligned with ``patients``.
        clusters: The clusters of each replica (1..R), aligned with ``patients``.
        histories: The training history of each latent dimension.
        means: The posterior means of each replica, shape (patients, dimensions).
        reported: The number of the reported replica.
        published: Whether the patients are the paper's, so that the printed rows can number the clusters.
        seed: Seed of subsamples, k-means starts and folds.
        advance: Is told how many claims are tested.

    Returns:
        :data:`CLAIM_COLUMNS`, as the artefact ``audit/claims.csv`` describes them; a verdict is one of
        :data:`~retina_vae.studies.macular.audit.claim_result.VERDICTS`.
    """
    costly = [reported, *(r for r in clusters if r != reported)][:MOST_REPLICAS]

    numbered = {r: numbered_like(own, partition) if published else own for r, own in clusters.items()}

    def on_partitions(test: Callable[[pd.Series], ClaimResult]) -> _Tested:
        found = {replica: test(numbered[replica]) for replica in numbered}
        return _Tested(found[reported], list(found.values()), test(partition) if published else _OTHER_PATIENTS)

    def on_codes(test: Callable[[int], ClaimResult], of_paper: ClaimResult) -> _Tested:
        found = {replica: test(replica) for replica in sorted(costly)}
        return _Tested(found[reported], list(found.values()), of_paper)

    def separable(replica: int, groups: pd.Series) -> ClaimResult:
        return diseases_separable(means[replica], patients["disease"], groups, seed)

    tests = {
        1: lambda: _Tested(best_latent_dim(histories), [], _NO_LOSSES),
        2: lambda: on_codes(lambda replica: silhouette_by_k(means[replica], seed), _NO_CODES),
        3: lambda: on_partitions(lambda groups: findings_never_mix(patients, groups)),
        4: lambda: on_partitions(lambda groups: all_asian(patients, groups, published)),
        5: lambda: on_partitions(lambda groups: haemorrhage_mixed(patients, groups)),
        6: lambda: on_partitions(lambda groups: disease_mixture(patients, groups, published)),
        7: lambda: on_codes(
            lambda replica: separable(replica, clusters[replica]),
            separable(reported, partition) if published else _OTHER_PATIENTS,
        ),
        8: lambda: on_partitions(lambda groups: median_ages(patients, groups, published)),
    }
    rows = [_row(claim, tests[claim](), published) for claim in counted(tests, advance)]
    return pd.DataFrame(rows, columns=list(CLAIM_COLUMNS))


@dataclass(frozen=True)
class _Tested:
    """A claim in the reported clusters, in each replica's (none where it is about all together), and in the paper's."""

    reported: ClaimResult
    replicas: list[ClaimResult]
    paper: ClaimResult


def _row(claim: int, found: _Tested, published: bool) -> tuple[Any, ...]:
    own, paper, figure = found.reported, found.paper, _FIGURES.get(claim, "")
    decided = [bool(result.holds) for result in found.replicas if result.holds is not None]
    return (
        *(claim, STATEMENTS[claim], verdict(own), own.miss, sum(decided), len(decided), in_words(own, found.replicas)),
        *(verdict(paper), paper.miss, in_words(paper)),
        *(figure, own.figures.get(figure, np.nan), _how(claim, published)),
    )


def _how(claim: int, published: bool) -> str:
    if claim not in _INSTEAD:
        return _HOW[claim]
    return f"{_HOW[claim]} {_NUMBERED if published else _UNNUMBERED.format(_INSTEAD[claim])}"
