"""From held-out log-densities to one of four answers, and to the number of clusters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retina_vae.clusters.latent_structure.validation import Candidate, HeldOut

__all__ = ["ANSWERS", "Answer", "Comparison", "StructureTables", "answer", "compare", "number_of_classes", "tables_of"]

FloatArray = NDArray[np.float64]
Answer = Literal["nothing", "continuum", "groups", "undecided"]

ANSWERS: tuple[Answer, ...] = ("nothing", "continuum", "groups", "undecided")
"""The rungs of the ladder, and the answer that there is none."""

DECIDED = 1.645
"""Standard errors by which one family must be better than another: 5 % on one side of a normal distribution."""

ALIKE = 0.5
"""Standard errors below which a family is no better than the bell.

A family that can do more than the bell pays for it where there is nothing more, so its difference is below 0 then, and
not about 0.
"""

ENOUGH = 0.95
"""Share of what groups gain over one group from which a number of groups is enough."""


@dataclass(frozen=True)
class Comparison:
    """A paired comparison of two families, in nats per patient: positive where the first describes patients better.

    Attributes:
        first: The one family.
        second: The other.
        difference: Mean difference of held-out log-density.
        standard_error: Of the mean over patients.
    """

    first: str
    second: str
    difference: float
    standard_error: float

    @property
    def z(self) -> float:
        """Difference over standard error; 0 where both are alike."""
        return self.difference / self.standard_error if self.standard_error > 0 else 0.0


@dataclass(frozen=True)
class StructureTables:
    """What is said of the latent structure.

    Attributes:
        candidates: One row per candidate: ``family, candidate, groups, factors, log_density`` (mean per patient in
            nats), ``difference, standard_error`` (to the best bell).
        comparisons: One row per pair of families: ``first, second, difference, standard_error, low, high`` (95 %),
            ``z``.
        answer: One row: ``answer, k, patients, folds``.
    """

    candidates: pd.DataFrame
    comparisons: pd.DataFrame
    answer: pd.DataFrame


def compare(held_out: HeldOut) -> dict[str, Comparison]:
    """Continuum and classes against the bell, and classes against the continuum, by a name each."""
    values = {family: held_out.best(held_out.of(family)) for family in ("bell", "continuum", "classes")}
    pairs = {"continuum": ("continuum", "bell"), "classes": ("classes", "bell"), "groups": ("classes", "continuum")}
    return {name: _paired(first, second, values[first], values[second]) for name, (first, second) in pairs.items()}


def answer(comparisons: dict[str, Comparison]) -> Answer:
    """The rung that the comparisons reach.

    Nothing beyond margins and correlations, where neither a continuum nor classes describe held-out patients better
    than the bell; groups, where classes describe them better than the bell and than the continuum; a continuum, where
    it does so against the bell and the classes; else it cannot be told.
    """
    continuum, classes, groups = (comparisons[name].z for name in ("continuum", "classes", "groups"))
    if max(continuum, classes) < ALIKE:
        return "nothing"
    if min(classes, groups) >= DECIDED:
        return "groups"
    return "continuum" if min(continuum, -groups) >= DECIDED else "undecided"


def number_of_classes(held_out: HeldOut) -> int:
    """The smallest number of classes that describes held-out patients about as well as any.

    About as well: what it lacks to the best is at most one standard error, or at most a twentieth of what the best
    gains over one class. The latter keeps classes out that only round off the shape of others, which many patients
    would tell from nothing.
    """
    found = held_out.of("classes")
    best = max(found, key=_mean).log_density
    one = max(map(_mean, (own for own in held_out.of("bell") if own.factors <= 1)))
    gain = float(best.mean()) - one
    enough = []
    for candidate in found:
        lack = _paired("best", candidate.name, best, candidate.log_density)
        if lack.z <= 1 or lack.difference <= (1 - ENOUGH) * gain:
            enough.append(candidate.groups)
    return min(enough)


def _mean(candidate: Candidate) -> float:
    return float(candidate.log_density.mean())


def tables_of(held_out: HeldOut, seed: int) -> StructureTables:
    """Every candidate, every comparison, and the answer."""
    comparisons = compare(held_out)
    reached = answer(comparisons)
    k = 1 if reached == "nothing" else number_of_classes(held_out)
    bell = max(held_out.of("bell"), key=_mean).log_density
    rows = [_row(candidate, bell) for candidate in held_out.candidates]
    patients, folds = len(held_out.folds), len(np.unique(held_out.folds))
    return StructureTables(
        pd.DataFrame(rows),
        pd.DataFrame([_comparison_row(own) for own in comparisons.values()]),
        pd.DataFrame([{"answer": reached, "k": k, "patients": patients, "folds": folds, "seed": seed}]),
    )


def _paired(first: str, second: str, one: FloatArray, other: FloatArray) -> Comparison:
    difference = one - other
    return Comparison(first, second, float(difference.mean()), float(difference.std(ddof=1) / len(difference) ** 0.5))


def _row(candidate: Candidate, bell: FloatArray) -> dict[str, object]:
    difference = _paired(candidate.name, "bell", candidate.log_density, bell)
    return {
        "family": candidate.family,
        "candidate": candidate.name,
        "groups": candidate.groups,
        "factors": candidate.factors,
        "log_density": float(candidate.log_density.mean()),
        "difference": difference.difference,
        "standard_error": difference.standard_error,
    }


def _comparison_row(own: Comparison) -> dict[str, object]:
    reach = 1.96 * own.standard_error
    return {
        "first": own.first,
        "second": own.second,
        "difference": own.difference,
        "standard_error": own.standard_error,
        "low": own.difference - reach,
        "high": own.difference + reach,
        "z": own.z,
    }
