"""The last step of a decoder: from its numbers to the likelihood of the columns."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from retina_vae.cohort.encoding import Encoding
from retina_vae.vae.likelihoods import (
    Bernoulli,
    Categorical,
    ClippedBernoulli,
    ColumnLikelihood,
    Gaussian,
    Likelihood,
    SquaredError,
    TypedLikelihood,
)

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
    """The paper's sigmoid per input, with the loss that ``name`` says."""

    def __init__(self, name: str, features: int, probability_floor: float) -> None:
        super().__init__()
        self.width, self.name, self.floor = features, name, probability_floor

    def forward(self, numbers: Tensor) -> Likelihood:
        """A clipped Bernoulli or a squared error."""
        if self.name == "squared_error":
            return SquaredError(numbers)
        return ClippedBernoulli(numbers, self.floor)


class TypedOutput(Output):
    """The factor of each column by its kind: a Gaussian, a Bernoulli or a categorical distribution.

    Neighbouring columns of one feature and one kind share a factor, which saves small steps and changes no number.

    Args:
        replicas: Number of replicas.
        encoding: The columns.
        gaussian_scale: What sigma of a continuous column is: ``fixed`` at ``sigma`` (the slides' hyper-parameter),
            ``learned`` as one parameter per column and replica that starts there, or ``predicted`` by the decoder for
            each code, as ``sigma`` times the exponential of an output, between exp(-4) and exp(3).
        sigma: In standard deviations of the column, as the features are.
    """

    def __init__(self, replicas: int, encoding: Encoding, gaussian_scale: str, sigma: float) -> None:
        super().__init__()
        self.groups = _groups(encoding)
        self.predicted = gaussian_scale == "predicted"
        self.log_sigma = math.log(sigma)
        continuous = sum(place.stop - place.start for kind, place in self.groups if kind == "continuous")
        self.width = encoding.width + (continuous if self.predicted else 0)
        if gaussian_scale == "learned":
            self.log_scale = nn.Parameter(torch.full((replicas, continuous, 1), self.log_sigma))

    def forward(self, numbers: Tensor) -> Likelihood:
        """The product of the columns' factors; numbers beyond the features are logarithms of predicted scales."""
        factors: list[tuple[slice, ColumnLikelihood]] = []
        first, features = 0, self.groups[-1][1].stop
        for kind, place in self.groups:
            part = numbers[:, place]
            if kind == "continuous":
                own = slice(first, first + part.shape[1])
                factors.append((place, Gaussian(part, self._log_scale(numbers[:, features:], own))))
                first = own.stop
            else:
                factors.append((place, Categorical(part) if kind == "nominal" else Bernoulli(part)))
        return TypedLikelihood(tuple(factors))

    def _log_scale(self, predicted: Tensor, own: slice) -> Tensor:
        if self.predicted:
            return (predicted[:, own] + self.log_sigma).clamp(*LOG_SCALE_RANGE)
        if hasattr(self, "log_scale"):
            return self.log_scale[:, own]
        return predicted.new_full((1, 1, 1), self.log_sigma)


def _groups(encoding: Encoding) -> list[tuple[str, slice]]:
    """Kind and place of each factor; every categorical column is a factor of its own."""
    groups: list[tuple[str, slice]] = []
    for column, place in encoding.slices:
        if groups and groups[-1][0] == column.kind != "nominal":
            groups[-1] = column.kind, slice(groups[-1][1].start, place.stop)
        else:
            groups.append((column.kind, place))
    return groups


def build_output(
    name: str, replicas: int, encoding: Encoding, probability_floor: float, gaussian_scale: str, sigma: float
) -> Output:
    """The output that ``vae.likelihood`` names.

    Raises:
        ValueError: There is none of that name, or a typed one is asked for categories that are not one-hot.
    """
    if name == "typed":
        if any(column.kind == "nominal" and not column.by_kind for column in encoding.columns):
            raise ValueError("expected one-hot categories for the typed likelihood, got their codes")
        return TypedOutput(replicas, encoding, gaussian_scale, sigma)
    if name in ("binary_cross_entropy", "squared_error"):
        return SigmoidOutput(name, encoding.width, probability_floor)
    raise ValueError(f"expected 'typed', 'binary_cross_entropy' or 'squared_error', got {name!r}")
