"""Numbers as compact text."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

__all__ = ["MISSING", "STEPS", "pack", "quantize"]

STEPS = 50_000
"""Steps into which the range of a quantity is divided; ``report/scripts/figure.js`` has the same."""

MISSING = 2**16 - 1
"""The step that stands for a missing number."""


def pack(numbers: ArrayLike) -> dict[str, Any]:
    """Whole numbers from 0 to 65,535 as base64 of little-endian 16-bit numbers in C order."""
    values = np.ascontiguousarray(numbers, dtype="<u2")
    return {"dtype": "<u2", "shape": list(values.shape), "base64": base64.b64encode(values.tobytes()).decode()}


def quantize(values: ArrayLike, low: ArrayLike, high: ArrayLike) -> dict[str, Any]:
    """Numbers as steps from ``low`` (0) to ``high`` (:data:`STEPS`); NaN becomes :data:`MISSING`.

    Args:
        values: Numbers between ``low`` and ``high``, of any shape that these broadcast against.
        low: Lower end.
        high: Upper end; where it is no higher than ``low``, all numbers are step 0.
    """
    numbers, low, high = (np.asarray(own, dtype=np.float64) for own in (values, low, high))
    steps = np.rint(STEPS * (numbers - low) / np.where(high > low, high - low, 1.0))
    return pack(np.where(np.isnan(steps), MISSING, steps))
