"""The last step of a decoder: from its numbers to the likelihood of the columns."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn

from retina_vae.cohort.encoding import ColumnEncoding, Encoding
from retina_vae.vae.likelihoods import (
    ClippedBernoulli,
    ColumnLikelihood,
    Family,
    Likelihood,
    Observed,
    Positions,
    SquaredError,
    TypedLikelihood,
    family_of,
)
from retina_vae.vae.likelihoods.sigmoid import ObservedSigmoid

__all__ = ["LOG_SCALE_RANGE", "Output", "SigmoidOutput", "TypedOutput", "build_output"]

LOG_SCALE_RANGE = (-4.0, 3.0)
"""Bounds of a predicted log sigma, in units of the column: a decoder must not put all its weight on one patient."""


class Output(nn.Module):
    """A map from the decoder's numbers, shape (replicas, ``width``, patients), to p(x | z).

    ``width`` is how many numbers it reads per patient.
    """

    width: int

    def forward(self, numbers: Tensor) -> Likelihood:
        """p(x | z)."""
        raise NotImplementedError


class SigmoidOutput(Output):
    """A sigmoid per input, with the loss that ``name`` says; inputs with ``gaps`` count where observed."""

    def __init__(self, name: str, features: int, probability_floor: float, gaps: bool = False) -> None:
        super().__init__()
        self.width, self.name, self.floor, self.gaps = features, name, probability_floor, gaps

    def forward(self, numbers: Tensor) -> Likelihood:
        """A clipped Bernoulli or a squared error."""
        squared = self.name == "squared_error"
        likelihood = SquaredError(numbers) if squared else ClippedBernoulli(numbers, self.floor)
        return ObservedSigmoid(likelihood) if self.gaps else likelihood


class _Group(NamedTuple):
    """Neighbouring columns that are one factor.

    Attributes:
        family: Of the factor.
        place: Of the columns among the features.
        scales: Of the logarithms of their scales among those of all columns; empty without.
        columns: The columns.
        gaps: Whether any of them has gaps.
    """

    family: Family
    place: slice
    scales: slice
    columns: tuple[ColumnEncoding, ...]
    gaps: bool


class TypedOutput(Output):
    """The factor of each column, of the family that its kind and its remarks have.

    It reads one number per feature, in the order of the features, and behind them the predicted logarithms of scales,
    in the order of the columns that have one. Neighbouring columns of one feature and one kind share a factor, which
    saves small steps and changes no number. Of the features of a remark no number is read.

    Args:
        replicas: Number of replicas.
        encoding: The columns.
        gaussian_scale: What sigma of a numeric column is: ``fixed`` at ``sigma``, a hyper-parameter,
            ``learned`` as one parameter per column and replica that starts there, or ``predicted`` by the decoder for
            each code, as ``sigma`` times the exponential of an output, between exp(-4) and exp(3).
        sigma: In standard deviations of the column, as the features are.
    """

    def __init__(self, replicas: int, encoding: Encoding, gaussian_scale: str, sigma: float) -> None:
        super().__init__()
        self.groups = _groups(encoding)
        self.features = encoding.width
        self.predicted = gaussian_scale == "predicted"
        self.log_sigma = math.log(sigma)
        scales = self.groups[-1].scales.stop
        self.width = self.features + (scales if self.predicted else 0)
        if gaussian_scale == "learned":
            self.log_scale = nn.Parameter(torch.full((replicas, scales, 1), self.log_sigma))

    def forward(self, numbers: Tensor) -> Likelihood:
        """The product of the columns' factors; numbers beyond the features are logarithms of predicted scales."""
        factors: list[tuple[slice, ColumnLikelihood]] = []
        predicted = numbers[:, self.features :]
        for family, place, scales, columns, gaps in self.groups:
            log_scale = self._log_scale(predicted, scales) if family.scales else predicted
            factor = family.from_numbers(numbers[:, place], log_scale, columns)
            factors.append((place, Observed(factor) if gaps else factor))
        return TypedLikelihood(tuple(factors))

    def _log_scale(self, predicted: Tensor, scales: slice) -> Tensor:
        if self.predicted:
            return (predicted[:, scales] + self.log_sigma).clamp(*LOG_SCALE_RANGE)
        if hasattr(self, "log_scale"):
            return self.log_scale[:, scales]
        return predicted.new_full((1, 1, 1), self.log_sigma)


def _groups(encoding: Encoding) -> list[_Group]:
    """The factors: neighbours of one kind together where its family is shared, every other column alone.

    The positions of a sequence without gaps are one factor.
    """
    if encoding.sequence is not None and not encoding.gaps:
        return [_Group(Positions, slice(0, encoding.width), slice(0, 0), encoding.columns, False)]
    groups: list[_Group] = []
    for column, place in encoding.slices:
        family, first = family_of(column), groups[-1].scales.stop if groups else 0
        group = _Group(family, place, slice(first, first + family.scales), (column,), column.gaps)
        if groups and family.shared and groups[-1].family is family:
            groups.append(_joined(groups.pop(), group))
        else:
            groups.append(group)
    return groups


def _joined(left: _Group, right: _Group) -> _Group:
    places = slice(left.place.start, right.place.stop), slice(left.scales.start, right.scales.stop)
    return _Group(left.family, *places, left.columns + right.columns, left.gaps or right.gaps)


def build_output(
    name: str, replicas: int, encoding: Encoding, probability_floor: float, gaussian_scale: str, sigma: float
) -> Output:
    """The output that ``vae.likelihood`` names.

    Raises:
        ValueError: There is none of that name, or a typed one is asked for columns that do not have the features of
            their kinds.
    """
    if name == "typed":
        others = [column.name for column in encoding.columns if not column.by_kind]
        if others:
            raise ValueError(
                f"expected the features of each column's kind for the typed likelihood, got one number of {others}"
            )
        return TypedOutput(replicas, encoding, gaussian_scale, sigma)
    if name in ("binary_cross_entropy", "squared_error"):
        return SigmoidOutput(name, encoding.width, probability_floor, bool(encoding.gaps))
    raise ValueError(f"expected 'typed', 'binary_cross_entropy' or 'squared_error', got {name!r}")
