"""The patients that the run was trained on: they keep what the run says of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retina_vae.assign.score import Scores

__all__ = ["KnownPatients"]


@dataclass(frozen=True, eq=False)
class KnownPatients:
    """Identifiers, inputs and results of the training cohort, in its order.

    Attributes:
        identifiers: Of the patients.
        features: What the model reads of each, shape (patients, width); NaN where a column is not observed.
        scores: The run's own clusters and codes, with the probabilities of the clusters.
        typicality: Score of each, shape (patients,).
    """

    identifiers: pd.Index
    features: NDArray[np.float64]
    scores: Scores
    typicality: NDArray[np.float64]

    def find(self, identifiers: pd.Series, features: NDArray[np.float64]) -> NDArray[np.int64]:
        """Position of each patient in the cohort; -1 for another identifier, -2 for a known one with other inputs.

        Numbers are equal within 1e-9, so that writing and reading a table as text does not make a patient another; a
        value that is missing is equal to a missing one alone.
        """
        places = self.identifiers.get_indexer(pd.Index(identifiers, dtype=object))
        here = np.flatnonzero(places >= 0)
        known = self.features[places[here]]
        same = np.isclose(known, features[here], rtol=1e-9, atol=1e-9, equal_nan=True).all(axis=1)
        places[here[~same]] = -2
        return places

    def restore(self, places: NDArray[np.int64], scores: Scores, typicality: NDArray[np.float64]) -> None:
        """Put the run's own numbers where ``places`` has a patient of the cohort."""
        here = places >= 0
        for name in ("cluster", "probability", "mean", "scale"):
            getattr(scores, name)[here] = getattr(self.scores, name)[places[here]]
        typicality[here] = self.typicality[places[here]]
