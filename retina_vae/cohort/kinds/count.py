"""Whole numbers from 0 on, such as numbers of visits."""

from __future__ import annotations

import numpy as np

from retina_vae.cohort.kinds.base import FloatArray, Mask, NumericKind

__all__ = ["LARGEST_COUNT", "Count"]

LARGEST_COUNT = 100_000
"""Beyond it single precision no longer holds a count that is read off the logarithm of its successor."""


class Count(NumericKind):
    """A whole number from 0 to 100,000; a network reads the z-score of log(1 + count)."""

    name = "count"
    words = "a count"
    picture = "shares_of_counts"
    lowest = 0.0
    whole = True

    @property
    def _noun(self) -> str:
        return "a whole number"

    def fits(self, codes: FloatArray, minimum: float | None, maximum: float | None) -> Mask:
        """Whole and not too large, too."""
        return super().fits(codes, minimum, maximum) & (codes == np.rint(codes)) & (codes <= LARGEST_COUNT)

    def transform(self, codes: FloatArray) -> FloatArray:
        """log(1 + count)."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.log1p(codes)

    def untransform(self, transformed: FloatArray) -> FloatArray:
        """The nearest count."""
        return np.maximum(np.rint(np.expm1(transformed)), 0.0)
