"""Categories without an order."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from retina_vae.cohort.kinds.base import CategoricalKind, Coding, FloatArray

__all__ = ["Nominal"]


class Nominal(CategoricalKind):
    """Two or more categories without an order, one-hot."""

    name = "nominal"
    words = "categories without an order"
    picture = "shares"

    def width(self, categories: Sequence[str]) -> int:
        """One feature per category."""
        return len(categories)

    def features(self, codes: FloatArray, coding: Coding, width: int) -> FloatArray:
        """1 for the category, 0 for the others."""
        known = ~np.isnan(codes)
        one_hot = np.eye(width)[np.where(known, codes, 0).astype(int)]
        return np.where(known[:, None], one_hot, np.nan)

    def from_features(self, features: FloatArray, coding: Coding) -> FloatArray:
        """The category with the largest feature."""
        missing = np.isnan(features).any(axis=1)
        return np.where(missing, np.nan, np.nan_to_num(features).argmax(axis=1))
