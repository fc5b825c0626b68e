"""Columns whose value does not exist for some patients."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from retina_vae.vae.likelihoods.base import ColumnLikelihood
from retina_vae.vae.likelihoods.remarked import Remarked, RemarkedFamily

__all__ = ["Applicable", "ApplicableFamily"]


@dataclass(frozen=True)
class Applicable(Remarked[ColumnLikelihood]):
    """One column with a last feature that says that the value does not exist: 1 where it does not, else 0.

    The encoder reads that feature. Its probability is not modelled: p(x | z) is that of the value, given that there is
    one. Where there is none the other features are NaN, which count 0 nats as in any column with gaps.
    """

    def log_prob(self, x: Tensor) -> Tensor:
        """log p(x | z) of the value; one column."""
        return self.factor.log_prob(x[..., :-1, :])


class ApplicableFamily(RemarkedFamily):
    """Factors of a family for columns that do not apply to everybody."""

    def remarked(self, factor: ColumnLikelihood) -> Applicable:
        """The factor of a value that may not exist."""
        return Applicable(factor)
