"""Latent classes: a mixture of classes in which the columns are independent, fitted by StepMix.

S. Morin, R. Legault and others, "StepMix: A Python Package for Pseudo-Likelihood Estimation of Generalized Mixture
Models with External Variables", Journal of Statistical Software 113 (2025).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from scipy.special import logsumexp

from retina_vae.cohort import CohortSchema
from retina_vae.rivals.measurements import CategoryPart, CountPart, NumberPart, Part, measure
from retina_vae.rivals.rival import Fitted, FloatArray, Labels, Rival, Starts

__all__ = [
    "LatentClasses",
    "LatentClassesByBic",
    "MixtureOfClasses",
    "by_bic",
    "described",
    "parameters_of",
    "stepmix_model",
]

_MOST_CLASSES = 10
"""The most classes that the BIC chooses from."""

_PATIENCE = 2
"""Numbers of classes in a row that may be worse than the best before no more are tried."""

_TOLERANCE = 1e-6
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
        parts = measure(patients, schema)
        data = np.column_stack([part.values(patients) for part in parts])
        model = stepmix_model(k, described(parts, data), starts).fit(data)
        found = model.get_parameters()
        parameters = tuple(parameters_of(part, found["measurement"][f"{i}"]) for i, part in enumerate(parts))
        return MixtureOfClasses(parts, np.asarray(found["weights"]), parameters, len(data), float(model.bic(data)))


class LatentClassesByBic(LatentClasses):
    """As many classes as the BIC chooses."""

    name: ClassVar[str] = "latent_classes_bic"
    words: ClassVar[str] = "Latent classes numbered by BIC"

    def number(self, patients: pd.DataFrame, schema: CohortSchema, k: int, starts: Starts) -> int:
        """The number that the BIC chooses from 1 to 10."""
        fit = partial(self.fit, patients, schema, starts=starts)
        return len(by_bic(fit, len(patients)).weights)


def by_bic(fit: Callable[[int], MixtureOfClasses], patients: int) -> MixtureOfClasses:
    """The mixture with the smallest BIC of 1 to 10 classes; no more are tried once two in a row are worse.

    Args:
        fit: From a number of classes to the mixture.
        patients: How many it is fitted to.
    """
    fits: list[MixtureOfClasses] = []
    for k in range(1, min(_MOST_CLASSES, patients) + 1):
        fits.append(fit(k))
        best = int(np.argmin([fit.bic for fit in fits]))
        if k > best + _PATIENCE:
            break
    return fits[best]


def stepmix_model(k: int, measurement: dict[str, Any], starts: Starts) -> Any:
    """A model of StepMix that is not fitted yet; one class needs one start."""
    from stepmix import StepMix

    number = 1 if k == 1 else starts.number
    return StepMix(
        k, measurement=measurement, n_init=number, abs_tol=_TOLERANCE, random_state=starts.seed, progress_bar=0
    )


def described(parts: Sequence[Part], data: FloatArray) -> dict[str, Any]:
    """The parts as StepMix describes them.

    Args:
        parts: What is measured of the columns.
        data: Their values, shape (patients, parts).
    """
    gaps = np.asarray(np.isnan(data).any(axis=0))
    return {f"{i}": _described(part, bool(gaps[i])) for i, part in enumerate(parts)}


def _described(part: Part, gaps: bool) -> dict[str, Any]:
    """A part as StepMix describes it."""
    if isinstance(part, CategoryPart):
        sizes = {"max_n_outcomes": part.categories, "total_outcomes": part.categories}
        return {"model": "categorical_nan" if gaps else "categorical", "n_columns": 1, **sizes}
    if isinstance(part, CountPart) or gaps:
        return {"model": _guarded_number(), "n_columns": 1, "part": part}
    return {"model": "gaussian_diag", "n_columns": 1}


def _guarded_number() -> str:
    """StepMix's name of counts, and of numbers with gaps, whose variances are guarded as those without gaps are.

    As they stand there they are not, so a class of patients who share one value ends in numbers that are none.
    """
    from stepmix.emission.build_emission import EMISSION_DICT
    from stepmix.emission.gaussian import GaussianDiagNan

    name = "guarded_nan"

    class Guarded(GaussianDiagNan):  # type: ignore[misc]
        def __init__(self, part: NumberPart, **kwargs: Any) -> None:
            super().__init__(**kwargs)
            self.part = part

        def _compute_cov(self, X: FloatArray, resp: FloatArray, resp_sums: list[FloatArray]) -> FloatArray:  # noqa: N803
            found = np.asarray(super()._compute_cov(X, resp, resp_sums))
            return self.part.guarded(self.parameters["means"][:, 0], found[:, 0])[:, None]

    EMISSION_DICT.setdefault(name, Guarded)
    return name


def parameters_of(part: Part, found: dict[str, Any]) -> FloatArray:
    """StepMix's parameters of a part, as those of :class:`MixtureOfClasses`."""
    if isinstance(part, CategoryPart):
        return np.asarray(found["pis"])
    return np.column_stack([found["means"][:, 0], found["covariances"][:, 0]])
