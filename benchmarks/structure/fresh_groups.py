"""Groups of the fresh families: mixtures other than those of both halves, each with an exact posterior.

``CONTRASTS`` gives every set of profiles the best possible adjusted Rand index that is aimed at;
``python benchmarks/structure/fresh_groups.py`` finds them again and prints them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from cohorts import Codes, FloatArray, Labels, findings, number, site
from families import noise_columns
from mixtures import LAYOUTS, SEED, Mixture, moved_place, print_contrasts
from scipy.special import softmax
from scipy.stats import multivariate_normal
from sklearn.metrics import adjusted_rand_score

from retina_vae.cohort import Column

VARIANTS = 3

AIMS = {"own columns": 0.8, "opposite": 0.75, "two by two": 0.7, "positive": 0.65}
"""Best possible adjusted Rand index of each kind."""

CONTRASTS: dict[str, tuple[float, ...]] = {
    "own columns": (1.832, 2.097, 1.93),
    "opposite": (1.453, 1.166, 1.557),
    "two by two": (0.833, 0.966, 0.884),
    "positive": (1.396, 1.068, 1.018),
}


@dataclass(frozen=True)
class BellClasses:
    """Classes with a bell of their own behind the numbers, and independent categories.

    Attributes:
        columns: Numbers first, then categories.
        weights: Share of each class, shape (classes,).
        means: Of the numbers' latent values, shape (classes, numbers).
        covariances: Of the latent values, shape (classes, numbers, numbers).
        chances: Of each category of each other column, each of shape (classes, categories).
    """

    columns: tuple[Column, ...]
    weights: FloatArray
    means: FloatArray
    covariances: FloatArray
    chances: tuple[FloatArray, ...]

    def draw(self, n: int, rng: np.random.Generator) -> Codes:
        """``n`` patients."""
        labels: Labels = rng.choice(len(self.weights), size=n, p=self.weights).astype(np.int64)
        roots = np.linalg.cholesky(self.covariances)[labels]
        latent = self.means[labels] + np.einsum("nij,nj->ni", roots, rng.standard_normal((n, self.means.shape[1])))
        values = [
            np.exp(1 + 0.5 * own) if column.kind == "positive" else 50 + 10 * own
            for column, own in zip(self.columns, latent.T, strict=False)
        ]
        levels = [
            (rng.random((n, 1)) > np.cumsum(chances, axis=1)[labels][:, :-1]).sum(axis=1).astype(float)
            for chances in self.chances
        ]
        return Codes(self.columns, [*values, *levels], labels)

    def log_density(self, codes: Sequence[FloatArray]) -> FloatArray:
        """Log-density given the class, up to a constant, shape (patients, classes)."""
        count = self.means.shape[1]
        latent = np.stack(
            [
                (np.log(own) - 1) / 0.5 if column.kind == "positive" else (own - 50) / 10
                for column, own in zip(self.columns[:count], codes[:count], strict=True)
            ],
            axis=1,
        )
        bells = zip(self.means, self.covariances, strict=True)
        found = np.stack([multivariate_normal(mean, own).logpdf(latent) for mean, own in bells], axis=1)
        for chances, levels in zip(self.chances, codes[count:], strict=True):
            found += np.log(chances.T[levels.astype(np.intp)])
        return np.asarray(found)


Source = Mixture | BellClasses


def sized(shape: tuple[int, ...], rng: np.random.Generator) -> FloatArray:
    """Moves of a random sign and of sizes between 0.6 and 1.4."""
    return rng.choice([-1.0, 1.0], size=shape) * rng.uniform(0.6, 1.4, size=shape)


def placed(columns: tuple[Column, ...], weights: FloatArray, moves: Sequence[FloatArray]) -> Mixture:
    """Independent columns within each class, moved from common prevalences."""
    places = tuple(moved_place(column, own) for column, own in zip(columns, moves, strict=True))
    return Mixture(columns, weights, places)


def own_columns(variant: int, contrast: float) -> Mixture:
    """Three classes of 50, 30 and 20 % in mixed columns; each column sets one class apart from the other two."""
    rng = np.random.default_rng([SEED, 201, variant])
    columns = LAYOUTS["mixed"]
    # Numbers, findings, and the nominal and the ordinal column are dealt out apart, so that no class has but findings.
    classes = [*rng.permutation(3), *rng.permutation(3), *rng.permutation(3)[:2]]
    moves = []
    for column, one in zip(columns, classes, strict=True):
        own = np.zeros((3, len(column.categories) if column.kind == "nominal" else 1))
        own[one] = sized((own.shape[1],), rng)
        moves.append(contrast * own)
    return placed(columns, np.array([0.5, 0.3, 0.2]), moves)


def two_by_two(variant: int, contrast: float) -> Mixture:
    """Four classes, by two crossed traits of two levels; each trait moves two numbers and two findings."""
    rng = np.random.default_rng([SEED, 202, variant])
    columns = (*(number(name) for name in ("age", "score", "pressure", "volume")), *findings(4))
    levels = np.array([[-1.0, -1.0], [-1.0, 1.0], [1.0, -1.0], [1.0, 1.0]])
    traits = (0, 0, 1, 1, 0, 0, 1, 1)
    moves = [contrast * float(sized((), rng)) * levels[:, [trait]] for trait in traits]
    return placed(columns, np.full(4, 0.25), moves)


def opposite(variant: int, contrast: float) -> BellClasses:
    """Two classes in four numbers and two findings; the numbers' pairs have correlation 0.6 in one, -0.6 in the other.

    The means lie apart, too.
    """
    rng = np.random.default_rng([SEED, 203, variant])
    signs = rng.choice([-1.0, 1.0], size=2)
    covariances = np.stack([np.eye(4), np.eye(4)])
    for one, side in enumerate((1.0, -1.0)):
        for pair, sign in enumerate(signs):
            first = 2 * pair
            covariances[one, first, first + 1] = covariances[one, first + 1, first] = 0.6 * side * sign
    sides = 0.5 * contrast * np.array([[-1.0], [1.0]])
    odds = sides * sized((2,), rng) + rng.uniform(-1.0, 0.0, size=2)
    shares = 1 / (1 + np.exp(-odds))
    columns = (*(number(name) for name in ("age", "score", "pressure", "volume")), *findings(2))
    chances = tuple(np.stack([1 - own, own], axis=1) for own in shares.T)
    return BellClasses(columns, np.full(2, 0.5), sides * sized((4,), rng), covariances, chances)


def positive_classes(variant: int, contrast: float) -> BellClasses:
    """Two classes of 60 and 40 % in four positive columns and a nominal one; the smaller class is wider spread."""
    rng = np.random.default_rng([SEED, 204, variant])
    columns = (*(number(name, "positive") for name in ("marker", "volume", "width", "pressure")), site())
    means = 0.5 * contrast * np.array([[-1.0], [1.0]]) * sized((4,), rng)
    common = 0.75 * np.eye(4) + 0.25
    spread = np.diag(rng.uniform(1.0, 1.4, size=4))
    chances = softmax(0.6 * contrast * rng.standard_normal((2, 4)) + np.log([0.4, 0.3, 0.2, 0.1]), axis=1)
    return BellClasses(columns, np.array([0.6, 0.4]), means, np.stack([common, spread @ common @ spread]), (chances,))


SOURCES: dict[str, Callable[[int, float], Source]] = {
    "own columns": own_columns,
    "opposite": opposite,
    "two by two": two_by_two,
    "positive": positive_classes,
}


def draw_groups(n: int, rng: np.random.Generator, kind: str) -> Codes:
    """Patients of one of the calibrated sets of profiles of this kind."""
    variant = int(rng.integers(VARIANTS))
    made = SOURCES[kind](variant, CONTRASTS[kind][variant]).draw(n, rng)
    if kind != "two by two":
        return made
    noise = noise_columns(n, rng)
    return Codes([*made.columns, *noise.columns], [*made.codes, *noise.codes], made.labels)


def limit_of(kind: str, variant: int, contrast: float, seed: int, patients: int = 12_000) -> float:
    """Best possible adjusted Rand index of a large draw."""
    source = SOURCES[kind](variant, contrast)
    made = source.draw(patients, np.random.default_rng([SEED, seed]))
    guess = (source.log_density(made.codes) + np.log(source.weights)).argmax(axis=1)
    return float(adjusted_rand_score(made.labels, guess))


if __name__ == "__main__":
    print_contrasts(AIMS, limit_of, VARIANTS)
