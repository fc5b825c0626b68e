"""The patients of resamples: each replica trains on its own."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from retina_vae.cohort.encoding import Encoding
from retina_vae.resamples import NOISE_SHARE, Scheme, drawn_patients, noise_stream
from retina_vae.vae.patients import Patients

__all__ = ["noisy_features", "resampled_patients"]


def resampled_patients(
    patients: Patients, encoding: Encoding, scheme: Scheme, resamples: int, seed: int, first: int = 0
) -> tuple[Patients, NDArray[np.int64]]:
    """As many cohorts as replicas, each drawn from the patients.

    A resample is a cohort like any other: where patients are kept out of training they are kept out of it, and one who
    was drawn twice may stand on both sides.

    Args:
        patients: Everybody; features of shape (features, patients).
        encoding: How the features hold the columns; that of the whole cohort, which resamples keep.
        scheme: How to draw.
        resamples: How many.
        seed: Of the draws.
        first: Resamples before these, which are drawn elsewhere.

    Returns:
        Each replica's own patients, features of shape (resamples, features, drawn), and the positions of those drawn,
        shape (resamples, drawn).
    """
    numbers = range(first, first + resamples)
    drawn = np.stack([drawn_patients(scheme, patients.count, seed, resample) for resample in numbers])
    own = patients.take(torch.from_numpy(drawn).to(patients.x.device))
    if scheme != "noise":
        return own, drawn
    streams = [noise_stream(seed, resample) for resample in numbers]
    noisy = torch.stack([noisy_features(patients.x, encoding, stream) for stream in streams])
    return Patients(noisy, own.labels), drawn


def noisy_features(x: Tensor, encoding: Encoding, rng: np.random.Generator) -> Tensor:
    """The features, with a share :data:`~retina_vae.resamples.NOISE_SHARE` of the values replaced.

    A value takes that of a patient drawn at random, a draw from the column's margin with its gaps; all features of a
    column change together. So a value of any kind stays one that its column can have, which numbers added to a
    category's features would not.

    Args:
        x: Features of everybody, shape (features, patients).
        encoding: Which features belong to one column.
        rng: Where the draws come from.
    """
    noisy, count = x.clone(), x.shape[1]
    for _, place in encoding.slices:
        changed = np.flatnonzero(rng.random(count) < NOISE_SHARE)
        donors = rng.integers(count, size=len(changed))
        noisy[place, torch.from_numpy(changed)] = x[place, torch.from_numpy(donors)]
    return noisy
