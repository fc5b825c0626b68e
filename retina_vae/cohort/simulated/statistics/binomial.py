"""Numbers out of a maximum."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from pydantic import Field
from scipy.stats import binom

from retina_vae.cohort.schema import Column
from retina_vae.cohort.simulated.statistics.base import Expected, FloatArray, Statistic
from retina_vae.cohort.simulated.statistics.moments import Moments, expected_mean, expected_variance

__all__ = ["BinomialStatistic"]


class BinomialStatistic(Statistic):
    """Binomial: each of the column's ``maximum`` points is reached with the same probability.

    Attributes:
        probability: Of each point.
    """

    probability: Annotated[float, Field(gt=0, lt=1)]

    def draw(self, column: Column, count: int, rng: np.random.Generator) -> FloatArray:
        """Whole numbers from 0 to the maximum."""
        return rng.binomial(_largest(column), self.probability, count).astype(np.float64)

    def _log_density_of_observed(self, codes: FloatArray, column: Column) -> FloatArray:
        return np.asarray(binom(_largest(column), self.probability).logpmf(codes))

    def expected(self, column: Column, n: float) -> dict[str, Expected]:
        """Mean and variance."""
        moments = Moments.of(binom(_largest(column), self.probability))
        return {"mean": expected_mean(moments, n), "variance": expected_variance(moments, n)}


def _largest(column: Column) -> int:
    if column.maximum is None:
        raise ValueError(f"column {column.name!r}: expected a maximum of the kind {column.kind!r}, got none")
    return int(column.maximum)
