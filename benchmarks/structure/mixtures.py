"""Cohorts of known groups in mixed columns, with dependence within the groups and an exact posterior.

Behind every column stands a normal latent value, sqrt(dependence) * factor + sqrt(1 - dependence) * noise, with one
factor for all columns. A group moves a number's latent value, and the cuts that make categories out of it. Given
the factor the columns are independent, so the density of a patient is a sum over a grid of the factor.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from cohorts import Codes, FloatArray, Labels, findings, grade, number, site
from numpy.typing import NDArray
from scipy.special import logsumexp, ndtr, ndtri, softmax
from sklearn.metrics import adjusted_rand_score

from retina_vae.cohort import Column

SEED = 20270214
CANDIDATES = 12
_STEP = 0.4
_GRID = np.arange(-4.8, 4.81, _STEP)
_LOGIT_PER_PROBIT = 1.7
_SHARES = {"finding_a": 0.3, "finding_b": 0.5, "finding_c": 0.4, "finding_d": 0.5}

LAYOUTS: dict[str, tuple[Column, ...]] = {
    "mixed": (number("age"), number("score"), number("marker", "positive"), *findings(3), site(), grade()),
    "findings": tuple(findings(4)),
    "k": (*(number(name) for name in ("age", "score", "pressure", "volume")), *findings(3), site()),
}
"""Columns of the cohorts by the layout's name."""


@dataclass(frozen=True)
class Mixture:
    """Groups of the same columns.

    Attributes:
        columns: Numbers and categories, in the order of the table.
        weights: Share of each group, shape (groups,).
        places: Of each column: mean of the latent value of a number, shape (groups, 1), or cuts of the latent value
            that make categories, shape (groups, categories - 1).
        dependence: Share of a latent value's variance that all columns have in common within a group.
    """

    columns: tuple[Column, ...]
    weights: FloatArray
    places: tuple[FloatArray, ...]
    dependence: float = 0.0

    def draw(self, n: int, rng: np.random.Generator) -> Codes:
        """``n`` patients."""
        labels: Labels = rng.choice(len(self.weights), size=n, p=self.weights).astype(np.int64)
        return Codes(self.columns, self.draw_codes(labels, rng), labels)

    def draw_codes(self, labels: Labels, rng: np.random.Generator) -> list[FloatArray]:
        """A code in each column of patients of these groups."""
        noise = rng.standard_normal((len(labels), len(self.columns)))
        common = rng.standard_normal((len(labels), 1))
        latent = np.sqrt(self.dependence) * common + np.sqrt(1 - self.dependence) * noise
        return [
            to_code(column, place[labels], latent[:, position])
            for position, (column, place) in enumerate(zip(self.columns, self.places, strict=True))
        ]

    def log_density(self, codes: Sequence[FloatArray]) -> FloatArray:
        """Log-density of each patient given the group, up to a constant, shape (patients, groups).

        A gap says nothing.
        """
        grid = _GRID if self.dependence > 0 else np.zeros(1)
        shift, scale = np.sqrt(self.dependence) * grid, np.sqrt(1 - self.dependence)
        found = np.zeros((len(codes[0]), len(self.weights), len(grid)))
        for column, place, values in zip(self.columns, self.places, codes, strict=True):
            found += column_log_density(column, place, values, shift, scale)
        return logsumexp(found - 0.5 * grid**2, axis=2)

    def log_evidence(self, codes: Sequence[FloatArray]) -> FloatArray:
        """log p(x) of each patient in nats, per unit of the columns, shape (patients,); a category has a probability.

        The factor's grid costs a mean over patients less than 1e-6 nats, and a patient at the ends of it about 1e-3.
        """
        found = logsumexp(self.log_density(codes) + np.log(self.weights), axis=1)
        if self.dependence > 0:
            found += np.log(_STEP / np.sqrt(2 * np.pi))
        for column, values in zip(self.columns, codes, strict=True):
            if column.numeric:
                constant = log_jacobian(column, values) - 0.5 * np.log(2 * np.pi * (1 - self.dependence))
                found += np.where(np.isnan(values), 0.0, constant)
        return np.asarray(found)

    def posterior(self, codes: Sequence[FloatArray]) -> FloatArray:
        """Probability of each group, shape (patients, groups)."""
        return softmax(self.log_density(codes) + np.log(self.weights), axis=1)

    def bayes_ari(self, made: Codes) -> float:
        """Adjusted Rand index of the groups with each patient's most probable group."""
        return float(adjusted_rand_score(made.labels, self.posterior(made.codes).argmax(axis=1)))


def to_code(column: Column, place: FloatArray, latent: FloatArray) -> FloatArray:
    """The code of each patient, whose group has the place in this row (see :class:`Mixture`)."""
    if not column.numeric:
        return (latent[:, None] > place).sum(axis=1).astype(float)
    moved = place[:, 0] + latent
    return np.exp(1 + 0.5 * moved) if column.kind == "positive" else 50 + 10 * moved


def to_latent(column: Column, codes: FloatArray) -> FloatArray:
    """The latent value, moved by its group, behind each number: what :func:`to_code` makes it from."""
    return (np.log(codes) - 1) / 0.5 if column.kind == "positive" else (codes - 50) / 10


def log_jacobian(column: Column, codes: FloatArray) -> FloatArray:
    """``log |d latent / d code|`` of each number."""
    return -np.log(0.5 * codes) if column.kind == "positive" else np.full_like(codes, -np.log(10))


def column_log_density(
    column: Column, place: FloatArray, codes: FloatArray, shift: FloatArray, scale: float
) -> FloatArray:
    """Log-density of each code given group and factor, up to a constant, shape (patients, groups, factor's grid)."""
    if column.numeric:
        found = -0.5 * ((to_latent(column, codes)[:, None, None] - place[:, :1] - shift) / scale) ** 2
    else:
        edges = ndtr((place[:, :, None] - shift) / scale)
        ends = np.zeros((len(place), 1, len(shift)))
        probabilities = np.diff(np.concatenate([ends, edges, ends + 1], axis=1), axis=1)
        known = np.nan_to_num(codes).astype(np.intp)
        found = np.log(np.maximum(probabilities, 1e-300)).transpose(1, 0, 2)[known]
    return np.where(np.isnan(codes)[:, None, None], 0.0, found)


# Profiles of the groups.


def draw_profiles(layout: str, groups: int, variant: int) -> list[FloatArray]:
    """Per column the groups' moves at contrast 1: shape (groups, 1), of a nominal column (groups, categories).

    The most even of some candidates: the one whose closest two groups lie farthest apart, so that no two of many
    groups are one. Groups' moves have mean 0.
    """
    rng = np.random.default_rng([SEED, list(LAYOUTS).index(layout), groups, variant])
    widths = [len(c.categories) if c.kind == "nominal" else 1 for c in LAYOUTS[layout]]
    candidates = rng.standard_normal((CANDIDATES, groups, sum(widths)))
    candidates -= candidates.mean(axis=1, keepdims=True)
    best = candidates[int(np.argmax([closest(moves) for moves in candidates]))]
    return np.split(best, np.cumsum(widths)[:-1], axis=1)


def closest(moves: FloatArray) -> float:
    """Smallest distance of two groups over their mean distance; 0 for a single group."""
    pairs: tuple[NDArray[np.intp], NDArray[np.intp]] = np.triu_indices(len(moves), 1)
    if not len(pairs[0]):
        return 0.0
    # Of two groups this is always 1: their moves have any length, and the contrast sets it.
    distances = np.linalg.norm(moves[pairs[0]] - moves[pairs[1]], axis=1)
    return float(distances.min() / distances.mean())


def mixture(layout: str, groups: int, variant: int, contrast: float, dependence: float = 0.0) -> Mixture:
    """Groups of equal size with these profiles; at contrast 0 they are alike."""
    columns = LAYOUTS[layout]
    places = [
        moved_place(column, contrast * moves)
        for column, moves in zip(columns, draw_profiles(layout, groups, variant), strict=True)
    ]
    return Mixture(columns, np.full(groups, 1 / groups), tuple(places), dependence)


def moved_place(column: Column, moves: FloatArray) -> FloatArray:
    """A column's places (see :class:`Mixture`) after these moves, from prevalences as clinical tables have them."""
    if column.numeric:
        return moves
    if column.kind == "binary":
        return ndtri(1 - _SHARES[column.name]) - moves
    if column.kind == "ordinal":
        return ndtri(np.array([0.4, 0.7, 0.9])) - moves
    chances = softmax(_LOGIT_PER_PROBIT * moves + np.log([0.4, 0.3, 0.2, 0.1]), axis=1)
    return ndtri(np.clip(np.cumsum(chances, axis=1)[:, :-1], 1e-12, 1 - 1e-12))


def calibrate(
    layout: str, groups: int, variant: int, dependence: float, aim: float, patients: int = 12_000, steps: int = 13
) -> float:
    """The contrast at which the best possible assignment has the adjusted Rand index ``aim``, by bisection.

    Every step measures patients of the same seed, so the index rises with the contrast but for rounding.
    """

    def reached(contrast: float) -> float:
        drawn = mixture(layout, groups, variant, contrast, dependence)
        return drawn.bayes_ari(drawn.draw(patients, np.random.default_rng([SEED, 1])))

    return contrast_of(reached, aim, steps)


def contrast_of(reached: Callable[[float], float], aim: float, steps: int = 13) -> float:
    """The contrast from 0 to 6 at which what is reached, rising with the contrast, is ``aim``; by bisection."""
    low, high = 0.0, 6.0
    for _ in range(steps):
        middle = (low + high) / 2
        low, high = (low, middle) if reached(middle) >= aim else (middle, high)
    return round((low + high) / 2, 3)


class LimitOf(Protocol):
    """Best possible adjusted Rand index of a set of profiles, from a large draw with this seed."""

    def __call__(self, kind: str, variant: int, contrast: float, seed: int) -> float:
        """The index."""
        ...


def print_contrasts(aims: Mapping[str, float], limit_of: LimitOf, variants: int) -> None:
    """Find the contrasts at which every set of profiles has the index aimed at, and print them."""
    for kind, aim in aims.items():

        def contrast(variant: int, kind: str = kind, aim: float = aim) -> float:
            return contrast_of(lambda tried: limit_of(kind, variant, tried, 1), aim)

        found = [contrast(variant) for variant in range(variants)]
        fresh = [round(limit_of(kind, variant, own, 2), 3) for variant, own in enumerate(found)]
        print(f'    "{kind}": {tuple(found)},  # of other patients {fresh}', flush=True)
