"""How often whole numbers occur: amounts rise to one peak and fall again, numbers of institutions do not."""

from __future__ import annotations

import numpy as np

from retina_vae.cohort.tables.numbers import FloatArray

__all__ = ["jumps"]


def jumps(numbers: FloatArray) -> float:
    """How far the frequencies of whole numbers are from one peak, about as a variance over that of chance.

    The nearest frequencies that rise to the most frequent number and fall from there are subtracted, and the squares
    that are left divided by them. What is counted or measured gives 1 or less; codes give more, the more patients there
    are.

    >>> jumps(np.repeat([1.0, 2, 3, 4], [40, 30, 20, 10])), jumps(np.repeat([1.0, 2, 3, 4], [40, 5, 5, 40])) > 5
    (0.0, True)
    """
    counted = np.bincount((numbers - numbers.min()).astype(np.int64)).astype(np.float64)
    peak = int(counted.argmax())
    rising, falling = _rising(counted[: peak + 1]), _rising(counted[peak:][::-1])[::-1]
    fitted = np.concatenate([rising, falling[1:]])
    return float(((counted - fitted) ** 2).sum() / fitted.sum())


def _rising(values: FloatArray) -> FloatArray:
    """The nearest values that never fall, by pooling neighbours that do."""
    blocks: list[list[float]] = []
    for value in values:
        blocks.append([float(value), 1.0])
        while len(blocks) > 1 and blocks[-2][0] >= blocks[-1][0]:
            mean, size = blocks.pop()
            last = blocks[-1]
            last[0], last[1] = (last[0] * last[1] + mean * size) / (last[1] + size), last[1] + size
    return np.concatenate([np.full(int(size), mean) for mean, size in blocks])
