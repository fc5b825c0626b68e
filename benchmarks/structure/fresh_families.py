"""The fresh families: a third set, by yet other mechanisms, drawn after the held half had been looked at.

    python benchmarks/structure/fresh_families.py

prints what ``families.py`` prints of the tuned half. ``FRESH`` are the families by name. ``NEAR_BELL`` names those
shapes in which every column rises or falls with a trait: they are no Gaussian copula, but near one, so that an answer
"nothing beyond margins and correlations" is no mistake in practice where the patients are few.
"""

from __future__ import annotations

from functools import partial

import numpy as np
import typer
from cohorts import (
    Codes,
    Family,
    FloatArray,
    findings,
    grade,
    mixed_margins,
    normal,
    number,
    shares,
    with_margins,
    yes,
)
from families import describe_set, noise_columns, random_correlation
from fresh_groups import AIMS, CONTRASTS, draw_groups, limit_of
from scipy.special import ndtr
from scipy.stats import laplace

NEAR_BELL = frozenset({"saturating dose", "two severities"})
"""Continua in which every column that depends on anything rises or falls with one trait of its own."""


def marks(trait: FloatArray, slopes: tuple[float, float], count: int, rng: np.random.Generator) -> list[FloatArray]:
    """Findings whose log-odds rise with a trait, each with a slope and a level of its own."""
    slope, level = rng.uniform(*slopes, size=count), rng.uniform(-1.2, 0.3, size=count)
    return [yes(a + b * trait, rng) for a, b in zip(level, slope, strict=True)]


# Nothing beyond margins and correlations.


def paired_findings(n: int, rng: np.random.Generator) -> Codes:
    """A Gaussian copula of eight findings, a number and a grade, in five strong pairs that hardly hang together."""
    rare = rng.uniform(0.1, 0.6, size=8)
    margins = [shares(column, (1 - p, p)) for column, p in zip(findings(8), rare, strict=True)]
    margins += [normal("age"), shares(grade(), rng.dirichlet(np.full(4, 8.0)))]
    order, pairs = rng.permutation(10), rng.uniform(0.6, 0.8, size=5)
    noise, own, common = (rng.standard_normal((n, size)) for size in (10, 5, 1))
    share = np.repeat(pairs, 2)
    latent = np.sqrt(0.1) * common + np.sqrt(share) * np.repeat(own, 2, axis=1) + np.sqrt(0.9 - share) * noise
    return with_margins(margins, ndtr((latent * rng.choice([-1.0, 1.0], size=10))[:, order]))


# Shapes without groups.


def spiral(n: int, rng: np.random.Generator) -> Codes:
    """A spiral arm of one and a quarter turns in two numbers, as many patients per length; findings come along it."""
    # Equal numbers per length: the radius grows with the angle, and so does the length of a turn.
    radius = np.sqrt(rng.uniform(0.3**2, 1.6**2, size=n))
    along = (radius - 0.3) / 1.3
    angle = 2.5 * np.pi * along + rng.uniform(0, 2 * np.pi)
    error, noise = rng.uniform(0.1, 0.2) * rng.standard_normal((2, n)), noise_columns(n, rng)
    x, y = radius * np.cos(angle) + error[0], radius * np.sin(angle) + error[1]
    columns = [number("score"), number("pressure"), *findings(3), *noise.columns]
    return Codes(columns, [50 + 10 * x, 120 + 15 * y, *marks(along - 0.6, (2.0, 4.0), 3, rng), *noise.codes])


def fork(n: int, rng: np.random.Generator) -> Codes:
    """A progression that forks halfway: each branch goes on without a break, with a number and findings of its own."""
    stage, branch = 2 * rng.beta(1.2, 1.5, size=n), rng.random(n) < rng.uniform(0.4, 0.6)
    past = 1.8 * np.maximum(stage - 0.8, 0)
    first, second = np.where(branch, past, 0.0), np.where(branch, 0.0, past)
    error = rng.uniform(0.25, 0.4) * rng.standard_normal((3, n))
    numbers = [60 + 10 * (stage + error[0]), 50 + 10 * (first + error[1]), 120 + 15 * (second + error[2])]
    early = marks(stage - 0.8, (1.0, 2.0), 2, rng)
    late = [yes(2.0 * one - rng.uniform(1.0, 2.0), rng) for one in (first, second)]
    columns = [*(number(name) for name in ("age", "score", "pressure")), *findings(4)]
    columns += [(noise := noise_columns(n, rng)).columns[1]]
    return Codes(columns, [*numbers, *early, *late, noise.codes[1]])


def saturating_dose(n: int, rng: np.random.Generator) -> Codes:
    """A log-normal dose; four markers level off after Hill's curve, each at a dose of its own, and findings rise.

    Hill (1910): effect = dose^h / (dose^h + dose_50^h).
    """
    log_dose = 1.5 * rng.standard_normal(n)
    halfway, steepness = rng.permutation([-1.8, -0.6, 0.6, 1.8]), rng.uniform(1.2, 2.5, size=4)
    effects = [1 / (1 + np.exp(-h * (log_dose - half))) for h, half in zip(steepness, halfway, strict=True)]
    error = rng.uniform(0.1, 0.25, size=4)[:, None] * rng.standard_normal((4, n))
    falling = rng.choice([-1.0, 1.0], size=4)[:, None]
    values = falling * np.stack(effects) + error
    columns = [number("marker", "positive"), *(number(name) for name in ("score", "pressure", "volume"))]
    columns += [*findings(2), number("age")]
    codes = [np.exp(1 + values[0]), *(50 + 10 * values[1:]), *marks(log_dose, (0.5, 1.0), 2, rng)]
    return Codes(columns, [*codes, 60 + 10 * rng.standard_normal(n)])


def two_severities(n: int, rng: np.random.Generator) -> Codes:
    """A uniform and a gamma severity, independent; each drives a half of the columns."""
    even, tailed = np.sqrt(12) * (rng.random(n) - 0.5), rng.gamma(0.8, size=n)
    tailed = (tailed - 0.8) / np.sqrt(0.8)
    loadings, error = rng.uniform(0.8, 1.5, size=4), rng.standard_normal((4, n))
    one = [loadings[place] * even + error[place] for place in (0, 1)]
    other = [loadings[place] * tailed + error[place] for place in (2, 3)]
    levels = np.digitize(tailed + rng.logistic(scale=0.4, size=n), [-0.6, 0.1, 1.2]).astype(float)
    columns = [number("age"), number("marker", "positive"), number("score"), number("volume", "positive")]
    columns += [*findings(4), grade()]
    codes = [60 + 10 * one[0], np.exp(1 + 0.5 * one[1]), 50 + 10 * other[0], np.exp(1 + 0.3 * other[1])]
    return Codes(columns, [*codes, *marks(even, (0.8, 1.6), 2, rng), *marks(tailed, (0.8, 1.6), 2, rng), levels])


def trait_by_spread(n: int, rng: np.random.Generator) -> Codes:
    """Four numbers follow a trait times a positive spread; findings and a grade follow the spread, one the trait."""
    trait, depth = rng.standard_normal((2, n))
    product = trait * np.exp(0.6 * depth)
    loading = rng.choice([-1.0, 1.0], size=4) * rng.uniform(0.7, 1.2, size=4)
    values = loading[:, None] * product + 0.8 * rng.standard_normal((4, n))
    levels = np.digitize(depth + rng.logistic(scale=0.4, size=n), [-0.5, 0.4, 1.3]).astype(float)
    found = [*marks(depth, (0.8, 1.5), 2, rng), *marks(trait, (0.8, 1.5), 1, rng)]
    columns = [*(number(name) for name in ("age", "score", "pressure", "volume")), *findings(3), grade()]
    return Codes(columns, [*(50 + 10 * values), *found, levels])


def laplace_copula(n: int, rng: np.random.Generator) -> Codes:
    """The copula of a multivariate Laplace distribution with random correlations, behind mixed margins.

    Kotz, Kozubowski and Podgorski (2001): a bell times the root of an exponential variate; the margins are Laplace.
    """
    root = np.linalg.cholesky(random_correlation(8, rng))
    values = np.sqrt(rng.exponential(size=(n, 1))) * (rng.standard_normal((n, 8)) @ root.T)
    return with_margins(mixed_margins(rng), laplace.cdf(values, scale=np.sqrt(0.5)))


def disc(n: int, rng: np.random.Generator) -> Codes:
    """As many patients per area of a disc in two numbers; findings and a third number go by the radius; noise."""
    radius, angle = np.sqrt(rng.random(n)), rng.uniform(0, 2 * np.pi, size=n)
    error, noise = rng.standard_normal((3, n)), noise_columns(n, rng)
    x, y = radius * np.cos(angle) + 0.05 * error[0], radius * np.sin(angle) + 0.05 * error[1]
    third = radius - 0.67 + 0.25 * error[2]
    columns = [*(number(name) for name in ("score", "pressure", "age")), *findings(3), *noise.columns]
    codes = [50 + 20 * x, 120 + 30 * y, 60 + 20 * third, *marks(radius - 0.67, (3.0, 6.0), 3, rng), *noise.codes]
    return Codes(columns, codes)


_FRESH = (
    Family("paired findings", "fresh", "nothing", 1, paired_findings),
    Family("spiral arm", "fresh", "continuum", 1, spiral),
    Family("fork", "fresh", "continuum", 1, fork),
    Family("saturating dose", "fresh", "continuum", 1, saturating_dose),
    Family("two severities", "fresh", "continuum", 1, two_severities),
    Family("trait by spread", "fresh", "continuum", 1, trait_by_spread),
    Family("Laplace copula", "fresh", "continuum", 1, laplace_copula),
    Family("disc", "fresh", "continuum", 1, disc),
    Family(
        "three classes, own columns",
        "fresh",
        "groups",
        3,
        partial(draw_groups, kind="own columns"),
        AIMS["own columns"],
    ),
    Family("opposite correlations", "fresh", "groups", 2, partial(draw_groups, kind="opposite"), AIMS["opposite"]),
    Family("two by two classes", "fresh", "groups", 4, partial(draw_groups, kind="two by two"), AIMS["two by two"]),
    Family("positive classes", "fresh", "groups", 2, partial(draw_groups, kind="positive"), AIMS["positive"]),
)

FRESH: dict[str, Family] = {family.name: family for family in _FRESH}
"""The fresh families by name."""


if __name__ == "__main__":
    typer.run(describe_set(FRESH.values(), AIMS, CONTRASTS, limit_of))
