"""Columns whose value does not exist for some patients."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from retina_vae.cohort.encoding import ColumnEncoding
from retina_vae.vae.likelihoods.base import ColumnLikelihood, Family

__all__ = ["Applicable", "ApplicableFamily"]


@dataclass(frozen=True)
class Applicable:
    """One column with a last feature that says that the value does not exist: 1 where it does not, else 0.

    The encoder reads that feature. Its probability is not modelled: p(x | z) is that of the value, given that there is
    one. Where there is none the other features are NaN, which count 0 nats as in any column with gaps.
    """

    factor: ColumnLikelihood

    @property
    def mean(self) -> Tensor:
        """That of the factor, and 0: the value exists."""
        return _with_zero(self.factor.mean)

    def log_prob(self, x: Tensor) -> Tensor:
        """log p(x | z) of the value; one column."""
        return self.factor.log_prob(x[..., :-1, :])

    def sample(self, generators: Sequence[torch.Generator]) -> Tensor:
        """Values that exist."""
        return _with_zero(self.factor.sample(generators))

    def expectation(self, columns: Sequence[ColumnEncoding]) -> Tensor:
        """That of the factor."""
        return self.factor.expectation(columns)


@dataclass(frozen=True)
class ApplicableFamily:
    """Factors of a family for columns that do not apply to everybody."""

    family: Family

    @property
    def shared(self) -> bool:
        """No: a column has a feature more."""
        return False

    @property
    def scales(self) -> int:
        """Those of the family."""
        return self.family.scales

    def from_numbers(self, numbers: Tensor, log_scale: Tensor, columns: Sequence[ColumnEncoding]) -> ColumnLikelihood:
        """The family's factor of all numbers but the last, which is not read."""
        return Applicable(self.family.from_numbers(numbers[:, :-1], log_scale, columns))


def _with_zero(values: Tensor) -> Tensor:
    return torch.cat([values, torch.zeros_like(values[:, :1])], dim=1)
