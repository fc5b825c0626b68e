"""Building blocks of the families: columns, their margins, and tables made from codes.

A margin turns a probability into a code (the quantile function), so one copula serves all margins.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple
from zlib import crc32

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit, ndtri

from retina_vae.cohort import CohortSchema, Column

FloatArray = NDArray[np.float64]
Labels = NDArray[np.int64]
Half = Literal["tuned", "held", "fresh"]
Truth = Literal["nothing", "continuum", "groups"]

IDENTIFIER = "patient_id"
SITES = ("north", "east", "south", "west")
GRADES = ("0", "I", "II", "III")


class Cohort(NamedTuple):
    """Patients, what their columns are, and their 0-based groups where there are any."""

    patients: pd.DataFrame
    schema: CohortSchema
    labels: Labels | None


class Codes(NamedTuple):
    """Columns, a code of each patient in each (shape (patients,)), and the patients' groups where there are any."""

    columns: Sequence[Column]
    codes: Sequence[FloatArray]
    labels: Labels | None = None


@dataclass(frozen=True)
class Family:
    """A way of drawing cohorts whose structure is known.

    Attributes:
        name: Unique among all families.
        half: Whether a method may be tuned on it.
        truth: ``nothing`` beyond margins and correlations (a Gaussian copula), a ``continuum`` or separate ``groups``.
        groups: How many; 1 where there are none.
        make: Draws the columns and codes of ``n`` patients.
        bayes_ari: Adjusted Rand index that the best possible assignment has, on average; None without groups.
    """

    name: str
    half: Half
    truth: Truth
    groups: int
    make: Callable[[int, np.random.Generator], Codes]
    bayes_ari: float | None = None

    def draw(self, n: int, rng: np.random.Generator) -> Cohort:
        """A cohort of ``n`` patients; the same generator state gives the same cohort."""
        return table(self.make(n, rng))


def table(made: Codes) -> Cohort:
    """The codes as a patient table with an identifier column; a code that is NaN is a gap."""
    width = len(str(len(made.codes[0])))
    identifiers = [f"P{number:0{width}d}" for number in range(1, len(made.codes[0]) + 1)]
    values = {c.name: c.kind_of.values(codes, c.categories) for c, codes in zip(made.columns, made.codes, strict=True)}
    patients = pd.DataFrame({IDENTIFIER: identifiers} | values)
    return Cohort(patients, CohortSchema(identifier=IDENTIFIER, columns=tuple(made.columns)), made.labels)


# Columns.


def number(name: str, kind: str = "continuous") -> Column:
    """A column of numbers."""
    return Column(name=name, label=name.capitalize(), kind=kind)


def finding(letter: str) -> Column:
    """A yes/no finding."""
    name = f"finding_{letter}"
    return Column(name=name, label=f"Finding {letter}", kind="binary", categories=("no", "yes"), finding="yes")


def findings(count: int) -> list[Column]:
    """``count`` findings, called by letters."""
    return [finding(letter) for letter in "abcdefgh"[:count]]


def site() -> Column:
    """A nominal column of four categories."""
    return Column(name="site", label="Site", kind="nominal", categories=SITES)


def grade() -> Column:
    """An ordinal column of four categories."""
    return Column(name="grade", label="Grade", kind="ordinal", categories=GRADES)


# Margins.


@dataclass(frozen=True)
class Margin:
    """A column and its quantile function: from probabilities, shape (patients,), to codes."""

    column: Column
    quantile: Callable[[FloatArray], FloatArray]


def normal(name: str, mean: float = 60.0, deviation: float = 10.0) -> Margin:
    return Margin(number(name), lambda u: mean + deviation * ndtri(u))


def log_normal(name: str, sigma: float) -> Margin:
    return Margin(number(name, "positive"), lambda u: np.exp(1 + sigma * ndtri(u)))


def uniform(name: str, low: float = 0.0, high: float = 100.0) -> Margin:
    return Margin(number(name), lambda u: low + (high - low) * u)


def shares(
    column: Column, probabilities: Sequence[float] | FloatArray, order: Sequence[int] | NDArray[np.int64] | None = None
) -> Margin:
    """Categories with these probabilities, cut from the unit interval in this order of their positions."""
    places = np.arange(len(column.categories)) if order is None else np.asarray(order)
    edges = np.cumsum(np.asarray(probabilities, dtype=float)[places])[:-1]
    return Margin(column, lambda u: places[np.searchsorted(edges, u)].astype(float))


def mixed_margins(rng: np.random.Generator) -> list[Margin]:
    """Eight columns of every common kind, some of them skewed; shares and skewness are drawn."""
    binary = [shares(column, (1 - p, p)) for column, p in zip(findings(3), rng.uniform(0.12, 0.6, size=3), strict=True)]
    return [
        normal("age"),
        log_normal("marker", rng.uniform(0.4, 1.0)),
        uniform("score"),
        *binary,
        shares(site(), rng.dirichlet(np.full(4, 8.0)), rng.permutation(4)),
        shares(grade(), rng.dirichlet(np.full(4, 8.0))),
    ]


def with_margins(margins: Sequence[Margin], probabilities: FloatArray) -> Codes:
    """Columns with these margins from a copula's probabilities, shape (patients, columns)."""
    # A probability that rounds to 0 or 1 has no finite normal quantile.
    inside = np.clip(probabilities, 1e-12, 1 - 1e-12)
    return Codes([m.column for m in margins], [m.quantile(inside[:, place]) for place, m in enumerate(margins)])


def yes(log_odds: FloatArray, rng: np.random.Generator) -> FloatArray:
    """1 with the probability that these log-odds give, else 0."""
    return (rng.random(log_odds.shape) < expit(log_odds)).astype(float)


def generator(name: str, n: int, number: int) -> np.random.Generator:
    """The generator of cohort ``number`` of ``n`` patients of a family, so that all methods see the same cohorts."""
    return np.random.default_rng([crc32(name.encode()), n, number])
