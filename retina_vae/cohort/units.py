"""Whether the numbers of a column were measured in two units."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from retina_vae.cohort.kinds.base import FloatArray
from retina_vae.cohort.kinds.estimates import MAD

__all__ = ["RATIOS", "TwoUnits", "two_units"]

RATIOS = (10.0, 18.0, 38.7, 88.4, 100.0, 1000.0)
"""Ratios of units in which laboratories differ: powers of ten; mg/dL to mmol/L or µmol/L of glucose (18), cholesterol
(38.7) and creatinine (88.4). No column is asked what it is."""

_TOLERANCE = 0.2
"""Greatest distance of the ratio of two medians from one of :data:`RATIOS`, as a logarithm."""
_APART = 6.0
"""So many standard deviations of the wider group lie between the medians."""
_ALIKE = 2.0
"""Greatest ratio of the groups' standard deviations: another unit shifts logarithms, and does not spread them."""
_BETWEEN = 0.1
"""Most values in the middle third between the medians, as a share of the smaller group."""
_FEWEST, _SMALLEST_SHARE = 8, 0.01


class TwoUnits(NamedTuple):
    """The smaller of two groups of values.

    Attributes:
        share: Of all values, 0 to 1/2.
        times: The ratio of the units.
        side: Where it lies: ``lower`` or ``higher``.
    """

    share: float
    times: float
    side: str


def two_units(numbers: FloatArray) -> TwoUnits | None:
    """Whether the numbers fall into two groups whose ratio is one of units; None where that is not clear.

    Logarithms are split in two where the variance between the groups is largest. They are two units where the medians
    lie far apart and about one of :data:`RATIOS`, next to nothing lies between, and both spread alike.

    Args:
        numbers: Known ones, shape (patients,).
    """
    if len(numbers) < 2 * _FEWEST or not numbers.min() > 0:
        return None
    logarithms = np.sort(np.log(numbers))
    place = _split(logarithms)
    low, high = logarithms[:place], logarithms[place:]
    small = min(len(low), len(high))
    if small < max(_FEWEST, _SMALLEST_SHARE * len(logarithms)):
        return None
    distance = float(np.median(high) - np.median(low))
    times = min(RATIOS, key=lambda ratio: abs(distance - np.log(ratio)))
    if abs(distance - np.log(times)) > _TOLERANCE or not _clear(low, high, distance):
        return None
    return TwoUnits(small / len(logarithms), times, "lower" if small == len(low) else "higher")


def _split(ordered: FloatArray) -> int:
    """How many of the ordered values are in the lower of the two groups that differ most."""
    count = np.arange(1, len(ordered))
    total = np.cumsum(ordered)
    means = total[:-1] / count, (total[-1] - total[:-1]) / (len(ordered) - count)
    between = count * (len(ordered) - count) * (means[1] - means[0]) ** 2
    return int(np.argmax(between)) + 1


def _clear(low: FloatArray, high: FloatArray, distance: float) -> bool:
    spreads = sorted(MAD * float(np.median(np.abs(group - np.median(group)))) for group in (low, high))
    start, end = np.median(low) + distance / 3, np.median(high) - distance / 3
    between = int(((low > start).sum()) + ((high < end).sum()))
    return (
        spreads[0] > 0
        and spreads[1] <= _ALIKE * spreads[0]
        and distance >= _APART * spreads[1]
        and between <= _BETWEEN * min(len(low), len(high))
    )
