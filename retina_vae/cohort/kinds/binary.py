"""Two categories, of which one may be a finding."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from retina_vae.cohort.kinds.base import CategoricalKind, Coding, FloatArray

__all__ = ["Binary"]


class Binary(CategoricalKind):
    """Two categories, one feature: 1 for the second."""

    name = "binary"
    words = "two categories"
    picture = "one_share"

    def check_definition(
        self, categories: Sequence[str], finding: str | None, minimum: float | None, maximum: float | None
    ) -> None:
        """Exactly two categories; where one is the finding, it is the second, so that its code is 1."""
        super().check_definition(categories, None, minimum, maximum)
        if len(categories) != 2:
            raise ValueError(f"expected two categories of a binary column, got {list(categories)}")
        if finding is not None and finding != categories[1]:
            raise ValueError(
                f"expected the finding to be the second of the categories {list(categories)}, got {finding!r}"
            )

    def width(self, categories: Sequence[str]) -> int:
        """One."""
        return 1

    def features(self, codes: FloatArray, coding: Coding, width: int) -> FloatArray:
        """The codes."""
        return codes[:, None]

    def from_features(self, features: FloatArray, coding: Coding) -> FloatArray:
        """The nearer code."""
        return np.clip(np.rint(features[:, 0]), 0, 1)

    def described(self, categories: Sequence[str]) -> tuple[str, ...]:
        """The second category; the other has the rest."""
        return tuple(categories[1:])

    def indicators(self, codes: FloatArray, categories: Sequence[str]) -> dict[str, FloatArray]:
        """The second category's; the first category's says the same."""
        every = super().indicators(codes, categories)
        return {category: every[category] for category in self.described(categories)}

    def split_by(self, categories: Sequence[str]) -> tuple[str, ...]:
        """The second category."""
        return tuple(categories[1:])
