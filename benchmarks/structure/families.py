"""Cohorts whose structure is known, to tune and to test what tells groups from a continuum and from nothing.

    python benchmarks/structure/families.py
    python benchmarks/structure/families.py --calibrate

prints for every family its truth, the best possible adjusted Rand index (aimed at, and of a draw) and the columns'
means; ``--calibrate`` writes ``contrasts.py`` again, the contrasts that give cohorts of groups that index.

``FAMILIES`` are those of the tuned half, ``K_FAMILIES`` the cohorts for the number of groups; the held half is in
``held_families.py``. From a script beside this one::

    from families import FAMILIES, k_cohort
    patients, schema, labels = FAMILIES["U"].draw(1500, np.random.default_rng(1))
    patients, schema, labels = k_cohort(3, 0.3, "clear").draw(1500, np.random.default_rng(1))
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
import typer
from cohorts import Codes, Family, FloatArray, findings, mixed_margins, number, with_margins, yes
from contrasts import CONTRASTS
from mixtures import LimitOf, Mixture, calibrate, mixture
from scipy.special import ndtr, stdtr

from retina_vae.cohort import validate_patients

Separation = Literal["clear", "overlapping"]
PatientsOption = Annotated[int, typer.Option(min=1, help="Patients of each cohort.")]
SeedOption = Annotated[int, typer.Option(help="Of every cohort.")]

VARIANTS = 4
"""Sets of profiles that a cohort of groups is drawn from; a draw takes one of them at random."""

SEPARATIONS: dict[Separation, float] = {"clear": 0.97, "overlapping": 0.85}
"""Adjusted Rand index of the best possible assignment."""

K_GROUPS = (1, 2, 3, 5)
DEPENDENCES = (0.0, 0.3, 0.5)


# Nothing beyond margins and correlations: Gaussian copulas.


def independent(n: int, rng: np.random.Generator) -> Codes:
    """No dependence at all; a normal, a log-normal and a uniform column, findings, a nominal and an ordinal one."""
    return with_margins(mixed_margins(rng), rng.random((n, 8)))


def random_correlation(size: int, rng: np.random.Generator) -> FloatArray:
    """The correlations of ``size`` columns of a few random points, so that some are strong."""
    return np.asarray(np.corrcoef(rng.standard_normal((size + 4, size)), rowvar=False))


def one_bell(n: int, rng: np.random.Generator) -> Codes:
    """A Gaussian copula with random correlations behind mixed, partly skewed margins."""
    margins = mixed_margins(rng)
    root = np.linalg.cholesky(random_correlation(len(margins), rng))
    return with_margins(margins, ndtr(rng.standard_normal((n, len(margins))) @ root.T))


def one_factor(n: int, rng: np.random.Generator, loading: float = 0.7) -> Codes:
    """One normal factor behind all columns, loading 0.7: a Gaussian copula with all correlations 0.49."""
    noise = rng.standard_normal((n, 8))
    latent = loading * rng.standard_normal((n, 1)) + np.sqrt(1 - loading**2) * noise
    return with_margins(mixed_margins(rng), ndtr(latent))


# Shapes without groups.


def noise_columns(n: int, rng: np.random.Generator) -> Codes:
    """A log-normal, a nominal and an ordinal column that depend on nothing."""
    kept = [1, 6, 7]
    made = with_margins(mixed_margins(rng), rng.random((n, 8)))
    return Codes([made.columns[place] for place in kept], [made.codes[place] for place in kept])


def u_shape(n: int, rng: np.random.Generator) -> Codes:
    """Four findings whose log-odds are U-shaped in one bell of age, and three columns of noise."""
    z, noise = rng.standard_normal(n), noise_columns(n, rng)
    steepness, level = rng.uniform(0.8, 1.5, size=4), rng.uniform(-1.0, 0.2, size=4)
    marks = [yes(a + b * (z**2 - 1), rng) for a, b in zip(level, steepness, strict=True)]
    return Codes([number("age"), *findings(4), *noise.columns], [60 + 10 * z, *marks, *noise.codes])


def fan(n: int, rng: np.random.Generator) -> Codes:
    """One severity drives the spread of age, not its mean, and the log-odds of four findings; noise besides."""
    severity, noise = rng.standard_normal(n), noise_columns(n, rng)
    age = 60 + 8 * np.exp(0.6 * severity) * rng.standard_normal(n)
    slope, level = rng.uniform(1.0, 1.8, size=4), rng.uniform(-1.2, 0.2, size=4)
    marks = [yes(a + b * severity, rng) for a, b in zip(level, slope, strict=True)]
    return Codes([number("age"), *findings(4), *noise.columns], [age, *marks, *noise.codes])


def banana(n: int, rng: np.random.Generator) -> Codes:
    """y = x^2 + noise, two columns of noise, and a finding whose log-odds rise with x."""
    x, apart = rng.standard_normal(n), rng.standard_normal((3, n))
    y = x**2 + rng.uniform(0.4, 0.9) * apart[0]
    columns = [*(number(name) for name in ("age", "score", "pressure", "volume")), *findings(1)]
    return Codes(columns, [60 + 10 * x, 50 + 8 * y, 120 + 15 * apart[1], 30 + 5 * apart[2], yes(x - 0.3, rng)])


def heavy_tails(n: int, rng: np.random.Generator, freedom: float = 3.0, correlation: float = 0.4) -> Codes:
    """A t copula with 3 degrees of freedom and all correlations 0.4 behind mixed margins."""
    noise = rng.standard_normal((n, 8))
    bell = np.sqrt(correlation) * rng.standard_normal((n, 1)) + np.sqrt(1 - correlation) * noise
    t = bell / np.sqrt(rng.chisquare(freedom, size=(n, 1)) / freedom)
    return with_margins(mixed_margins(rng), stdtr(freedom, t))


# Groups.


def drawn_mixture(layout: str, groups: int, dependence: float, aim: float, rng: np.random.Generator) -> Mixture:
    """One of the calibrated sets of profiles."""
    variant = int(rng.integers(VARIANTS)) if groups > 1 else 0
    contrast = CONTRASTS[layout, groups, dependence, aim, variant] if groups > 1 else 0.0
    return mixture(layout, groups, variant, contrast, dependence)


def classes(n: int, rng: np.random.Generator, layout: str, groups: int, dependence: float, aim: float) -> Codes:
    """Groups of equal size in expectation; within them one factor, or nothing, behind all columns."""
    return drawn_mixture(layout, groups, dependence, aim, rng).draw(n, rng)


def four_findings(n: int, rng: np.random.Generator) -> Codes:
    """Two classes in four findings, and a column of noise."""
    made = classes(n, rng, "findings", 2, 0.0, 0.9)
    age = 60 + 10 * rng.standard_normal(n)
    return Codes([number("age"), *made.columns], [age, *made.codes], made.labels)


def alike_findings(n: int, rng: np.random.Generator, rare: float = 0.095) -> Codes:
    """Two classes in four findings that are all as common, 9.5 % in the one and 90.5 % in the other; and noise."""
    labels = rng.integers(2, size=n)
    shares = np.where(labels == 1, 1 - rare, rare)
    columns = [number("age"), *findings(4)]
    values = [(rng.random(n) < shares).astype(np.float64) for _ in range(4)]
    return Codes(columns, [60 + 10 * rng.standard_normal(n), *values], labels)


def two_gaussians(n: int, rng: np.random.Generator, distance: float = 3.0, evenly: bool = False) -> Codes:
    """Two round bells in five dimensions whose means lie 3 standard deviations apart in a random direction.

    ``evenly`` spreads the distance over all five columns; a random direction may lie along one of them, whose margin
    then holds most of it.
    """
    direction = np.ones(5) if evenly else rng.standard_normal(5)
    labels = rng.integers(2, size=n)
    points = rng.standard_normal((n, 5)) + np.outer(labels - 0.5, distance * direction / np.linalg.norm(direction))
    columns = [number(name) for name in ("age", "score", "pressure", "volume", "width")]
    return Codes(columns, list(50 + 10 * points.T), labels)


def k_cohort(groups: int, dependence: float, separation: Separation) -> Family:
    """Cohorts for the number of groups: four numbers, three findings and a nominal column.

    Args:
        groups: 1, 2, 3 or 5; a single one has no separation.
        dependence: Correlation 0, 0.3 or 0.5 of the latent values within every group; one factor behind all columns.
        separation: ``clear`` (best possible adjusted Rand index 0.97) or ``overlapping`` (0.85).
    """
    aim = SEPARATIONS[separation]
    make = partial(classes, layout="k", groups=groups, dependence=dependence, aim=aim)
    name = f"k {groups}, dependence {dependence:g}" + (f", {separation}" if groups > 1 else "")
    if groups == 1:
        return Family(name, "tuned", "nothing", 1, make)
    return Family(name, "tuned", "groups", groups, make, aim)


_THREE_APART = float((1 - 2 * ndtr(-1.5)) ** 2)

_TUNED = (
    Family("independent columns", "tuned", "nothing", 1, independent),
    Family("one bell", "tuned", "nothing", 1, one_bell),
    Family("one factor", "tuned", "nothing", 1, one_factor),
    Family("U", "tuned", "continuum", 1, u_shape),
    Family("fan", "tuned", "continuum", 1, fan),
    Family("banana", "tuned", "continuum", 1, banana),
    Family("heavy tails", "tuned", "continuum", 1, heavy_tails),
    Family(
        "two classes, overlapping",
        "tuned",
        "groups",
        2,
        partial(classes, layout="mixed", groups=2, dependence=0.0, aim=0.6),
        0.6,
    ),
    Family("two classes, four findings", "tuned", "groups", 2, four_findings, 0.9),
    Family("two classes, four alike findings", "tuned", "groups", 2, alike_findings, 0.9),
    Family("two Gaussians", "tuned", "groups", 2, two_gaussians, _THREE_APART),
    Family("two Gaussians, evenly apart", "tuned", "groups", 2, partial(two_gaussians, evenly=True), _THREE_APART),
    Family(
        "three classes, clear",
        "tuned",
        "groups",
        3,
        partial(classes, layout="mixed", groups=3, dependence=0.0, aim=0.97),
        0.97,
    ),
)

FAMILIES: dict[str, Family] = {family.name: family for family in _TUNED}
"""The tuned half by name."""

K_CELLS: tuple[tuple[int, float, Separation], ...] = (
    *((1, dependence, "clear") for dependence in DEPENDENCES),
    *((g, d, s) for g in K_GROUPS[1:] for d in DEPENDENCES for s in SEPARATIONS),
)
"""Arguments of :func:`k_cohort` for every cell; a single group has no separation and stands once."""

K_FAMILIES: dict[str, Family] = {family.name: family for family in (k_cohort(*cell) for cell in K_CELLS)}
"""The cohorts for the number of groups by name."""


# Calibration and checks.

_CALIBRATED: tuple[tuple[str, int, float, float], ...] = (
    ("mixed", 2, 0.0, 0.6),
    ("findings", 2, 0.0, 0.9),
    ("mixed", 3, 0.0, 0.97),
    *(("k", g, d, aim) for g in K_GROUPS[1:] for d in DEPENDENCES for aim in SEPARATIONS.values()),
)


def write_contrasts(path: Path) -> None:
    """Calibrate every set of profiles and write the contrasts; a few minutes."""
    head = (
        '"""Contrasts of groups by layout, number of groups, dependence, adjusted Rand index aimed at, and variant.\n\n'
        'Written by ``python benchmarks/structure/families.py --calibrate``.\n"""\n\n'
        "from __future__ import annotations\n\nCONTRASTS: dict[tuple[str, int, float, float, int], float] = {\n"
    )
    lines = []
    for layout, groups, dependence, aim in _CALIBRATED:
        for variant in range(VARIANTS):
            found = calibrate(layout, groups, variant, dependence, aim)
            lines.append(f'    ("{layout}", {groups}, {dependence}, {aim}, {variant}): {found},\n')
            print(lines[-1].strip(), flush=True)
    path.write_text(head + "".join(lines) + "}\n", encoding="utf-8")


def source_of(family: Family, rng: np.random.Generator) -> Mixture | None:
    """What the family draws its patients from with this generator, which is left where they are drawn next.

    None where the family is not one of :func:`classes`.
    """
    if not isinstance(family.make, partial) or family.make.func is not classes:
        return None
    return drawn_mixture(rng=rng, **family.make.keywords)


def measured_limit(family: Family, n: int, seed: int) -> float | None:
    """Best possible adjusted Rand index of a fresh draw, where the family is one of :func:`classes`."""
    rng = np.random.default_rng(seed)
    source = source_of(family, rng)
    return None if source is None or source.weights.size == 1 else source.bayes_ari(source.draw(n, rng))


def describe(family: Family, n: int, seed: int) -> None:
    """Print what a draw is: truth, indices, seconds, columns' means; the draw fits its schema and is repeatable."""
    started = time.perf_counter()
    patients, schema, labels = family.draw(n, np.random.default_rng(seed))
    seconds = time.perf_counter() - started
    validate_patients(patients.astype({c.name: "str" for c in schema.columns if not c.numeric}), schema, family.name)
    if not patients.equals(family.draw(n, np.random.default_rng(seed)).patients):
        raise AssertionError(f"{family.name}: expected the same cohort from the same seed")
    limit = measured_limit(family, n, seed)
    aims = "" if family.bayes_ari is None else f", Bayes ARI {family.bayes_ari:.2f}"
    aims += "" if limit is None else f" (this draw {limit:.3f})"
    print(f"{family.name}: {family.truth}, {family.groups}{aims}; {seconds:.3f} s")
    means = {
        c.name: patients[c.name].mean() if c.numeric else patients[c.name].cat.codes.mean() for c in schema.columns
    }
    print("   " + ", ".join(f"{name} {value:.2f}" for name, value in means.items()), flush=True)
    if labels is not None and len(np.unique(labels)) != family.groups:
        raise AssertionError(f"{family.name}: expected {family.groups} groups, got {np.unique(labels)}")


def describe_set(
    families: Iterable[Family], aims: Mapping[str, float], contrasts: Mapping[str, Sequence[float]], limit_of: LimitOf
) -> Callable[[PatientsOption, SeedOption], None]:
    """The command that describes families, and the best possible assignment of every calibrated set of profiles."""

    def command(patients: PatientsOption = 1500, seed: SeedOption = 1) -> None:
        for family in families:
            describe(family, patients, seed)
        for kind, own in contrasts.items():
            found = [f"{limit_of(kind, variant, contrast, 2):.3f}" for variant, contrast in enumerate(own)]
            print(f"{kind}: Bayes ARI {aims[kind]:.2f} aimed at, {', '.join(found)} found")

    return command


def main(
    patients: PatientsOption = 1500,
    seed: SeedOption = 1,
    again: Annotated[bool, typer.Option("--calibrate", help="Write contrasts.py again.")] = False,
) -> None:
    """Describe every family."""
    if again:
        write_contrasts(Path(__file__).parent / "contrasts.py")
        return
    for family in (*FAMILIES.values(), *K_FAMILIES.values()):
        describe(family, patients, seed)


if __name__ == "__main__":
    typer.run(main)
