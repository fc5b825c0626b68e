"""Latent classes whose numbers depend on each other: a Gaussian mixture with the categories beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy.stats import multivariate_normal

from retina_vae.cohort import CohortSchema
from retina_vae.rivals.emissions import Emissions
from retina_vae.rivals.latent_classes import MixtureOfClasses, stepmix_model
from retina_vae.rivals.measurements import CountPart, FloatArray, NumberPart, Part, measure
from retina_vae.rivals.rival import Starts

__all__ = ["FullMixture", "fit_full", "whole_numbers"]


@dataclass(frozen=True, eq=False)
class FullMixture(MixtureOfClasses):
    """A mixture of classes, and numbers with a full covariance in each class.

    Attributes:
        numbers: The numbers, none of which has gaps.
        means: Of their z-scores, shape (classes, numbers).
        covariances: Of their z-scores, shape (classes, numbers, numbers).
    """

    numbers: tuple[NumberPart, ...] = ()
    means: FloatArray = field(default_factory=lambda: np.empty((0, 0)))
    covariances: FloatArray = field(default_factory=lambda: np.empty((0, 0, 0)))

    def joint(self, patients: pd.DataFrame, added: float) -> FloatArray:
        """log p(class, x) of each patient, shape (patients, classes)."""
        z = np.column_stack([part.values(patients) for part in self.numbers])
        laws = [multivariate_normal(mean, cov) for mean, cov in zip(self.means, self.covariances, strict=True)]
        density = np.column_stack([law.logpdf(z) for law in laws])
        jacobian = np.sum([part.log_jacobian(patients) for part in self.numbers], axis=0)
        return super().joint(patients, added) + density + jacobian[:, None]


def whole_numbers(parts: Sequence[Part], patients: pd.DataFrame) -> list[NumberPart]:
    """The continuous and positive numbers that no patient lacks."""
    numbers = [part for part in parts if isinstance(part, NumberPart) and not isinstance(part, CountPart)]
    return [part for part in numbers if not np.isnan(part.values(patients)).any()]


def fit_full(
    patients: pd.DataFrame, schema: CohortSchema, k: int, starts: Starts, names: Sequence[str]
) -> MixtureOfClasses:
    """The likeliest of the starts; the numbers called ``names`` depend on each other within a class."""
    parts = measure(patients, schema)
    numbers = [part for part in parts if isinstance(part, NumberPart) and part.column.name in names]
    emissions = Emissions.of([part for part in parts if part not in numbers], patients)
    z = [part.values(patients) for part in numbers]
    # A table of numbers alone has no other block.
    data = np.column_stack([*([emissions.columns(patients)] if emissions.blocks else []), *z])
    measurement = emissions.measurement | {"numbers": {"model": "gaussian_full", "n_columns": len(numbers)}}
    model = stepmix_model(k, measurement, starts).fit(data)
    found = model.get_parameters()
    own = found["measurement"].pop("numbers")
    return FullMixture(
        emissions.parts,
        np.asarray(found["weights"]),
        emissions.parameters(found["measurement"]),
        len(data),
        float(model.bic(data)),
        numbers=tuple(numbers),
        means=own["means"],
        covariances=own["covariances"],
    )
