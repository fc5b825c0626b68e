"""Which patients are kept out together, where it is measured how well unseen patients are described."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Folds", "fold_of"]


class Folds(NamedTuple):
    """Patients that are divided into folds.

    Attributes:
        positions: Rows of the patients, from 0 and ascending, shape (drawn,).
        fold: Fold of each, 0..folds - 1, shape (drawn,).
    """

    positions: NDArray[np.int64]
    fold: NDArray[np.int64]


def fold_of(count: int, folds: int, patients: int, seed: int) -> Folds:
    """Draw at most so many patients and divide them into folds of the same size, give or take one.

    The result depends on nothing but the arguments, so that whatever is measured on folds is measured on the same ones
    and can be compared patient by patient.

    Args:
        count: Patients in all.
        folds: Number of folds.
        patients: The most that are drawn; all of them where they are no more.
        seed: Of the draw and of the folds.

    Raises:
        ValueError: There are fewer patients than folds.

    >>> fold_of(count=6, folds=3, patients=100, seed=1).positions.tolist()
    [0, 1, 2, 3, 4, 5]
    """
    drawn = min(count, patients)
    if drawn < folds:
        raise ValueError(f"expected at least as many patients as folds, got {drawn} and {folds}")
    rng = np.random.default_rng(seed)
    positions = np.sort(rng.permutation(count)[:drawn]).astype(np.int64)
    return Folds(positions, rng.permutation(np.arange(drawn, dtype=np.int64) % folds))
