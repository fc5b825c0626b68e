"""Whether chains have settled: split R-hat and the effective sample size, both of ranks.

Vehtari, Gelman, Simpson, Carpenter and Buerkner 2021, Rank-normalization, folding, and localization: an improved R-hat
for assessing convergence of MCMC.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri
from scipy.stats import rankdata

__all__ = ["effective_sample_size", "r_hat"]

FloatArray = NDArray[np.float64]


def r_hat(draws: FloatArray) -> float:
    """The larger of the rank-normalised split R-hat and that of the folded draws.

    1 where halves of chains agree in place and in scale. Not a number where all draws are equal.

    Args:
        draws: Shape (chains, draws), 4 draws at least.

    Raises:
        ValueError: There are fewer.
    """
    halves = _halves(draws)
    folded = np.abs(halves - np.median(halves))
    return max(_plain_r_hat(_rank_normalised(halves)), _plain_r_hat(_rank_normalised(folded)))


def effective_sample_size(draws: FloatArray) -> float:
    """Of how many independent draws the mean of the ranks would be as sure: bulk-ESS.

    Autocorrelations (equation 10) are added in pairs as long as these are positive and made to fall (Geyer 1992). At
    most S log10 S of S draws. Not a number where all draws are equal.

    Args:
        draws: Shape (chains, draws), 4 draws at least.

    Raises:
        ValueError: There are fewer.
    """
    values = _rank_normalised(_halves(draws))
    chains, length = values.shape
    within, total = _variances(values)
    if not total > 0:
        return math.nan
    covariances = np.stack([_autocovariance(chain) for chain in values]).mean(axis=0)
    correlations = 1 - (within - covariances * length / (length - 1)) / total
    correlations[0] = 1.0
    even = len(correlations) // 2 * 2
    pairs = correlations[:even].reshape(-1, 2).sum(axis=1)
    positive = len(pairs) if (pairs > 0).all() else int(np.argmax(pairs <= 0))
    time = -1 + 2 * np.minimum.accumulate(pairs[: max(1, positive)]).sum()
    count = chains * length
    return float(count / max(time, 1 / math.log10(count)))


def _halves(draws: FloatArray) -> FloatArray:
    """Each chain as two; the middle one of an odd number of draws is left out."""
    length = draws.shape[1] // 2
    if length < 2:
        raise ValueError(f"expected 4 draws of each chain at least, got {draws.shape[1]}")
    return np.concatenate([draws[:, :length], draws[:, -length:]])


def _rank_normalised(draws: FloatArray) -> FloatArray:
    """Normal scores of the ranks among all draws (Blom 1958)."""
    ranks = rankdata(draws.ravel(), method="average").reshape(draws.shape)
    scores: FloatArray = ndtri((ranks - 3 / 8) / (draws.size + 1 / 4))
    return scores


def _variances(draws: FloatArray) -> tuple[float, float]:
    """Mean variance within a chain, and that of all by which it is told (equations 1 to 3)."""
    length = draws.shape[1]
    within = float(draws.var(axis=1, ddof=1).mean())
    return within, within * (length - 1) / length + float(draws.mean(axis=1).var(ddof=1))


def _plain_r_hat(draws: FloatArray) -> float:
    within, total = _variances(draws)
    return math.sqrt(total / within) if within > 0 else math.nan if total <= 0 else math.inf


def _autocovariance(chain: FloatArray) -> FloatArray:
    """Of each lag, divided by the length whatever the lag."""
    centred = chain - chain.mean()
    power = np.abs(np.fft.rfft(centred, 2 * len(chain))) ** 2
    covariance: FloatArray = np.fft.irfft(power)[: len(chain)] / len(chain)
    return covariance
