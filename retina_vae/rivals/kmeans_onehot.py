"""K-means on the columns themselves: a feature of every category, and numbers as z-scores."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from retina_vae.cohort import CohortSchema
from retina_vae.rivals.measurements import CategoryPart, Part, measure
from retina_vae.rivals.rival import Fitted, FloatArray, Labels, Rival, Starts

__all__ = ["KMeansOneHot", "NearestCentre", "one_hot"]


def one_hot(patients: pd.DataFrame, parts: tuple[Part, ...]) -> FloatArray:
    """Features of the parts, shape (patients, features).

    A category has a feature of its own, 1 for who has it and 0 for the others; a number its z-score. What is not
    observed is 0 in all of its features: no category, and the mean of a number.
    """
    return np.column_stack([_features(part, part.values(patients)) for part in parts])


def _features(part: Part, values: FloatArray) -> FloatArray:
    if isinstance(part, CategoryPart):
        return (values[:, None] == np.arange(part.categories)).astype(np.float64)
    return np.nan_to_num(values, nan=0.0)[:, None]


@dataclass(frozen=True, eq=False)
class NearestCentre(Fitted):
    """Patients go to the nearest centre."""

    parts: tuple[Part, ...]
    found: Any

    def labels(self, patients: pd.DataFrame) -> Labels:
        """Index of the nearest centre."""
        return np.asarray(self.found.predict(one_hot(patients, self.parts)), dtype=np.int64)


class KMeansOneHot(Rival):
    """As many centres as the run has clusters."""

    name: ClassVar[str] = "kmeans_onehot"
    words: ClassVar[str] = "K-means clusters of one-hot columns"

    def fit(self, patients: pd.DataFrame, schema: CohortSchema, k: int, starts: Starts) -> NearestCentre:
        """The start with the smallest sum of squares within the clusters; no more clusters than patients."""
        from sklearn.cluster import KMeans

        parts = measure(patients, schema)
        model = KMeans(n_clusters=min(k, len(patients)), n_init=starts.number, random_state=starts.seed)
        return NearestCentre(parts, model.fit(one_hot(patients, parts)))
