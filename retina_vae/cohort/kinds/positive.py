"""Positive numbers with a long tail to the right."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from retina_vae.cohort.kinds import estimates
from retina_vae.cohort.kinds.base import Coding, FloatArray, NumericKind
from retina_vae.cohort.kinds.estimates import Estimate

__all__ = ["Positive"]


class Positive(NumericKind):
    """A number above 0 whose logarithm is about symmetric, such as a concentration."""

    name = "positive"
    words = "a positive number"
    censorable = True
    picture = "density_of_logarithm"
    lowest = 0.0
    open_below = True

    @property
    def _noun(self) -> str:
        return "a number above 0"

    def summary(self, codes: FloatArray, categories: Sequence[str]) -> tuple[Estimate, ...]:
        """Median; mean and standard deviation of the natural logarithm."""
        logarithms = self.transform(codes)
        return (
            estimates.median(codes),
            estimates.mean(logarithms, "mean of log"),
            estimates.deviation(logarithms, "sd of log"),
        )

    def transform(self, codes: FloatArray) -> FloatArray:
        """The logarithm."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.log(codes)

    def untransform(self, transformed: FloatArray) -> FloatArray:
        """The exponential."""
        return np.exp(transformed)

    def log_jacobian(self, features: FloatArray, coding: Coding) -> FloatArray:
        """-log scale - log value, because d log(x) / dx = 1 / x."""
        logarithm = features[:, 0] * coding.scale + coding.center
        return np.where(np.isnan(logarithm), 0.0, -np.log(coding.scale) - logarithm)
