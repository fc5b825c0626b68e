"""Labels beside curves: as near as they can stand to their places without touching."""

from __future__ import annotations

import math
from collections.abc import Sequence

__all__ = ["apart"]


def apart(
    places: Sequence[float], heights: Sequence[float], lowest: float = -math.inf, highest: float = math.inf
) -> list[float]:
    """Move sorted places apart around their own mean, so that labels of these heights do not touch.

    Where all cannot stand between ``lowest`` and ``highest``, they begin at ``lowest``.

    Args:
        places: Where the labels would stand, in ascending order.
        heights: Height of each label, in the unit of the places.
        lowest: No label reaches below it.
        highest: No label reaches above it.

    >>> apart([5.0, 5.0], [1.0, 1.0])
    [4.5, 5.5]
    """
    moved: list[float] = []
    for position, place in enumerate(places):
        step = (heights[position - 1] + heights[position]) / 2
        moved.append(max(place, moved[-1] + step) if moved else place)
    shift = sum(moved) / len(moved) - sum(places) / len(places)
    shift = max(shift, moved[-1] + heights[-1] / 2 - highest)
    shift = min(shift, max(moved[0] - lowest - heights[0] / 2, 0.0))
    return [place - shift for place in moved]
