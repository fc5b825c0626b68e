"""The families of latent structure: which values a latent variable takes, and how the columns depend on it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations_with_replacement
from typing import Literal

import numpy as np
from numpy.polynomial.hermite_e import hermegauss, hermevander
from numpy.typing import NDArray
from scipy.special import factorial, ndtri
from scipy.stats import qmc

from retina_vae.words import amount_of

__all__ = ["Design", "Family", "bell", "classes", "continuum", "curve", "normal_nodes", "spreading"]

Family = Literal["bell", "continuum", "closed curve", "classes", "classes, own scales"]
FloatArray = NDArray[np.float64]

_LINE, _PLANE, _SPACE = 15, 9, 64
_CURVE, _FARTHEST = 41, 3.0
_LEAST_WEIGHT = 1e-4
_SOBOL_SEED = 1967

_WEAK = 0.1
"""Inverse prior variance of what should not be pulled anywhere."""

_BENT = {1: 10.0, 2: 50.0}
"""That of curvature by the number of dimensions: a continuum is smooth, and the more it can do the smoother."""

_SPREAD_OF_SPREADS = 0.6
"""Standard deviation of the log-scale that all columns share; 0.6 is that of a t distribution with 3 to 4 degrees."""


@dataclass(frozen=True, eq=False)
class Design:
    """A latent variable with M possible values, the nodes, and what the columns' parameters may depend on.

    At node m the mean of a score is ``mean[m] @ beta``, the logarithm of its standard deviation ``scale[m] @ gamma``,
    the log-odds of a category ``mean[m] @ b``; beta, gamma and b are fitted for every column.

    Attributes:
        family: What is said of the patients.
        name: Short and unique, such as ``classes 3, 1 factor``.
        groups: Number of latent classes, 1 where there are none.
        mean: Shape (M, q).
        scale: Shape (M, s).
        ridge: Inverse variance of a normal prior on each coefficient of ``mean``, shape (q,).
        scale_ridge: That on the coefficients of ``scale``, shape (s,).
        group: Class of each node, shape (M,).
        log_weight: Log-probability of each node within its class, shape (M,).
        nodes: Values of the latent dimensions, shape (M, dimensions).
    """

    family: Family
    name: str
    groups: int
    mean: FloatArray
    scale: FloatArray
    ridge: FloatArray
    scale_ridge: FloatArray
    group: NDArray[np.intp]
    log_weight: FloatArray
    nodes: FloatArray

    @property
    def dimensions(self) -> int:
        """Number of latent dimensions."""
        return self.nodes.shape[1]


def normal_nodes(dimensions: int) -> tuple[FloatArray, FloatArray]:
    """Nodes (M, dimensions) and log-weights (M,) that stand for a standard normal.

    Gauss-Hermite nodes on a line and, as a product without those of a weight below 1e-4, on a plane; 64 scrambled Sobol
    points in space.
    """
    if dimensions == 0:
        return np.zeros((1, 0)), np.zeros(1)
    if dimensions > 2:
        points = qmc.Sobol(dimensions, rng=np.random.default_rng(_SOBOL_SEED)).random(_SPACE)
        return ndtri(points), np.full(_SPACE, -np.log(_SPACE))
    line, weights = hermegauss(_LINE if dimensions == 1 else _PLANE)
    logs = np.log(weights / weights.sum())
    if dimensions == 1:
        return line[:, None], logs
    first, second = (values.ravel() for values in np.meshgrid(line, line, indexing="ij"))
    points, logs = np.column_stack([first, second]), np.add.outer(logs, logs).ravel()
    kept = logs > np.log(_LEAST_WEIGHT)
    return points[kept], logs[kept] - np.log(np.exp(logs[kept]).sum())


def bell(factors: int) -> Design:
    """Margins and correlations alone: every column is a straight function of normal factors, its spread constant."""
    nodes, log_weight = normal_nodes(factors)
    constant = np.ones((len(nodes), 1))
    ridge = np.r_[0.0, np.full(factors, _WEAK)]
    mean = np.column_stack([constant, nodes])
    name = f"bell, {_factors(factors)}" if factors else "bell, independent columns"
    return Design("bell", name, 1, mean, constant, ridge, np.zeros(1), *_one(nodes, log_weight))


def curve(closed: bool) -> Design:
    """A smooth curve: means, log-scales and log-odds follow one latent dimension round bends.

    Open, they are polynomials of the fourth degree in a standard normal; closed, they have two harmonics of a uniform
    angle (a ring).
    """
    if closed:
        angle = 2 * np.pi * np.arange(_CURVE) / _CURVE
        waves = [np.sqrt(2) * wave(number * angle) for number in (1, 2) for wave in (np.cos, np.sin)]
        mean = np.column_stack([np.ones(_CURVE), *waves])
        nodes, log_weight, weak = np.column_stack(waves[:2]) / np.sqrt(2), np.full(_CURVE, -np.log(_CURVE)), 2
    else:
        nodes = np.linspace(-_FARTHEST, _FARTHEST, _CURVE)[:, None]
        weights = np.exp(-0.5 * nodes[:, 0] ** 2)
        log_weight, weak = np.log(weights / weights.sum()), 1
        mean = hermevander(nodes[:, 0], 4) / np.sqrt(factorial(np.arange(5)))
    bends = mean.shape[1] - 1 - weak
    ridge = np.r_[0.0, np.full(weak, _WEAK), np.full(bends, _BENT[1])]
    scale_ridge = np.r_[0.0, np.full(weak + bends, 3 * _BENT[1])]
    name = "closed curve" if closed else "continuum, bent"
    family: Family = "closed curve" if closed else "continuum"
    return Design(family, name, 1, mean, mean, ridge, scale_ridge, *_one(nodes, log_weight))


def continuum(dimensions: int) -> Design:
    """A smooth continuum: means, log-scales and log-odds are quadratic in one or two normal latent dimensions."""
    nodes, log_weight = normal_nodes(dimensions)
    pairs = combinations_with_replacement(range(dimensions), 2)
    squares = [nodes[:, a] * nodes[:, b] - (a == b) for a, b in pairs]
    mean = np.column_stack([np.ones(len(nodes)), nodes, *squares])
    bent = _BENT[dimensions]
    ridge = np.r_[0.0, np.full(dimensions, _WEAK), np.full(len(squares), bent)]
    scale_ridge = np.r_[0.0, np.full(mean.shape[1] - 1, 3 * bent)]
    name = f"continuum, {amount_of(dimensions, 'dimension')}"
    return Design("continuum", name, 1, mean, mean, ridge, scale_ridge, *_one(nodes, log_weight))


def spreading() -> Design:
    """A continuum of spreads: one factor, and a latent scale that widens all columns at once, as heavy tails do.

    With the factor f and the scale u a score has the mean b f exp(0.6 u) and the log-scale c + g u.
    """
    nodes, log_weight = normal_nodes(2)
    factor, scale = nodes.T
    constant = np.ones(len(nodes))
    mean = np.column_stack([constant, factor * np.exp(_SPREAD_OF_SPREADS * scale), scale, scale**2 - 1])
    ridge, scale_ridge = np.array([0.0, _WEAK, 1.0, 1.0]), np.array([0.0, 10.0])
    scales = np.column_stack([constant, scale])
    return Design("continuum", "continuum of spreads", 1, mean, scales, ridge, scale_ridge, *_one(nodes, log_weight))


def classes(groups: int, factors: int = 0, own_scales: bool = True) -> Design:
    """Separate groups: every class has its own means, scales and log-odds, and shares its factors with the others.

    Without a factor the columns are independent within the classes (latent class analysis, Lazarsfeld and Henry 1968);
    with one they depend on each other there, in the same way in every class (a factor mixture, Lubke and Muthen 2005).

    Args:
        groups: Number of classes.
        factors: Number of factors, 0 or 1.
        own_scales: Whether the classes have scales of their own. Without, classes that differ in spread alone are
            alike, as they should be where it is asked whether there are separate groups.
    """
    nodes, log_weight = normal_nodes(factors)
    member = np.repeat(np.eye(groups), len(nodes), axis=0)
    points = np.tile(nodes, (groups, 1))
    mean = np.column_stack([member, points])
    ridge = np.full(groups + factors, _WEAK)
    name = f"{groups} classes" + (f", {_factors(factors)}" if factors else "") + (", own scales" if own_scales else "")
    group = np.repeat(np.arange(groups), len(nodes))
    scale, scale_ridge = (member, np.ones(groups)) if own_scales else (np.ones((len(mean), 1)), np.zeros(1))
    family: Family = "classes, own scales" if own_scales else "classes"
    weights = np.tile(log_weight, groups)
    return Design(family, name, groups, mean, scale, ridge, scale_ridge, group, weights, points)


def _factors(number: int) -> str:
    return f"{number} factor{'' if number == 1 else 's'}"


def _one(nodes: FloatArray, log_weight: FloatArray) -> tuple[NDArray[np.intp], FloatArray, FloatArray]:
    """The fields of a design without classes."""
    return np.zeros(len(nodes), dtype=np.intp), log_weight, nodes
