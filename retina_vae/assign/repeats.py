"""Finding identifiers that occur twice in a stream, in eight bytes per row."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["Repeats"]


class Repeats:
    """Remembers a 64-bit hash of every identifier that has passed.

    The hashes lie in sorted blocks of which a new one is merged with those that are no longer than it is, so that n
    rows cost 8 n bytes (twice that while the largest blocks merge) and n log n steps. Two different identifiers have
    the same hash by chance with a probability of about n^2 / 2^65: 3e-8 for n of a million, 3e-4 for a hundred million.
    """

    def __init__(self) -> None:
        self._blocks: list[NDArray[np.uint64]] = []

    def repeated(self, identifiers: pd.Series) -> NDArray[np.bool_]:
        """Which of these texts have passed before, in an earlier call or earlier in this one."""
        hashes = pd.util.hash_array(identifiers.to_numpy(dtype=object), categorize=False)
        found = pd.Series(hashes).duplicated().to_numpy()
        for block in self._blocks:
            places = np.searchsorted(block, hashes).clip(max=len(block) - 1)
            found = found | (block[places] == hashes)
        self._remember(np.unique(hashes))
        return found

    def _remember(self, block: NDArray[np.uint64]) -> None:
        while self._blocks and len(self._blocks[-1]) <= len(block):
            block = np.concatenate([self._blocks.pop(), block])
            block.sort(kind="stable")
        if len(block):
            self._blocks.append(block)
