"""What a Jaccard similarity says about a cluster: the thresholds of Hennig, in words.

Hennig, "Cluster-wise assessment of cluster stability", Computational Statistics & Data Analysis 52 (2007) 258-271. The
thresholds are those of the documentation of ``clusterboot`` in his R package fpc, which are meant for the mean over
bootstrap resamples: a valid, stable cluster has 0.75 or more, a highly stable one 0.85 or more; from 0.6 on there is
a pattern, but which patients belong to it is highly doubtful; a cluster below 0.6 should not be trusted; at 0.5 or less
it is dissolved.
"""

from __future__ import annotations

import math

__all__ = ["DISSOLVED", "HIGHLY_STABLE", "PATTERN", "RECOVERED", "STABLE", "VERDICTS", "verdict"]

HIGHLY_STABLE = 0.85
"""Mean Jaccard similarity from which a cluster is highly stable."""

STABLE = 0.75
"""Mean Jaccard similarity from which a cluster is stable."""

PATTERN = 0.6
"""Mean Jaccard similarity from which a cluster is a pattern whose members are doubtful."""

DISSOLVED = 0.5
"""Jaccard similarity up to which a cluster is dissolved: in one resample, and on average."""

RECOVERED = 0.75
"""Jaccard similarity from which a cluster is recovered in one resample."""

VERDICTS = ("highly stable", "stable", "pattern", "doubtful", "dissolved")
"""The verdicts on a measured cluster, the best first."""


def verdict(jaccard: float) -> str:
    """One of :data:`VERDICTS` for a mean Jaccard similarity, or ``"not measured"`` where there is none.

    >>> [verdict(jaccard) for jaccard in (0.85, 0.75, 0.6, 0.51, 0.5, float("nan"))]
    ['highly stable', 'stable', 'pattern', 'doubtful', 'dissolved', 'not measured']
    """
    if math.isnan(jaccard):
        return "not measured"
    for word, threshold in zip(VERDICTS, (HIGHLY_STABLE, STABLE, PATTERN), strict=False):
        if jaccard >= threshold:
            return word
    return "doubtful" if jaccard > DISSOLVED else "dissolved"
