"""Margins taken out of a fitted structure: scores are moved so that its own margins are those of the patients.

Normal scores take the shape out of a column's margin, and what a structure says of the margin with it: two groups that
lie far apart in a column become two halves of one bell, which no two normal distributions describe but four nearly do.
So a structure may move the scores of a column by a rising function, one that its margins imply and that adds no
parameter (as Gaussian mixture copulas do: Tewari, Giering and Raghunathan 2011).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr, logsumexp

from retina_vae.clusters.latent_structure.fitting import Fit, fit_from, log_density, node_probabilities
from retina_vae.clusters.latent_structure.measurements import Measurements, ScoreBlock

__all__ = ["Margins", "Moved", "fit_margins", "margins_of"]

FloatArray = NDArray[np.float64]

_ROUNDS, _STEPS = 2, 25
_SCORES = np.linspace(-6.0, 6.0, 1201)
_REACH, _PLACES = 6.5, 2001
_LEAST_RISE = 1e-12


@dataclass(frozen=True, eq=False)
class Margins:
    """A rising function of the scores of each column, its values at ``_SCORES``, shape (points, columns)."""

    moved: FloatArray

    def of(self, measurements: Measurements) -> Measurements:
        """The same patients with moved scores; 0 where not observed."""
        scores = measurements.scores
        columns = zip(scores.values.T, self.moved.T, strict=True)
        values = np.column_stack([np.interp(own, _SCORES, moved) for own, moved in columns])
        return replace(measurements, scores=ScoreBlock(values * scores.observed, scores.observed))

    def log_derivative(self, measurements: Measurements) -> FloatArray:
        """Sum over the observed scores of the logarithm of the function's derivative, shape (patients,)."""
        slopes, scores = np.diff(self.moved, axis=0) / np.diff(_SCORES)[:, None], measurements.scores
        places = np.clip(np.searchsorted(_SCORES, scores.values, side="right") - 1, 0, len(slopes) - 1)
        return np.asarray((scores.observed * np.log(np.take_along_axis(slopes, places, axis=0))).sum(axis=1))


@dataclass(frozen=True, eq=False)
class Moved:
    """A fit to moved scores; to the normal scores themselves without ``margins``."""

    fit: Fit
    margins: Margins | None = None

    def log_density(self, measurements: Measurements) -> FloatArray:
        """log p(x) of every patient in nats, of scores per standard deviation of the *normal* score, (patients,)."""
        if self.margins is None:
            return log_density(self.fit, measurements.statistics())
        own = self.margins.of(measurements)
        return log_density(self.fit, own.statistics()) + self.margins.log_derivative(measurements)


def fit_margins(measurements: Measurements, fit: Fit) -> Moved:
    """Move the scores by the margins of the fit and fit again, twice; of the three fits the likeliest is kept.

    Two rounds go half of the way. More help groups that lie far apart, which need no help, and let classes of unequal
    spread imitate a continuum whose spread rises.

    Args:
        measurements: Of the patients that it was fitted to.
        fit: To their normal scores.
    """
    found = [Moved(fit)]
    if not measurements.scores.values.shape[1]:
        return found[0]
    statistics = measurements.statistics()
    for _ in range(_ROUNDS):
        probabilities, margins = node_probabilities(fit, statistics), margins_of(fit)
        own = margins.of(measurements)
        statistics = own.statistics()
        fit = fit_from(own, fit.design, probabilities, statistics, _STEPS)
        found.append(Moved(fit, margins))
    return max(found, key=lambda moved: float(moved.log_density(measurements).mean()))


def margins_of(fit: Fit) -> Margins:
    """Functions of the normal scores after which the margins of the fit are right.

    The margin of a score is a mixture of the normal distributions at the nodes; with its distribution function Psi and
    the normal one Phi the function is Psi^-1(Phi(score)), less the mixture's mean, over its standard deviation.
    """
    log_weight = fit.log_prior()[:, None]
    mean, scale = fit.design.mean @ fit.means, np.exp(fit.log_scale())
    centre = np.exp(log_weight[:, 0]) @ mean
    spread = np.sqrt(np.exp(log_weight[:, 0]) @ (scale**2 + mean**2) - centre**2)
    wanted = log_ndtr(_SCORES) - log_ndtr(-_SCORES)
    moved = np.empty((len(_SCORES), len(centre)))
    for column, (means, scales) in enumerate(zip(mean.T, scale.T, strict=True)):
        places = np.linspace((means - _REACH * scales).min(), (means + _REACH * scales).max(), _PLACES)
        away = (places - means[:, None]) / scales[:, None]
        # The log-odds of lying below, for neither tail may lose its digits.
        odds = logsumexp(log_ndtr(away) + log_weight, axis=0) - logsumexp(log_ndtr(-away) + log_weight, axis=0)
        moved[:, column] = (np.interp(wanted, odds, places) - centre[column]) / spread[column]
    rises = np.maximum(np.diff(moved, axis=0), _LEAST_RISE)
    return Margins(np.concatenate([moved[:1], moved[:1] + rises.cumsum(axis=0)]))
