"""Categories in an order, such as grades."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from retina_vae.cohort.kinds.base import CategoricalKind, Coding, FloatArray

__all__ = ["Ordinal"]


class Ordinal(CategoricalKind):
    """Categories in ascending order, as a thermometer: feature j says whether the category lies above the j-th."""

    name = "ordinal"
    words = "categories in an order"
    ordered = True
    picture = "shares"

    def width(self, categories: Sequence[str]) -> int:
        """One feature per step from a category to the next."""
        return len(categories) - 1

    def features(self, codes: FloatArray, coding: Coding, width: int) -> FloatArray:
        """As many ones as categories lie below, then zeros."""
        steps = (codes[:, None] > np.arange(width)).astype(np.float64)
        return np.where(np.isnan(codes)[:, None], np.nan, steps)

    def from_features(self, features: FloatArray, coding: Coding) -> FloatArray:
        """As many steps as features are nearer to 1 than to 0."""
        missing = np.isnan(features).any(axis=1)
        return np.where(missing, np.nan, (features > 0.5).sum(axis=1))

    def split_by(self, categories: Sequence[str]) -> tuple[str, ...]:
        """Every category that others lie below."""
        return tuple(categories[1:])
