"""How unlike the cohort a patient is: a score, and its percentile among the cohort's own scores."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from retina_vae.assign.conformal import no_more_typical
from retina_vae.assign.score import Scores

__all__ = ["Typicality"]

FloatArray = NDArray[np.float64]

_RIDGE = 1e-6


@dataclass(frozen=True, eq=False)
class Typicality:
    """Scores of which a smaller one means a less typical patient.

    A model with a density gives the log-evidence log p(x). Any other gives minus the squared Mahalanobis distance of
    the mean code from the nearest cluster's mean, with one covariance within clusters for all (Lee et al. 2018): the
    codes of a cohort are several clouds, of which a single Gaussian would call the empty middle typical, and a distance
    to the nearest training codes would be 0 for the training patients themselves. It sees only what the encoder sees:
    a patient whose oddity leaves the code alone is not told.

    Attributes:
        reference: The training patients' scores, ascending.
        means: Each occupied cluster's mean code, shape (clusters, d).
        precision: Inverse of the covariance within clusters, shape (d, d).
        has_density: Which of the two scores it is.
    """

    reference: FloatArray
    means: FloatArray
    precision: FloatArray
    has_density: bool

    @classmethod
    def of(cls, training: Scores, has_density: bool) -> Typicality:
        """The typicality under a cohort, from the scores of its patients."""
        codes = training.mean.astype(np.float64)
        groups = [codes[training.cluster == cluster] for cluster in np.unique(training.cluster)]
        means = np.stack([group.mean(axis=0) for group in groups])
        within = np.concatenate([group - mean for group, mean in zip(groups, means, strict=True)])
        covariance = within.T @ within / len(codes)
        # A dimension that the model does not use would make rounding errors look like distances.
        ridge = max(_RIDGE * float(np.trace(covariance)), float(np.finfo(np.float32).tiny))
        precision = np.linalg.inv(covariance + ridge * np.eye(len(covariance)))
        unranked = cls(np.empty(0), means, precision, has_density)
        return cls(np.sort(unranked.score(training)), means, precision, has_density)

    def score(self, scores: Scores) -> FloatArray:
        """The typicality of n patients, shape (n,)."""
        if self.has_density:
            return scores.log_evidence.astype(np.float64)
        difference = scores.mean.astype(np.float64)[:, None] - self.means
        distances: FloatArray = np.einsum("nci,ij,ncj->nc", difference, self.precision, difference, optimize=True)
        return -distances.min(axis=1)

    def percentile(self, typicality: FloatArray) -> FloatArray:
        """Per cent of the training patients that are no more typical, 0 to 100.

        0 is below every training patient, 100 / n the least typical of n training patients, 100 the most typical.
        Scores that differ by no more than rounding are equal, so patients with the same values have the same
        percentile, in whatever row they stand; the page of the report computes it alike.
        """
        return 100 * no_more_typical(self.reference, typicality) / len(self.reference)
