"""The middle and the range of a number in the patients, rounded for a reader."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from retina_vae.cohort.kinds.base import NumericKind
from retina_vae.cohort.schema import Column

__all__ = ["number_range"]


def number_range(column: Column, values: NDArray[np.float64], beyond: int = 1) -> dict[str, float | None]:
    """Step, median and ends of a number, rounded for a reader.

    Args:
        column: Of the number.
        values: The observed ones, shape (patients,), at least one.
        beyond: Patients at or beyond each end; 1 gives the least and the greatest value.

    Raises:
        TypeError: The column holds no numbers.
    """
    kind = column.kind_of
    if not isinstance(kind, NumericKind):
        raise TypeError(f"expected a column of numbers, got {column.kind}")
    place = min(max(beyond, 1), (len(values) + 1) // 2)
    ordered = np.sort(values)
    low, middle, high = float(ordered[place - 1]), float(np.median(ordered)), float(ordered[-place])
    ends = {"low": low, "start": middle, "high": high}
    rounded = {name: _rounded(value, high - low, kind.whole) for name, value in ends.items()}
    # Rounding must not take a typical patient out of the bounds.
    start = max(rounded["start"], -np.inf if column.minimum is None else column.minimum)
    start = min(start, np.inf if column.maximum is None else column.maximum)
    return {"step": 1.0 if kind.whole else None} | rounded | {"start": start}


def _rounded(value: float, spread: float, whole: bool) -> float:
    """A number to about a hundredth of a spread or to two digits, whichever is closer; whole where it must be."""
    decimals = round(2 - np.log10(spread)) if spread > 0 else 2
    if value != 0:
        decimals = max(decimals, 1 - int(np.floor(np.log10(abs(value)))))
    rounded = round(value, decimals)
    return float(round(rounded)) if whole else rounded
