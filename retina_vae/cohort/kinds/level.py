"""Whole numbers from 0 to a largest one: a score out of a number of points, the brightness of a pixel."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from retina_vae.cohort.kinds.base import Coding, FloatArray, Mask, NumericKind

__all__ = ["MOST_LEVELS", "Level"]

MOST_LEVELS = 65_535
"""Two bytes, as a picture has at most."""


class Level(NumericKind):
    """How many of ``maximum`` points, teeth or steps; a network reads the share of the maximum."""

    name = "level"
    words = "a number out of a maximum"
    picture = "shares_of_counts"
    lowest = 0.0
    whole = True
    bounded = True

    @property
    def _noun(self) -> str:
        return "a whole number"

    def check_definition(
        self, categories: Sequence[str], finding: str | None, minimum: float | None, maximum: float | None
    ) -> None:
        """A maximum, from 1 on, and no other minimum than 0."""
        super().check_definition(categories, finding, minimum, maximum)
        if maximum is None or not 1 <= maximum <= MOST_LEVELS or maximum != round(maximum):
            found = "none" if maximum is None else f"{maximum:g}"
            raise ValueError(
                f"expected a maximum, a whole number from 1 to {MOST_LEVELS:,}, of {self.words}, got {found}; "
                "say it under constraints, as {maximum: 30}"
            )
        if minimum not in (None, 0):
            raise ValueError(f"expected no minimum but 0 of {self.words}, got {minimum:g}; subtract it in the table")

    def fits(self, codes: FloatArray, minimum: float | None, maximum: float | None) -> Mask:
        """Whole, too."""
        largest = MOST_LEVELS if maximum is None else maximum
        return super().fits(codes, minimum, largest) & (codes == np.rint(codes))

    def fit(self, codes: FloatArray, maximum: float | None = None) -> Coding:
        """The share of the maximum, the scale; of the largest number where no maximum is said."""
        known = codes[~np.isnan(codes)]
        largest = float(known.max(initial=0.0)) if maximum is None else maximum
        return Coding(0.0, max(largest, 1.0))

    def from_features(self, features: FloatArray, coding: Coding) -> FloatArray:
        """The nearest whole number between 0 and the maximum."""
        return np.clip(np.rint(features[:, 0] * coding.scale), 0.0, coding.scale)
