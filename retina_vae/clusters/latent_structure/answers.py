"""From held-out log-densities to one of four answers, and to the number of clusters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

if TYPE_CHECKING:
    # A report asks for the answers and their bounds alone, and is drawn without what the fits need.
    from retina_vae.clusters.latent_structure.designs import Family
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

FEWEST = 20
"""Patients below which a mean difference over its standard error is no normal number, so that nothing is decided."""

LEAST_SHARE = 0.05
"""Share of what all groups gain over one group that another group must add to count."""


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
        comparisons: One row per comparison: ``comparison, first, second, difference, standard_error, low, high``
            (95 %), ``z``.
        answer: One row: ``answer, k, patients, folds, seed``.
    """

    candidates: pd.DataFrame
    comparisons: pd.DataFrame
    answer: pd.DataFrame


def compare(held_out: HeldOut) -> dict[str, Comparison]:
    """The four comparisons that an answer rests on, by name.

    Classes are held twice against a continuum, each time on equal terms. Classes that may differ in spread alone would
    beat a continuum whose spread rises, and a curve that may run back into itself can go round three groups: so classes
    with common scales meet smooth continua, and all classes meet all curves, closed ones too.
    """

    def best(*families: Family) -> FloatArray:
        return held_out.best(held_out.of(*families))

    bell, smooth, curves = best("bell"), best("continuum"), best("continuum", "closed curve")
    common, groups = best("classes"), best("classes", "classes, own scales")
    return {
        "continuum_bell": _paired("a continuum", "one bell", curves, bell),
        "groups_bell": _paired("groups", "one bell", groups, bell),
        "groups_smooth": _paired("groups of one spread", "a smooth continuum", common, smooth),
        "groups_curves": _paired("groups", "any curve", groups, curves),
    }


def answer(comparisons: dict[str, Comparison]) -> Answer:
    """The rung that the comparisons reach.

    Nothing beyond margins and correlations, where neither a continuum nor classes describe held-out patients better
    than the bell; groups, where classes describe them better than the bell and, both times, than a continuum; a
    continuum, where it does so against the bell and, both times, against classes; else it cannot be told.
    """
    z = {name: own.z for name, own in comparisons.items()}
    if max(z["continuum_bell"], z["groups_bell"]) < ALIKE:
        return "nothing"
    if min(z["groups_bell"], z["groups_smooth"], z["groups_curves"]) >= DECIDED:
        return "groups"
    if min(z["continuum_bell"], -z["groups_smooth"], -z["groups_curves"]) >= DECIDED:
        return "continuum"
    return "undecided"


def number_of_classes(held_out: HeldOut) -> int:
    """The largest number of classes at which one more still describes held-out patients better.

    Better: than any smaller number, by a standard error, and by a twentieth of what the best number gains over one
    class. The latter keeps classes out that only round off the shape of others: with many patients such classes are
    told from nothing, and there is no end to them.
    """
    best: dict[int, Candidate] = {}
    for candidate in held_out.of("classes", "classes, own scales"):
        if candidate.groups not in best or _mean(candidate) > _mean(best[candidate.groups]):
            best[candidate.groups] = candidate
    one = max(_mean(candidate) for candidate in held_out.of("bell") if candidate.factors <= 1)
    gain = max(map(_mean, best.values())) - one
    number, (first, *larger) = min(best), [best[groups] for groups in sorted(best)]
    for candidate in larger:
        added = _paired(candidate.name, first.name, candidate.log_density, first.log_density)
        if added.z >= 1 and added.difference >= LEAST_SHARE * gain:
            number = candidate.groups
        first = max(first, candidate, key=_mean)
    return number


def _mean(candidate: Candidate) -> float:
    return float(candidate.log_density.mean())


def tables_of(held_out: HeldOut, seed: int, columns: int) -> StructureTables:
    """Every candidate, every comparison, and the answer.

    Args:
        held_out: Of all candidates.
        seed: What the candidates were measured with.
        columns: How many there are. One has a margin and nothing beyond it, whatever describes that margin best.
    """
    comparisons = compare(held_out)
    reached = _reached(comparisons, len(held_out.folds)) if columns > 1 else "nothing"
    k = 1 if reached == "nothing" else number_of_classes(held_out)
    bell = max(held_out.of("bell"), key=_mean).log_density
    rows = [_row(candidate, bell) for candidate in held_out.candidates]
    patients, folds = len(held_out.folds), len(np.unique(held_out.folds))
    return StructureTables(
        pd.DataFrame(rows),
        pd.DataFrame([{"comparison": name, **_comparison_row(own)} for name, own in comparisons.items()]),
        pd.DataFrame([{"answer": reached, "k": k, "patients": patients, "folds": folds, "seed": seed}]),
    )


def _reached(comparisons: dict[str, Comparison], patients: int) -> Answer:
    reached = answer(comparisons)
    return "undecided" if patients < FEWEST and reached != "nothing" else reached


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
