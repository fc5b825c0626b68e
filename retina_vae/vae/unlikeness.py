"""How unlike the cohort a patient is, from log p(x | theta) under several weights theta.

Each score reads the matrix of log-evidences, shape (weights, patients), in nats. The weights are draws from
p(theta | X), those of an ensemble or of a chain, and count alike.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_softmax, logsumexp

__all__ = [
    "REGRET",
    "SCORES",
    "UnlikenessScore",
    "agreeing_entropy",
    "agreeing_samples",
    "deviation",
    "expected_likelihood",
    "mean_log_likelihood",
    "typicality",
    "unlikeness",
    "waic",
]

FloatArray = NDArray[np.float64]


class UnlikenessScore(NamedTuple):
    """A score of patients.

    Attributes:
        name: In tables.
        function: From the patients' log-evidences and those of the cohort, (weights, patients) each, to (patients,).
        unlike: Whether patients unlike the cohort have the small values or the large ones.
        several: Whether it takes several weights: of one it is the same for all patients.
        words: What it is.
        source: Who proposed it.
    """

    name: str
    function: Callable[[FloatArray, FloatArray], FloatArray]
    unlike: Literal["small", "large"]
    several: bool
    words: str
    source: str


def expected_likelihood(log_evidence: FloatArray) -> FloatArray:
    """log p(x | X) = log 1/S sum_s p(x | theta_s): what the model with all its weights says of a patient."""
    found: FloatArray = logsumexp(log_evidence, axis=0) - math.log(len(log_evidence))
    return found


def mean_log_likelihood(log_evidence: FloatArray) -> FloatArray:
    """1/S sum_s log p(x | theta_s), never above :func:`expected_likelihood`."""
    found: FloatArray = log_evidence.mean(axis=0)
    return found


def waic(log_evidence: FloatArray) -> FloatArray:
    """Mean less variance of log p(x | theta) over the weights: the form of Choi et al. of Watanabe's criterion."""
    return mean_log_likelihood(log_evidence) - log_evidence.var(axis=0)


def typicality(log_evidence: FloatArray, cohort: FloatArray) -> FloatArray:
    """Distance of log p(x | X) from its mean over the cohort, on either side: the typical set, a patient at a time."""
    return np.abs(expected_likelihood(log_evidence) - expected_likelihood(cohort).mean())


def deviation(log_evidence: FloatArray) -> FloatArray:
    """Standard deviation of log p(x | theta) over the weights."""
    found: FloatArray = log_evidence.std(axis=0)
    return found


def agreeing_samples(log_evidence: FloatArray) -> FloatArray:
    """Effective number of weights that agree, 1 / sum_s w_s^2 with w_s = p(x | theta_s) / sum_t p(x | theta_t).

    S where a patient changes nothing of what is known of the weights, 1 where one of S alone explains the patient
    (Daxberger and Hernandez-Lobato 2019).
    """
    found: FloatArray = 1 / np.exp(2 * log_softmax(log_evidence, axis=0)).sum(axis=0)
    return found


def agreeing_entropy(log_evidence: FloatArray) -> FloatArray:
    """Entropy of the same w_s in nats, between 0 and log S: log S less what the patient tells of the weights."""
    log_w = log_softmax(log_evidence, axis=0)
    found: FloatArray = -(np.exp(log_w) * log_w).sum(axis=0)
    return found


def _alone(function: Callable[[FloatArray], FloatArray]) -> Callable[[FloatArray, FloatArray], FloatArray]:
    return lambda log_evidence, cohort: function(log_evidence)


_BAYESIAN = "Daxberger and Hernandez-Lobato 2019, arXiv 1912.05651"
_SIMPLE = "Glazunov and Zarras 2022, arXiv 2212.14272"

SCORES: dict[str, UnlikenessScore] = {
    own.name: own
    for own in (
        UnlikenessScore(
            "expected_likelihood",
            _alone(expected_likelihood),
            "small",
            False,
            "log of the mean likelihood over the weights",
            "Bishop 1994; over weights: " + _BAYESIAN,
        ),
        UnlikenessScore(
            "mean_log_likelihood",
            _alone(mean_log_likelihood),
            "small",
            False,
            "mean log-likelihood over the weights",
            "Lakshminarayanan, Pritzel and Blundell 2017",
        ),
        UnlikenessScore(
            "typicality",
            typicality,
            "large",
            False,
            "distance from the cohort's mean log-likelihood",
            "Nalisnick et al. 2019, arXiv 1906.02994",
        ),
        UnlikenessScore(
            "waic",
            _alone(waic),
            "small",
            True,
            "mean less variance of the log-likelihood",
            "Watanabe 2010; Choi, Jang and Alemi 2018, arXiv 1810.01392",
        ),
        UnlikenessScore(
            "deviation",
            _alone(deviation),
            "large",
            True,
            "standard deviation of the log-likelihood over the weights",
            _SIMPLE,
        ),
        UnlikenessScore(
            "agreeing_samples",
            _alone(agreeing_samples),
            "small",
            True,
            "effective number of weights that agree on the patient",
            _BAYESIAN,
        ),
        UnlikenessScore(
            "agreeing_entropy",
            _alone(agreeing_entropy),
            "small",
            True,
            "entropy of the weights given the patient",
            _SIMPLE,
        ),
    )
}
"""Every score, by its name."""


REGRET = UnlikenessScore(
    "likelihood_regret",
    _alone(mean_log_likelihood),
    "large",
    False,
    "what a posterior fitted to the patient alone gains over the encoder's, mean over the weights",
    "Xiao, Yan and Amit 2020, arXiv 2003.02977",
)
"""The one score that reads another matrix, of regrets (:mod:`retina_vae.vae.regret`), shape (weights, patients)."""


def unlikeness(score: UnlikenessScore, log_evidence: FloatArray, cohort: FloatArray) -> FloatArray:
    """A score turned so that the larger, the more unlike the cohort, shape (patients,).

    Args:
        score: Which one.
        log_evidence: Of the patients, shape (weights, patients); of :data:`REGRET` their regrets.
        cohort: Of patients of the cohort, under the same weights in their order.

    Raises:
        ValueError: The weights of both are not as many, or the score takes several and there is one.
    """
    if len(log_evidence) != len(cohort):
        raise ValueError(f"expected {len(cohort)} weights, as many as of the cohort, got {len(log_evidence)}")
    if score.several and len(log_evidence) < 2:
        raise ValueError(f"{score.name}: expected several weights, got one")
    values = score.function(log_evidence, cohort)
    return values if score.unlike == "large" else -values
