"""What every likelihood is, and the product of the columns' factors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol, runtime_checkable

import torch
from torch import Tensor

from retina_vae.cohort.encoding import ColumnEncoding, Encoding
from retina_vae.cohort.kinds import Coding

__all__ = [
    "ColumnLikelihood",
    "Family",
    "Likelihood",
    "NumberLikelihood",
    "Observed",
    "TypedLikelihood",
    "codings",
    "random_numbers",
]


class Likelihood(Protocol):
    """A distribution over patients, one factor per column."""

    def log_prob(self, x: Tensor) -> Tensor:
        """log p(x | z) per column in nats, shape (replicas, columns, patients).

        Args:
            x: Features that broadcast against (replicas, features, patients).
        """
        ...

    @property
    def mean(self) -> Tensor:
        """E[x | z] of each feature, shape (replicas, features, patients)."""
        ...


class ColumnLikelihood(Likelihood, Protocol):
    """The factor of one column, or of several columns of one feature each."""

    def sample(self, generators: Sequence[torch.Generator]) -> Tensor:
        """Features of one draw per patient, replica i's from ``generators[i]``; shaped as ``mean``."""
        ...

    def expectation(self, columns: Sequence[ColumnEncoding]) -> Tensor:
        """What describes the columns in their terms, in double precision: probabilities, or means in their unit.

        Args:
            columns: The columns of the factor, in their order.

        Returns:
            One row per category that the columns' kind describes and per number, shape (replicas, rows, patients).
        """
        ...


@runtime_checkable
class NumberLikelihood(ColumnLikelihood, Protocol):
    """The factor of columns that are numbers: mixtures of its distributions have quantiles."""

    def parameters(self, column: int) -> tuple[Tensor, ...]:
        """What the distribution of one of the columns at each code is made of, each of shape (replicas, codes)."""
        ...

    @classmethod
    def mixture_quantile(
        cls, level: float | Tensor, parameters: tuple[Tensor, ...], weights: Tensor, coding: Coding
    ) -> Tensor:
        """A quantile of mixtures of such distributions in the column's unit, in double precision, shape (cells,).

        Args:
            level: Between 0 and 1, one for all cells or of shape (cells,).
            parameters: As of :meth:`parameters`, of the components of each cell, each of shape (components, cells).
            weights: Of the components, shape (components, cells), in double precision; they sum to 1 in each cell.
            coding: Of the column.
        """
        ...

    @classmethod
    def limited_mean(cls, parameters: tuple[Tensor, ...], coding: Coding, low: Tensor, high: Tensor) -> Tensor:
        """The mean of each component in the column's unit, of which what lies beyond the ends counts as the ends.

        Args:
            parameters: As in :meth:`mixture_quantile`.
            coding: Of the column.
            low: The lower end, shape (cells,).
            high: The upper end.

        Returns:
            Shape (components, cells), in double precision.
        """
        ...


class Family(Protocol):
    """Factors of one kind of column, as a class of :class:`ColumnLikelihood` offers them."""

    @property
    def shared(self) -> bool:
        """Whether neighbouring columns, of one feature each, are one factor: small steps saved, no number changed."""
        ...

    @property
    def scales(self) -> int:
        """How many logarithms of scales a column needs beside one number of the decoder per feature."""
        ...

    def from_numbers(self, numbers: Tensor, log_scale: Tensor, columns: Sequence[ColumnEncoding]) -> ColumnLikelihood:
        """The factor of neighbouring columns.

        Args:
            numbers: The decoder's numbers, one per feature, shape (replicas, features, patients).
            log_scale: Logarithms of the scales, in units of the features, which broadcast against (replicas,
                columns, patients); not read by a family without scales.
            columns: The columns, one where the family is not shared.
        """
        ...


@dataclass(frozen=True)
class Observed:
    """A factor of columns with gaps: where a column is not observed, its NaN counts 0 nats and has no gradient.

    So the sum over the columns is the logarithm of the product over the observed ones, the likelihood of what was
    observed with the rest integrated out (Little and Rubin, Statistical analysis with missing data, chapter 6).
    """

    factor: ColumnLikelihood

    @property
    def mean(self) -> Tensor:
        """That of the factor."""
        return self.factor.mean

    def log_prob(self, x: Tensor) -> Tensor:
        """log p(x | z) per column; 0 where its features are NaN."""
        return observed_log_prob(self.factor, x)

    def sample(self, generators: Sequence[torch.Generator]) -> Tensor:
        """Draws without gaps."""
        return self.factor.sample(generators)

    def expectation(self, columns: Sequence[ColumnEncoding]) -> Tensor:
        """That of the factor."""
        return self.factor.expectation(columns)


@dataclass(frozen=True)
class TypedLikelihood:
    """The product of the columns' factors, in the order of the columns: a density over patients.

    ``factors`` holds each factor with its place among the features.
    """

    factors: tuple[tuple[slice, ColumnLikelihood], ...]

    @property
    def mean(self) -> Tensor:
        """E[x | z] of each feature."""
        return torch.cat([factor.mean for _, factor in self.factors], dim=1)

    def log_prob(self, x: Tensor) -> Tensor:
        """log p(x | z) per column; the patient's is their sum, in which a column that is not observed counts 0."""
        return torch.cat([factor.log_prob(x[..., place, :]) for place, factor in self.factors], dim=1)

    def sample(self, generators: Sequence[torch.Generator]) -> Tensor:
        """One patient per code, shape (replicas, features, patients); replica i draws from ``generators[i]``."""
        return torch.cat([factor.sample(generators) for _, factor in self.factors], dim=1)

    def expectation(self, encoding: Encoding) -> Tensor:
        """What describes each column, in double precision, shape (replicas, rows, patients).

        Args:
            encoding: Of the features. Its columns in their order have a row per category that their kind describes,
                the category's probability; a number has one row, its mean in the column's unit.
        """
        places = list(encoding.slices)
        parts = []
        for place, factor in self.factors:
            columns = [column for column, at in places if place.start <= at.start < place.stop]
            parts.append(factor.expectation(columns))
        return torch.cat(parts, dim=1)


def observed_log_prob(likelihood: Likelihood, x: Tensor) -> Tensor:
    """log p(x | z) per column; 0, without a gradient, where the features of a column are NaN.

    Either each column has one feature, or all features are of one column, which has a value for all or for none.
    """
    missing = x.isnan()
    # The likelihood never sees the NaN: what is multiplied by 0 afterwards must be finite, as must its gradient.
    values = likelihood.log_prob(x.masked_fill(missing, 0.0))
    return values.masked_fill(missing[..., : values.shape[1], :], 0.0)


def codings(columns: Sequence[ColumnEncoding], like: Tensor) -> tuple[Tensor, Tensor]:
    """Centers and scales of the columns on the device of ``like``, each of shape (columns, 1), in double precision."""
    return _codings(tuple(column.coding for column in columns), like.device)


# A training step must not copy from the CPU, so the numbers of the columns it has seen stay on the device.
@lru_cache(maxsize=256)
def _codings(codings: tuple[tuple[float, float], ...], device: torch.device) -> tuple[Tensor, Tensor]:
    center, scale = (
        torch.tensor(numbers, dtype=torch.float64, device=device) for numbers in zip(*codings, strict=True)
    )
    return center.unsqueeze(1), scale.unsqueeze(1)


def random_numbers(draw: Callable[..., Tensor], like: Tensor, generators: Sequence[torch.Generator]) -> Tensor:
    """Random numbers in the shape of ``like``, drawn on the CPU so that a seed means the same everywhere."""
    numbers = [draw(like.shape[1:], generator=generator, dtype=like.dtype) for generator in generators]
    return torch.stack(numbers).to(like.device)
