"""Which patients a resample holds: the schemes by which a cohort is drawn again."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

__all__ = ["NOISE_SHARE", "SCHEMES", "Scheme", "drawn_patients", "noise_stream"]

Scheme = Literal["bootstrap", "subset", "noise"]

SCHEMES: tuple[Scheme, ...] = get_args(Scheme)
"""The schemes of ``clusterboot`` in the R package fpc (Hennig 2007) that are there, by its names."""

NOISE_SHARE = 0.05
"""Share of the values that the scheme ``noise`` replaces: the smaller level of ``clusterboot``'s ``noisetuning``."""

# Name the streams of the resamples, apart from those of the choice of k.
_RESAMPLE, _NOISE = 4, 5


def drawn_patients(scheme: Scheme, patients: int, seed: int, resample: int) -> NDArray[np.int64]:
    """Positions of the patients of one resample.

    Args:
        scheme: ``bootstrap`` draws as many as there are with repetition, ``subset`` half of them (rounded down, at
            least one) without, ``noise`` takes everybody once, whose values are changed elsewhere.
        patients: How many there are.
        seed: Of all resamples.
        resample: Which one, from 0; each has a stream of its own.

    Returns:
        Shape (drawn,), in the order of the draw.
    """
    rng = np.random.default_rng([seed, _RESAMPLE, resample])
    if scheme == "bootstrap":
        return rng.integers(patients, size=patients)
    if scheme == "subset":
        return rng.choice(patients, size=max(1, patients // 2), replace=False)
    return np.arange(patients)


def noise_stream(seed: int, resample: int) -> np.random.Generator:
    """The stream that one resample's changed values are drawn from."""
    return np.random.default_rng([seed, _NOISE, resample])
