"""Simulated eyes: independent factors, and a diagnosis that they decide only in part."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from retina_vae.studies.fundus.rendering import RANGES

__all__ = ["DIAGNOSES", "DIAGNOSIS", "diagnosis_probabilities", "draw_eyes"]

FloatArray = NDArray[np.float64]

DIAGNOSIS = "diagnosis"
"""The column of the diagnosis."""

DIAGNOSES = ("healthy", "dry degeneration", "wet degeneration")
"""The categories of the diagnosis."""

_INTERCEPTS = {"dry degeneration": -4.5, "wet degeneration": -5.5}
_SLOPES = {
    "dry degeneration": {"drusen": 7.0, "age": 2.0},
    "wet degeneration": {"haemorrhage": 9.0, "drusen": 1.0, "age": 2.0},
}
"""Log-odds against a healthy eye over the range of each factor; what is not here has no influence."""


def draw_eyes(count: int, seed: int) -> pd.DataFrame:
    """So many eyes: each factor uniform over its range and independent of the others, the diagnosis drawn given them.

    Args:
        count: How many.
        seed: Of the draws.

    Returns:
        The columns of the factors, and :data:`DIAGNOSIS` as a categorical column.
    """
    rng = np.random.default_rng(seed)
    eyes = pd.DataFrame({name: rng.uniform(*ends, count) for name, ends in RANGES.items()})
    beyond = rng.uniform(size=(count, 1)) > diagnosis_probabilities(eyes).cumsum(axis=1)[:, :-1]
    drawn = pd.Categorical.from_codes(beyond.sum(axis=1), categories=pd.Index(DIAGNOSES))
    return eyes.assign(**{DIAGNOSIS: drawn})


def diagnosis_probabilities(eyes: pd.DataFrame) -> FloatArray:
    """p(diagnosis | factors), a multinomial logistic model, shape (eyes, diagnoses).

    An image shows every factor, so that no classifier of images is right more often than the most probable diagnosis
    is, but by chance.
    """
    shares = {name: (eyes[name].to_numpy() - low) / (high - low) for name, (low, high) in RANGES.items()}
    odds = np.zeros((len(eyes), len(DIAGNOSES)))
    for place, name in enumerate(DIAGNOSES[1:], start=1):
        odds[:, place] = _INTERCEPTS[name] + sum(slope * shares[own] for own, slope in _SLOPES[name].items())
    found: FloatArray = special.softmax(odds, axis=1)
    return found
