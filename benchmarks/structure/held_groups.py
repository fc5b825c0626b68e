"""Groups of the held half: mixtures other than those of the tuned half, each with an exact posterior.

``CONTRASTS`` gives every set of profiles the best possible adjusted Rand index that is aimed at;
``python benchmarks/structure/held_groups.py`` finds them again and prints them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from cohorts import Codes, FloatArray, Labels, grade, number, site
from mixtures import LAYOUTS, SEED, Mixture, draw_profiles, mixture, moved_place, print_contrasts
from scipy.special import gammaln, softmax
from scipy.stats import multivariate_normal, ortho_group
from sklearn.metrics import adjusted_rand_score

from retina_vae.cohort import Column

VARIANTS = 3
MISSING = 0.2
RARE = 0.15
BLOCKS = ((0, 2), (1, 4), (3, 5), (6, 7))
"""Positions in the mixed layout of columns that depend on each other within a class."""

AIMS = {"counts": 0.85, "rare": 0.6, "line": 0.85, "blocks": 0.9}
"""Best possible adjusted Rand index of each kind."""

CONTRASTS: dict[str, tuple[float, ...]] = {
    "counts": (2.042, 2.089, 1.92),
    "rare": (0.442, 0.403, 0.608),
    "line": (2.286, 2.945, 3.083),
    "blocks": (0.958, 0.953, 0.977),
}


@dataclass(frozen=True)
class CountMixture:
    """Three classes in three counts, a grade and a nominal column; negative binomial counts of variance m + m^2 / 3.

    Attributes:
        means: Of each count, shape (classes, counts).
        probabilities: Of each category of the grade and of the nominal column, each of shape (classes, 4).
    """

    means: FloatArray
    probabilities: tuple[FloatArray, ...]
    size: float = 3.0

    def draw(self, n: int, rng: np.random.Generator) -> Codes:
        """``n`` patients, with a number that depends on nothing."""
        labels: Labels = rng.integers(len(self.means), size=n)
        rates = self.means[labels] * rng.gamma(self.size, 1 / self.size, size=(n, self.means.shape[1]))
        levels = [
            (rng.random((n, 1)) > np.cumsum(chances, axis=1)[labels][:, :-1]).sum(axis=1).astype(float)
            for chances in self.probabilities
        ]
        age = 60 + 10 * rng.standard_normal(n)
        names = ("visits", "admissions", "drugs")
        columns = [number("age"), *(number(name, "count") for name in names), grade(), site()]
        return Codes(columns, [age, *rng.poisson(rates).T.astype(float), *levels], labels)

    def log_density(self, codes: Sequence[FloatArray]) -> FloatArray:
        """Log-density given the class, up to a constant, shape (patients, classes)."""
        found = np.zeros((len(codes[0]), len(self.means)))
        for place, counts in enumerate(codes[1:4]):
            chance = self.size / (self.size + self.means[:, place])
            found += self.size * np.log(chance) + counts[:, None] * np.log1p(-chance)
            found += (gammaln(counts + self.size) - gammaln(counts + 1))[:, None]
        for chances, levels in zip(self.probabilities, codes[4:], strict=True):
            found += np.log(chances.T[levels.astype(np.intp)])
        return found


@dataclass(frozen=True)
class BlockMixture:
    """Two classes whose columns depend on each other in pairs: a factor behind each pair, none behind all."""

    columns: tuple[Column, ...]
    blocks: tuple[Mixture, ...]

    def draw(self, n: int, rng: np.random.Generator) -> Codes:
        """``n`` patients."""
        labels: Labels = rng.integers(2, size=n)
        drawn = [codes for block in self.blocks for codes in block.draw_codes(labels, rng)]
        order = np.argsort([place for block in BLOCKS for place in block])
        return Codes(self.columns, [drawn[place] for place in order], labels)

    def log_density(self, codes: Sequence[FloatArray]) -> FloatArray:
        """Log-density given the class, up to a constant, shape (patients, classes)."""
        parts = [
            block.log_density([codes[place] for place in places])
            for block, places in zip(self.blocks, BLOCKS, strict=True)
        ]
        return np.asarray(np.sum(parts, axis=0))


Source = Mixture | CountMixture | BlockMixture


def count_mixture(variant: int, contrast: float) -> CountMixture:
    """Three classes whose counts and grades differ; the nominal column hardly does."""
    rng = np.random.default_rng([SEED, 101, variant])
    moves = np.stack([rng.permutation([-1.0, 0.0, 1.0]) for _ in range(3)], axis=1)
    severity = rng.permutation([-1.0, 0.0, 1.0])[:, None]
    means = np.array([4.0, 1.5, 6.0]) * np.exp(0.6 * contrast * moves)
    grades = softmax(contrast * severity * np.linspace(-1.2, 1.2, 4), axis=1)
    sites = softmax(0.2 * contrast * rng.standard_normal((3, 4)), axis=1)
    return CountMixture(means, (grades, sites))


def rare_mixture(variant: int, contrast: float) -> Mixture:
    """Two classes of 85 and 15 % in mixed columns."""
    return replace(mixture("mixed", 2, 10 + variant, contrast), weights=np.array([1 - RARE, RARE]))


def line_mixture(variant: int, contrast: float) -> Mixture:
    """Three classes along one line: the middle one lies halfway between the others in every column."""
    ends = draw_profiles("mixed", 2, 20 + variant)
    places = [
        moved_place(column, contrast * np.stack([moves[0], np.zeros_like(moves[0]), moves[1]]))
        for column, moves in zip(LAYOUTS["mixed"], ends, strict=True)
    ]
    return Mixture(LAYOUTS["mixed"], np.full(3, 1 / 3), tuple(places))


def block_mixture(variant: int, contrast: float) -> BlockMixture:
    """Two classes in mixed columns; latent values of a pair of columns have correlation 0.6 within a class."""
    whole = mixture("mixed", 2, 30 + variant, contrast)
    blocks = tuple(
        Mixture(
            tuple(whole.columns[place] for place in places),
            whole.weights,
            tuple(whole.places[place] for place in places),
            0.6,
        )
        for places in BLOCKS
    )
    return BlockMixture(whole.columns, blocks)


SOURCES: dict[str, Callable[[int, float], Source]] = {
    "counts": count_mixture,
    "rare": rare_mixture,
    "line": line_mixture,
    "blocks": block_mixture,
}


def with_gaps(made: Codes, share: float, rng: np.random.Generator) -> Codes:
    """The same patients, with this share of all values missing at random."""
    gaps = rng.random((len(made.codes), len(made.codes[0]))) < share
    return made._replace(codes=[np.where(gap, np.nan, codes) for gap, codes in zip(gaps, made.codes, strict=True)])


def draw_groups(n: int, rng: np.random.Generator, kind: str) -> Codes:
    """Patients of one of the calibrated sets of profiles of this kind."""
    variant = int(rng.integers(VARIANTS))
    made = SOURCES[kind](variant, CONTRASTS[kind][variant]).draw(n, rng)
    return with_gaps(made, MISSING, rng) if kind == "line" else made


def bayes_ari(source: Source, made: Codes) -> float:
    """Adjusted Rand index of the groups with each patient's most probable group."""
    log_joint = source.log_density(made.codes)
    if isinstance(source, Mixture):
        log_joint = log_joint + np.log(source.weights)
    return float(adjusted_rand_score(made.labels, log_joint.argmax(axis=1)))


def limit_of(kind: str, variant: int, contrast: float, seed: int, patients: int = 12_000) -> float:
    """Best possible adjusted Rand index of a large draw, with gaps where the kind has them."""
    source, rng = SOURCES[kind](variant, contrast), np.random.default_rng([SEED, seed])
    made = source.draw(patients, rng)
    return bayes_ari(source, with_gaps(made, MISSING, rng) if kind == "line" else made)


def two_covariances(n: int, rng: np.random.Generator) -> Codes:
    """Two bells in five dimensions, one a disc and the other a rod in random directions, means 2.5 apart."""
    return shapes_and_labels(n, rng)[0]


def shapes_and_labels(n: int, rng: np.random.Generator) -> tuple[Codes, float]:
    """The patients of :func:`two_covariances` and the best possible adjusted Rand index."""
    turns = ortho_group.rvs(5, size=2, random_state=rng)
    spreads = (np.array([1.6, 1.6, 0.5, 0.5, 0.5]), np.array([2.0, 0.7, 0.7, 0.7, 0.7]))
    covariances = [turn @ np.diag(spread**2) @ turn.T for turn, spread in zip(turns, spreads, strict=True)]
    direction = rng.standard_normal(5)
    means = np.outer([-1.25, 1.25], direction / np.linalg.norm(direction))
    labels: Labels = rng.integers(2, size=n)
    drawn = np.stack([rng.multivariate_normal(m, c, size=n) for m, c in zip(means, covariances, strict=True)])
    points = drawn[labels, np.arange(n)]
    log_densities = [multivariate_normal(m, c).logpdf(points) for m, c in zip(means, covariances, strict=True)]
    limit = float(adjusted_rand_score(labels, np.argmax(log_densities, axis=0)))
    columns = [number(name) for name in ("age", "score", "pressure", "volume", "width")]
    return Codes(columns, list(50 + 10 * points.T), labels), limit


if __name__ == "__main__":
    print_contrasts(AIMS, limit_of, VARIANTS)
