"""Numbers that are 0 for many patients and positive for the others."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from retina_vae.cohort.kinds import estimates
from retina_vae.cohort.kinds.base import Coding, FloatArray, NumericKind
from retina_vae.cohort.kinds.estimates import Estimate

__all__ = ["ZeroInflated"]


class ZeroInflated(NumericKind):
    """0, or a number above it whose logarithm is about symmetric, such as a volume of fluid.

    Two features: whether the number is above 0, and the z-score of its logarithm, 0 where there is none.
    """

    name = "zero_inflated"
    words = "a number that is often 0"
    picture = "zeros_and_density"
    lowest = 0.0

    def width(self, categories: Sequence[str]) -> int:
        """Two."""
        return 2

    def summary(self, codes: FloatArray, categories: Sequence[str]) -> tuple[Estimate, ...]:
        """The share above 0, and the median of the numbers above 0."""
        above = codes[codes > 0]
        return (estimates.share("share above 0", len(above), len(codes)), estimates.median(above, "median above 0"))

    def transform(self, codes: FloatArray) -> FloatArray:
        """The logarithm; NaN for 0."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(codes > 0, np.log(codes), np.nan)

    def fit(self, codes: FloatArray, maximum: float | None = None) -> Coding:
        """Mean and standard deviation of the logarithms of the numbers above 0."""
        return super().fit(codes[codes > 0], maximum)

    def features(self, codes: FloatArray, coding: Coding, width: int) -> FloatArray:
        """Whether it is above 0, and how large it is then."""
        above = np.where(np.isnan(codes), np.nan, (codes > 0).astype(np.float64))
        size = np.where(above == 0, 0.0, (self.transform(codes) - coding.center) / coding.scale)
        return np.column_stack([above, size])

    def from_features(self, features: FloatArray, coding: Coding) -> FloatArray:
        """0, or the number."""
        sizes = np.exp(features[:, 1] * coding.scale + coding.center)
        known = np.where(features[:, 0] > 0.5, sizes, 0.0)
        return np.where(np.isnan(features).any(axis=1), np.nan, known)

    def log_jacobian(self, features: FloatArray, coding: Coding) -> FloatArray:
        """That of a positive number, and 0 for the 0, which has a probability and no density."""
        logarithm = features[:, 1] * coding.scale + coding.center
        return np.where(features[:, 0] > 0.5, -np.log(coding.scale) - logarithm, 0.0)

    def counted(self, categories: Sequence[str]) -> tuple[str, ...]:
        """Those above 0."""
        return ("above 0",)

    def counted_group(self, codes: FloatArray) -> FloatArray:
        """The one group, for a number above 0."""
        return np.where(codes > 0, 0.0, np.nan)
