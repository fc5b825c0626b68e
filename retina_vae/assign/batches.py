"""Whether a batch of new patients, as a whole, is less typical than the cohort.

Where the batch is like the cohort, its scores and those of held-out patients are exchangeable, so every choice of m of
the n + m scores is as probable to be the batch: a permutation test is exact (Fisher 1935; Lehmann and Romano 2005,
section 15.2), whatever the model.
"""

from __future__ import annotations

from itertools import combinations
from math import comb

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

__all__ = ["DRAWS", "batch_p_value"]

FloatArray = NDArray[np.float64]

DRAWS = 9_999
"""Permutations that are drawn where there are more than can be listed."""

_MOST_REFERENCE = 20_000


def batch_p_value(reference: FloatArray, batch: FloatArray, draws: int = DRAWS, seed: int = 1) -> float:
    """Probability that a batch like the cohort would look as untypical as this one.

    Three linear rank statistics are computed of the ranks u = r / (n + m + 1) of the batch's m scores among all: the
    mean of -u (Wilcoxon), which tells a small shift of everybody, of -log u (Savage; Fisher's combination of p-values),
    and of u^(-1/2), which tell a few patients who are far out. The smallest of their three p-values is compared with
    the same minimum of other permutations, so that looking three times costs nothing of the size (Westfall and Young
    1993, section 2.3). It is one-sided: a batch that is more typical than the cohort has a p-value near 1.

    Args:
        reference: Scores of n patients by models that were not trained on them; of more than 20,000, as many are drawn.
        batch: Scores of m new patients.
        draws: Permutations, unless there are no more in all: then each is counted once.
        seed: Of the permutations.
    """
    rng = np.random.default_rng(seed)
    if len(reference) > _MOST_REFERENCE:
        reference = rng.choice(reference, _MOST_REFERENCE, replace=False)
    total, size = len(reference) + len(batch), len(batch)
    ranks = rankdata(np.concatenate([reference, batch])) / (total + 1)
    scores = np.column_stack([-ranks, -np.log(ranks), ranks**-0.5])
    if comb(total, size) <= draws:
        # The batch itself is one of them, the last.
        listed = np.array([scores[list(chosen)].sum(axis=0) for chosen in combinations(range(total), size)])
        smallest = _smallest(listed)[::-1]
    else:
        own = scores[len(reference) :].sum(axis=0)
        smallest = _smallest(np.vstack([own, _permuted(scores, size, draws, rng)]))
    return float((smallest <= smallest[0]).mean())


def _permuted(scores: FloatArray, size: int, draws: int, rng: np.random.Generator) -> FloatArray:
    """Sums over random sets of ``size`` rows, shape (draws, statistics)."""
    total = len(scores)
    fewer = min(size, total - size)
    sums = np.empty((draws, scores.shape[1]))
    for draw in range(draws):
        sums[draw] = scores[rng.choice(total, fewer, replace=False, shuffle=False)].sum(axis=0)
    return sums if fewer == size else scores.sum(axis=0) - sums


def _smallest(sums: FloatArray) -> NDArray[np.int64]:
    """Of each row, the smallest over the statistics of how many rows have a sum no smaller, but for rounding."""
    sums = np.round(sums, 9)
    counts = [len(column) - np.searchsorted(np.sort(column), column, side="left") for column in sums.T]
    return np.min(counts, axis=0)
