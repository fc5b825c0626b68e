"""The held half of the families: other mechanisms, for measuring a method once it is no longer changed.

    python benchmarks/structure/held_families.py

prints what ``families.py`` prints of the tuned half. ``HELD`` are the families by name. ``NEAR_BELL`` names those
shapes in which every column rises with one trait: they are no Gaussian copula, but near one, so that an answer
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
    Margin,
    findings,
    grade,
    log_normal,
    mixed_margins,
    normal,
    number,
    shares,
    site,
    with_margins,
    yes,
)
from families import describe_set, noise_columns, random_correlation
from held_groups import AIMS, CONTRASTS, MISSING, draw_groups, limit_of, two_covariances, with_gaps
from scipy.special import ndtr
from scipy.stats import nbinom

from retina_vae.cohort import Column

NEAR_BELL = frozenset({"ordered onset", "skewed trait", "uniform severity", "gamma counts", "zero-inflated volume"})
"""Continua in which every column that depends on anything rises or falls with one trait."""


def counts(name: str, mean: float, size: float) -> Margin:
    """A negative binomial margin of variance mean + mean^2 / size."""
    return Margin(number(name, "count"), lambda u: nbinom.ppf(u, size, size / (size + mean)).astype(float))


def volume(share_of_zero: float, sigma: float) -> Margin:
    """A zero-inflated margin: zero, or log-normal."""
    positive = log_normal("volume", sigma).quantile

    def quantile(u: FloatArray) -> FloatArray:
        above = np.maximum(u - share_of_zero, 1e-12) / (1 - share_of_zero)
        return np.where(u > share_of_zero, positive(np.minimum(above, 1 - 1e-12)), 0.0)

    return Margin(number("volume", "zero_inflated"), quantile)


# Nothing beyond margins and correlations.


def skewed_bell(n: int, rng: np.random.Generator) -> Codes:
    """A Gaussian copula behind skewed and discrete margins; 20 % of the values are missing at random."""
    margins = [
        log_normal("marker", 1.2),
        volume(rng.uniform(0.3, 0.6), 0.8),
        counts("visits", rng.uniform(0.5, 3), 0.7),
        *(shares(column, (1 - p, p)) for column, p in zip(findings(2), rng.uniform(0.05, 0.4, 2), strict=True)),
        shares(site(), rng.dirichlet(np.full(4, 3.0)), rng.permutation(4)),
        shares(grade(), rng.permutation([0.6, 0.2, 0.15, 0.05])),
        normal("age"),
    ]
    root = np.linalg.cholesky(random_correlation(len(margins), rng))
    made = with_margins(margins, ndtr(rng.standard_normal((n, len(margins))) @ root.T))
    return with_gaps(made, MISSING, rng)


# Shapes without groups.


def rising(trait: FloatArray, slopes: tuple[float, float], count: int, rng: np.random.Generator) -> list[FloatArray]:
    """Findings whose log-odds rise with a trait, each with a slope and a level of its own."""
    slope, level = rng.uniform(*slopes, size=count), rng.uniform(-1.2, 0.3, size=count)
    return [yes(a + b * trait, rng) for a, b in zip(level, slope, strict=True)]


def horseshoe(n: int, rng: np.random.Generator) -> Codes:
    """A curve along 270 degrees of a circle in two numbers; a third number and a finding rise along it; noise."""
    angle = rng.uniform(0, 1.5 * np.pi, size=n)
    error = rng.uniform(0.15, 0.35) * rng.standard_normal((3, n))
    x, y, along = np.cos(angle) + error[0], np.sin(angle) + error[1], angle / np.pi - 0.75 + 3 * error[2]
    noise = 30 + 5 * rng.standard_normal(n)
    columns = [*(number(name) for name in ("score", "pressure", "age", "volume")), *findings(1)]
    codes = [50 + 10 * x, 120 + 15 * y, 60 + 10 * along, noise, *rising(angle - 2.4, (0.5, 1.0), 1, rng)]
    return Codes(columns, codes)


def s_curve(n: int, rng: np.random.Generator) -> Codes:
    """An S-shaped curve in two of five numbers, turned in a random direction; round noise in all of them."""
    along = rng.uniform(-1.5 * np.pi, 1.5 * np.pi, size=n)
    curve = np.stack([np.sin(along), np.sign(along) * (np.cos(along) - 1)])
    frame = np.linalg.qr(rng.standard_normal((5, 2)))[0]
    points = curve.T @ frame.T + rng.uniform(0.15, 0.3) * rng.standard_normal((n, 5))
    columns = [number(name) for name in ("age", "score", "pressure", "volume", "width")]
    return Codes(columns, list(50 + 10 * points.T))


def ring(n: int, rng: np.random.Generator) -> Codes:
    """A closed curve: five findings, each with its season on a circle, and two numbers on it; noise besides."""
    angle, noise = rng.uniform(0, 2 * np.pi, size=n), noise_columns(n, rng)
    error = 0.4 * rng.standard_normal((2, n))
    seasons, height = 2 * np.pi * (np.arange(5) + rng.random()) / 5, rng.uniform(1.5, 2.5, size=5)
    marks = [yes(h * np.cos(angle - season) - 0.5, rng) for h, season in zip(height, seasons, strict=True)]
    columns = [number("score"), number("pressure"), *findings(5), *noise.columns]
    return Codes(
        columns, [50 + 10 * (np.cos(angle) + error[0]), 120 + 15 * (np.sin(angle) + error[1]), *marks, *noise.codes]
    )


def ordered_onset(n: int, rng: np.random.Generator) -> Codes:
    """A uniform age; findings set in steeply at different ages, in order, and a marker levels off; noise."""
    age, noise = rng.uniform(40, 90, size=n), noise_columns(n, rng)
    onsets = np.linspace(48, 82, 5) + rng.uniform(-3, 3, size=5)
    marks = [yes((age - onset) / rng.uniform(2, 4), rng) for onset in onsets]
    marker = np.exp(1 + 1 / (1 + np.exp(-(age - 65) / 5)) + 0.3 * rng.standard_normal(n))
    columns = [number("age"), number("score", "positive"), *findings(5), *noise.columns[1:]]
    return Codes(columns, [age, marker, *marks, *noise.codes[1:]])


def interaction(n: int, rng: np.random.Generator) -> Codes:
    """Two independent traits, each with a number; the findings' log-odds follow their product."""
    first, second = rng.standard_normal((2, n))
    error = 0.5 * rng.standard_normal((2, n))
    signs = np.array([1, 1, -1, -1])
    slope, level = signs * rng.uniform(1.2, 2.0, size=4), rng.uniform(-0.8, 0.3, size=4)
    marks = [yes(a + b * first * second, rng) for a, b in zip(level, slope, strict=True)]
    columns = [number("age"), number("score"), *findings(4), *(noise := noise_columns(n, rng)).columns]
    return Codes(columns, [60 + 10 * (first + error[0]), 50 + 10 * (second + error[1]), *marks, *noise.codes])


def rising_variance(n: int, rng: np.random.Generator) -> Codes:
    """The standard deviation of three numbers rises with age; two findings rise with it, too."""
    z = rng.standard_normal(n)
    spread = np.exp(rng.uniform(0.4, 0.7, size=3)[:, None] * z)
    values = spread * rng.standard_normal((3, n)) + 0.3 * z
    columns = [number(name) for name in ("age", "score", "pressure", "volume")]
    places = shares(site(), rng.dirichlet(np.full(4, 8.0))).quantile(rng.random(n))
    marks = rising(z, (0.4, 0.9), 2, rng)
    return Codes([*columns, *findings(2), site()], [60 + 10 * z, *(50 + 10 * values), *marks, places])


def one_trait(n: int, rng: np.random.Generator, trait: FloatArray) -> Codes:
    """Two numbers, four findings and a grade that rise with a trait of about unit size; a nominal column of noise."""
    loadings = rng.uniform(0.8, 1.4, size=2)[:, None]
    values = loadings * trait + rng.standard_normal((2, n))
    levels = np.digitize(trait + rng.logistic(scale=0.5, size=n), [-0.4, 0.3, 1.2]).astype(float)
    places = shares(site(), rng.dirichlet(np.full(4, 8.0))).quantile(rng.random(n))
    columns: list[Column] = [number("score"), number("marker", "positive"), *findings(4), grade(), site()]
    marks = rising(trait, (1.0, 2.0), 4, rng)
    return Codes(columns, [50 + 10 * values[0], np.exp(1 + 0.5 * values[1]), *marks, levels, places])


def skewed_trait(n: int, rng: np.random.Generator) -> Codes:
    """A log-normal or a beta severity behind all columns: most patients are well, a tail is ill."""
    drawn = rng.lognormal(sigma=0.9, size=n) if rng.random() < 0.5 else rng.beta(0.4, 1.6, size=n)
    return one_trait(n, rng, (drawn - drawn.mean()) / drawn.std())


def uniform_severity(n: int, rng: np.random.Generator) -> Codes:
    """A uniform severity behind all columns: as many ill as well, and as many between."""
    return one_trait(n, rng, np.sqrt(12) * (rng.random(n) - 0.5))


def clayton(n: int, rng: np.random.Generator) -> Codes:
    """A Clayton copula of Kendall's tau 0.4, or its survival copula: the columns agree in one tail alone.

    Marshall and Olkin (1988): u = (1 + E / V)^(-1 / theta) with V of the gamma distribution 1 / theta.
    """
    theta, frailty = 4 / 3, rng.gamma(0.75, size=(n, 1))
    u = (1 + rng.exponential(size=(n, 8)) / frailty) ** (-1 / theta)
    return with_margins(mixed_margins(rng), u if rng.random() < 0.5 else 1 - u)


def gumbel(n: int, rng: np.random.Generator) -> Codes:
    """A Gumbel copula of Kendall's tau 0.4: the columns agree in the upper tail.

    Marshall and Olkin (1988): u = exp(-(E / V)^(1 / theta)), V positive stable (Chambers, Mallows and Stuck 1976).
    """
    theta = 5 / 3
    alpha, angle = 1 / theta, rng.uniform(0, np.pi, size=(n, 1))
    first = np.sin(alpha * angle) / np.sin(angle) ** theta
    stable = first * (np.sin((1 - alpha) * angle) / rng.exponential(size=(n, 1))) ** (theta - 1)
    return with_margins(mixed_margins(rng), np.exp(-((rng.exponential(size=(n, 8)) / stable) ** alpha)))


def gamma_counts(n: int, rng: np.random.Generator) -> Codes:
    """A gamma severity multiplies the rates of three counts and moves a marker, findings and a grade."""
    severity = rng.gamma(1.5, 1 / 1.5, size=n)
    visits = [rng.poisson(mean * severity).astype(float) for mean in rng.uniform(1.5, 6, size=3)]
    depth = np.log(severity)
    marker = np.exp(1 + 0.4 * depth + 0.4 * rng.standard_normal(n))
    levels = np.digitize(depth + rng.logistic(scale=0.6, size=n), [-1.0, 0.0, 0.9]).astype(float)
    columns = [number(name, "count") for name in ("visits", "admissions", "drugs")]
    columns += [number("marker", "positive"), *findings(2), grade(), number("age")]
    marks = rising(depth, (0.6, 1.2), 2, rng)
    return Codes(columns, [*visits, marker, *marks, levels, 60 + 10 * rng.standard_normal(n)])


def zero_volume(n: int, rng: np.random.Generator) -> Codes:
    """A trait above a threshold fills a volume, and so does the marker; findings and a grade rise with it."""
    trait = rng.standard_normal(n)
    filled = yes(1.5 * trait, rng)
    sizes = filled * np.exp(1 + 0.8 * trait + 0.4 * rng.standard_normal(n))
    marker = np.exp(1 + 0.6 * np.maximum(trait, 0) + 0.25 * rng.standard_normal(n))
    levels = np.digitize(trait + rng.logistic(scale=0.4, size=n), [-0.5, 0.4, 1.3]).astype(float)
    columns = [number("volume", "zero_inflated"), number("marker", "positive"), *findings(3), grade(), number("age")]
    return Codes(columns, [sizes, marker, *rising(trait, (1.0, 1.8), 3, rng), levels, 60 + 10 * rng.standard_normal(n)])


_HELD = (
    Family("skewed bell with gaps", "held", "nothing", 1, skewed_bell),
    Family("horseshoe", "held", "continuum", 1, horseshoe),
    Family("S curve", "held", "continuum", 1, s_curve),
    Family("ring", "held", "continuum", 1, ring),
    Family("ordered onset", "held", "continuum", 1, ordered_onset),
    Family("interaction", "held", "continuum", 1, interaction),
    Family("rising variance", "held", "continuum", 1, rising_variance),
    Family("skewed trait", "held", "continuum", 1, skewed_trait),
    Family("uniform severity", "held", "continuum", 1, uniform_severity),
    Family("Clayton copula", "held", "continuum", 1, clayton),
    Family("Gumbel copula", "held", "continuum", 1, gumbel),
    Family("gamma counts", "held", "continuum", 1, gamma_counts),
    Family("zero-inflated volume", "held", "continuum", 1, zero_volume),
    Family("three classes in counts", "held", "groups", 3, partial(draw_groups, kind="counts"), AIMS["counts"]),
    Family("rare class", "held", "groups", 2, partial(draw_groups, kind="rare"), AIMS["rare"]),
    Family("two covariances", "held", "groups", 2, two_covariances, 0.85),
    Family("three on a line, gaps", "held", "groups", 3, partial(draw_groups, kind="line"), AIMS["line"]),
    Family("dependent pairs", "held", "groups", 2, partial(draw_groups, kind="blocks"), AIMS["blocks"]),
)

HELD: dict[str, Family] = {family.name: family for family in _HELD}
"""The held half by name."""


if __name__ == "__main__":
    typer.run(describe_set(HELD.values(), AIMS, CONTRASTS, limit_of))
