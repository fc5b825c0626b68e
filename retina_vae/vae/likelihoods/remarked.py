"""Factors of columns with a feature that is remarked of the value, and that the decoder makes no number of."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import torch
from torch import Tensor

from retina_vae.cohort.encoding import ColumnEncoding
from retina_vae.vae.likelihoods.base import ColumnLikelihood, Family

__all__ = ["Remarked", "RemarkedFamily"]

FactorT = TypeVar("FactorT", bound=ColumnLikelihood)


@dataclass(frozen=True)
class Remarked(ABC, Generic[FactorT]):
    """The factor of one column whose last feature is a remark, 0 where nothing is remarked; draws have no remark."""

    factor: FactorT

    @property
    def mean(self) -> Tensor:
        """That of the factor, and 0."""
        return _with_zero(self.factor.mean)

    @abstractmethod
    def log_prob(self, x: Tensor) -> Tensor:
        """log p(x | z) of the column, from all its features."""

    def sample(self, generators: Sequence[torch.Generator]) -> Tensor:
        """Draws of the factor, and 0."""
        return _with_zero(self.factor.sample(generators))

    def expectation(self, columns: Sequence[ColumnEncoding]) -> Tensor:
        """That of the factor."""
        return self.factor.expectation(columns)


@dataclass(frozen=True)
class RemarkedFamily(ABC):
    """Factors of a family for columns with a remark."""

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
        """The family's factor of all numbers but the last, which is not read, and what the remark makes of it."""
        return self.remarked(self.family.from_numbers(numbers[:, :-1], log_scale, columns))

    @abstractmethod
    def remarked(self, factor: ColumnLikelihood) -> ColumnLikelihood:
        """The factor with the remark."""


def _with_zero(values: Tensor) -> Tensor:
    return torch.cat([values, torch.zeros_like(values[:, :1])], dim=1)
