"""What a statistic is: a distribution that draws, has an exact density, and knows what a sample of it should show."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Annotated, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from retina_vae.cohort.schema import Column

__all__ = ["Expected", "FloatArray", "Probability", "Statistic", "bounds"]

FloatArray = NDArray[np.float64]
Probability = Annotated[float, Field(ge=0, le=1)]


class Expected(NamedTuple):
    """What a statistic of a sample should be.

    Attributes:
        value: Its expectation, but for a bias that vanishes in large samples.
        sampling_error: Its standard deviation over samples.
        standard_error: How uncertain the expectation itself is, where it was estimated.
    """

    value: float
    sampling_error: float
    standard_error: float | None = None


def bounds(column: Column) -> tuple[float, float]:
    """Minimum and maximum of a column of numbers, infinite where there is none."""
    return (-np.inf if column.minimum is None else column.minimum, np.inf if column.maximum is None else column.maximum)


class Statistic(BaseModel, ABC):
    """The distribution of a column within a group.

    Values are codes (:class:`~retina_vae.cohort.kinds.Kind`): positions of categories, or the numbers themselves. A
    number lies within the column's bounds: its distribution is truncated to them.

    Attributes:
        source: Where the numbers come from; a key of the epidemiology's ``sources``.
        missing: Share of the group's patients whose value is not observed, whatever it is.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    source: str
    missing: Probability = 0.0

    def check_fits(self, column: Column) -> None:
        """Raise ValueError where it cannot be a distribution of this column."""
        if self.missing and column.required:
            raise ValueError(f"expected no missing values of a column that is required, got a share of {self.missing}")

    @abstractmethod
    def draw(self, column: Column, count: int, rng: np.random.Generator) -> FloatArray:
        """Codes of ``count`` patients, all observed, shape (count,)."""

    def log_density(self, codes: FloatArray, column: Column) -> FloatArray:
        """Log-density of each code in nats, shape (patients,).

        It is per unit of the column where numbers are measured, and a log-probability of categories, counts and of a
        zero that has a probability. Impossible codes have -inf; a code that is not observed (NaN) has 0, because
        without it the density is that of the rest.
        """
        known = ~np.isnan(codes)
        found = np.zeros(len(codes))
        found[known] = self._log_density_of_observed(codes[known], column)
        return found

    @abstractmethod
    def _log_density_of_observed(self, codes: FloatArray, column: Column) -> FloatArray:
        """:meth:`log_density` of codes none of which is NaN."""

    @abstractmethod
    def expected(self, column: Column, n: float) -> dict[str, Expected]:
        """What :meth:`~retina_vae.cohort.kinds.Kind.summary` of ``n`` observed values should be, by name."""
