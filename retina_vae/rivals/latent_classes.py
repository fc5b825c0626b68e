"""Latent classes: a mixture of classes in which the columns are independent, fitted by StepMix.

S. Morin, R. Legault and others, "StepMix: A Python Package for Pseudo-Likelihood Estimation of Generalized Mixture
Models with External Variables", Journal of Statistical Software 113 (2025).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from scipy.special import logsumexp

from retina_vae.cohort import CohortSchema
from retina_vae.rivals.emissions import Emissions
from retina_vae.rivals.measurements import CategoryPart, NumberPart, Part, measure
from retina_vae.rivals.rival import Fitted, FloatArray, Labels, Rival, Starts

__all__ = [
    "LatentClasses",
    "LatentClassesByBic",
    "MixtureOfClasses",
    "by_bic",
    "stepmix_model",
]

_MOST_CLASSES = 10
"""The most classes that the BIC chooses from."""

_TOLERANCE = 1e-5
"""Gain of the log-likelihood per patient, in nats, at which a start has converged."""

_ONE_PATIENT = 1.0
"""Patients that are added to each class, spread evenly over the categories, where unseen patients are measured."""

_SMALLEST = 1e-15
"""Smallest probability of a category, StepMix's."""


@dataclass(frozen=True, eq=False)
class MixtureOfClasses(Fitted):
    """Classes with their weights and, of each part of the columns, the parameters in each class.

    Attributes:
        parts: What is measured of the columns.
        weights: Of the classes, shape (classes,).
        parameters: Of each part: probabilities of the categories, shape (classes, categories); or mean and variance of
            a number, shape (classes, 2).
        patients: How many it was fitted to.
        bic: Bayesian information criterion there; smaller is better.
        added: Patients that are added to each class, spread evenly over the categories. StepMix gives a category that
            no patient of a class has the probability 1e-15, so that one unseen patient who has it costs 35 nats.
    """

    parts: tuple[Part, ...]
    weights: FloatArray
    parameters: tuple[FloatArray, ...]
    patients: int
    bic: float
    added: float = _ONE_PATIENT

    def labels(self, patients: pd.DataFrame) -> Labels:
        """The most probable class."""
        return self.joint(patients, 0.0).argmax(axis=1).astype(np.int64)

    def log_density(self, patients: pd.DataFrame) -> FloatArray:
        """Of the observed columns."""
        return np.asarray(logsumexp(self.joint(patients, self.added), axis=1))

    def joint(self, patients: pd.DataFrame, added: float) -> FloatArray:
        """log p(class, x) of each patient, shape (patients, classes)."""
        joint = np.tile(np.log(self.weights), (len(patients), 1))
        for part, parameters in zip(self.parts, self.parameters, strict=True):
            if isinstance(part, CategoryPart):
                joint += part.log_density(patients, self._smoothed(parameters, added))
            elif isinstance(part, NumberPart):
                joint += part.log_density(patients, parameters[:, 0], parameters[:, 1])
        return joint

    def _smoothed(self, probabilities: FloatArray, added: float) -> FloatArray:
        sizes = self.weights[:, None] * self.patients
        mixed = (sizes * probabilities + added / probabilities.shape[1]) / (sizes + added)
        return np.clip(mixed, _SMALLEST, 1.0)


class LatentClasses(Rival):
    """As many classes as the run has clusters."""

    name: ClassVar[str] = "latent_classes"
    words: ClassVar[str] = "Latent classes"
    package: ClassVar[str] = "stepmix"

    def fit(self, patients: pd.DataFrame, schema: CohortSchema, k: int, starts: Starts) -> MixtureOfClasses:
        """The likeliest of the starts of the EM algorithm."""
        emissions = Emissions.of(measure(patients, schema), patients)
        data = emissions.columns(patients)
        model = stepmix_model(k, emissions.measurement, starts).fit(data)
        found = model.get_parameters()
        weights, parameters = np.asarray(found["weights"]), emissions.parameters(found["measurement"])
        return MixtureOfClasses(emissions.parts, weights, parameters, len(data), float(model.bic(data)))


class LatentClassesByBic(LatentClasses):
    """As many classes as the BIC chooses."""

    name: ClassVar[str] = "latent_classes_bic"
    words: ClassVar[str] = "Latent classes numbered by BIC"

    def number(self, patients: pd.DataFrame, schema: CohortSchema, k: int, starts: Starts) -> int:
        """The number that the BIC chooses from 1 to 10."""
        fit = partial(self.fit, patients, schema, starts=starts)
        return len(by_bic(fit, len(patients)).weights)


def by_bic(fit: Callable[[int], MixtureOfClasses], patients: int) -> MixtureOfClasses:
    """The mixture with the smallest BIC of 1 to 10 classes.

    All are tried: where a column is made of a few lumps, the BIC falls again after it has risen for several numbers.

    Args:
        fit: From a number of classes to the mixture.
        patients: How many it is fitted to.
    """
    fits = [fit(k) for k in range(1, min(_MOST_CLASSES, patients) + 1)]
    return min(fits, key=lambda fit: fit.bic)


def stepmix_model(k: int, measurement: dict[str, Any], starts: Starts) -> Any:
    """A model of StepMix that is not fitted yet; one class needs one start."""
    from stepmix import StepMix

    number = 1 if k == 1 else starts.number
    return StepMix(
        k, measurement=measurement, n_init=number, abs_tol=_TOLERANCE, random_state=starts.seed, progress_bar=0
    )
