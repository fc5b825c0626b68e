"""What a model says of the values that patients lack: p(x_missing | x_observed), of every gap its whole distribution.

It is a mixture: of the distributions p(value | z) of a column at codes z that stand for p(z | x_observed), weighted,
and over all replicas, which count alike. So it holds what the codes leave open, what the replicas disagree about, and
the noise of a value around what its code expects.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from retina_vae.cohort.encoding import ColumnEncoding
from retina_vae.latent.decode import decode_codes
from retina_vae.vae.description import ModelDescription
from retina_vae.vae.likelihoods import ColumnLikelihood, NumberLikelihood, Observed, TypedLikelihood
from retina_vae.vae.likelihoods.remarked import Remarked
from retina_vae.vae.model import VariationalAutoencoder
from retina_vae.vae.proposals import weighted_proposals

__all__ = ["ColumnPredictive", "predict_gaps", "weighted_codes"]

FloatArray = NDArray[np.float64]

_CODES_PER_BATCH = 2**17
"""Of all replicas; their numbers stay in a processor's cache."""

_DRAWN_IN = (0.05, 0.95)
"""Levels beyond which a distribution is drawn in before its mean is taken."""


@dataclass(frozen=True, eq=False)
class ColumnPredictive:
    """The predictive distributions of the gaps of one column.

    Attributes:
        column: Whose.
        patients: Positions of the patients who lack it, shape (gaps,).
        described: The mean of a number, or the probabilities of the categories that the kind describes, shape (gaps,
            rows). The mean is that of the distribution with its outermost 5 % on either side drawn in to where they
            begin (a winsorised mean): a few codes far from the cohort, at which a log-normal number expects millions,
            would else decide it.
        quantiles: Of a number, shape (gaps, levels); without columns of categories.
    """

    column: ColumnEncoding
    patients: NDArray[np.intp]
    described: FloatArray
    quantiles: FloatArray

    @property
    def probabilities(self) -> FloatArray:
        """The probability of each category, shape (gaps, categories)."""
        own = self.described
        # Of two categories the probability of the second one is told.
        return np.column_stack([1 - own[:, 0], own[:, 0]]) if own.shape[1] == 1 else own

    def take(self, gaps: NDArray[np.bool_]) -> ColumnPredictive:
        """Some of the gaps."""
        return ColumnPredictive(self.column, self.patients[gaps], self.described[gaps], self.quantiles[gaps])


@torch.no_grad()
def predict_gaps(
    model: VariationalAutoencoder,
    description: ModelDescription,
    x: Tensor,
    noise: Tensor,
    levels: Sequence[float] = (),
    *,
    corrected: bool,
) -> list[ColumnPredictive]:
    """The predictive distribution of every gap.

    A patient's numbers depend on the patient alone, not on who else is there.

    Args:
        model: R replicas with a typed likelihood.
        description: Of them.
        x: Features, shape (features, patients); NaN where a column is not observed.
        noise: Standard normal points, the same for each patient, shape (replicas or 1, d, draws, 1).
        levels: Which quantiles of numbers are asked for, each between 0 and 1.
        corrected: Whether codes stand for p(z | x), or for q(z | x).

    Returns:
        An entry per column that may have gaps, in the order of the columns.

    Raises:
        ConfigurationError: The likelihood is not typed.
    """
    size = max(1, _CODES_PER_BATCH // (noise.shape[2] * model.replicas))
    columns = [column for column in description.encoding.columns if column.gaps]
    found = {column.name: [_nothing(column, len(levels))] for column in columns}
    lacking = x.isnan().any(dim=0).nonzero()[:, 0]
    for part in lacking.split(size):
        for own in _batch(model, description, x[:, part], part, noise, levels, corrected):
            found[own.column.name].append(own)
    return [_joined(parts) for parts in found.values()]


def weighted_codes(model: VariationalAutoencoder, x: Tensor, noise: Tensor, corrected: bool) -> tuple[Tensor, Tensor]:
    """Codes of shape (replicas, d, draws, patients), and their weights, which sum to 1 over all of a patient.

    Args:
        model: R replicas.
        x: Features, shape (features, patients).
        noise: As in :func:`predict_gaps`.
        corrected: As in :func:`predict_gaps`.
    """
    x, noise = x.expand(model.replicas, -1, -1), noise.expand(model.replicas, -1, -1, -1)
    posterior = model.encode(x)
    if corrected:
        proposals = weighted_proposals(model, posterior, x, noise)
        return proposals.codes, proposals.log_weights.double().softmax(dim=1) / model.replicas
    z = posterior.rsample(noise)
    count = z.shape[2] * model.replicas
    return z, torch.full((z.shape[0], *z.shape[2:]), 1 / count, dtype=torch.float64, device=z.device)


def _batch(
    model: VariationalAutoencoder,
    description: ModelDescription,
    x: Tensor,
    patients: Tensor,
    noise: Tensor,
    levels: Sequence[float],
    corrected: bool,
) -> Iterator[ColumnPredictive]:
    """The gaps of a few patients, at positions ``patients`` among all."""
    z, weights = weighted_codes(model, x, noise, corrected)
    told = decode_codes(model, description, z.flatten(2))
    _, draws, count = weights.shape
    expected = told.expectation(description.encoding).unflatten(2, (draws, count))
    rows = torch.einsum("rdsn,rsn->nd", expected, weights)
    by_code = weights.flatten(0, 1)
    start = 0
    for column, place, factor, position in _factors(told, description):
        start, first = start + len(column.kind_of.described(column.categories)), start
        gaps = x[place.start].isnan().nonzero()[:, 0]
        if not len(gaps):
            continue
        described, quantiles = rows[gaps, first:start], rows.new_empty(len(gaps), 0)
        if column.kind_of.numeric:
            own = _number_factor(factor)
            parts = [part.unflatten(1, (draws, count)).flatten(0, 1)[:, gaps] for part in own.parameters(position)]
            described, quantiles = _numbers(own, column, tuple(parts), by_code[:, gaps], levels)
        yield ColumnPredictive(column, patients[gaps].numpy(), described.numpy(), quantiles.numpy())


def _numbers(
    factor: NumberLikelihood,
    column: ColumnEncoding,
    parts: tuple[Tensor, ...],
    weights: Tensor,
    levels: Sequence[float],
) -> tuple[Tensor, Tensor]:
    """Mean, shape (gaps, 1), and quantiles, shape (gaps, levels), of a column of numbers."""
    asked = sorted({*_DRAWN_IN, *levels})
    found = {level: factor.mixture_quantile(level, parts, weights, column.coding) for level in asked}
    low, high = (found[level] for level in _DRAWN_IN)
    mean = (weights * factor.limited_mean(parts, column.coding, low, high)).sum(dim=0)
    quantiles = torch.stack([found[level] for level in levels], dim=1) if levels else mean.new_empty(len(mean), 0)
    return mean.unsqueeze(1), quantiles


def _nothing(column: ColumnEncoding, levels: int) -> ColumnPredictive:
    """A column that no patient lacks."""
    rows = len(column.kind_of.described(column.categories))
    none = np.empty(0, dtype=np.intp)
    return ColumnPredictive(column, none, np.empty((0, rows)), np.empty((0, levels if column.kind_of.numeric else 0)))


def _factors(
    told: TypedLikelihood, description: ModelDescription
) -> Iterator[tuple[ColumnEncoding, slice, ColumnLikelihood, int]]:
    """Each column with its place among the features, its factor, and its position among the columns of that."""
    for place, factor in told.factors:
        own = [each for each in description.encoding.slices if place.start <= each[1].start < place.stop]
        for position, (column, at) in enumerate(own):
            yield column, at, factor, position


def _number_factor(factor: ColumnLikelihood) -> NumberLikelihood:
    """What is wrapped in the factor of a column with gaps."""
    while isinstance(factor, Observed | Remarked):
        factor = factor.factor
    if not isinstance(factor, NumberLikelihood):
        raise TypeError(f"expected the factor of a number, got {type(factor).__name__}")
    return factor


def _joined(parts: Sequence[ColumnPredictive]) -> ColumnPredictive:
    """The gaps of one column in the order of the patients."""
    arrays = ("patients", "described", "quantiles")
    return ColumnPredictive(
        parts[0].column, *(np.concatenate([getattr(part, name) for part in parts]) for name in arrays)
    )
