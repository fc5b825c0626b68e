"""Numbers of any sign, about symmetric."""

from __future__ import annotations

import numpy as np

from retina_vae.cohort.kinds.base import Coding, FloatArray, NumericKind

__all__ = ["Continuous"]


class Continuous(NumericKind):
    """A number on the whole line, such as an age or a pressure."""

    name = "continuous"
    words = "a number"
    censorable = True
    picture = "density"

    def log_jacobian(self, features: FloatArray, coding: Coding) -> FloatArray:
        """-log scale."""
        return np.where(np.isnan(features[:, 0]), 0.0, -np.log(coding.scale))
