"""How well each structure describes patients that it was not fitted to: cross-validated log-densities."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from retina_vae.clusters.latent_structure.copula import MOST_COLUMNS, copula_log_density, fit_copula
from retina_vae.clusters.latent_structure.designs import Design, Family, bell, classes, continuum, curve, spreading
from retina_vae.clusters.latent_structure.fitting import fit_structure, log_density
from retina_vae.clusters.latent_structure.measurements import Measurements
from retina_vae.parallel import one_thread_each

__all__ = ["Candidate", "HeldOut", "cross_validate"]

FloatArray = NDArray[np.float64]

_PATIENCE = 2
"""Numbers of classes that may be worse than the best before no more are tried."""


@dataclass(frozen=True, eq=False)
class Candidate:
    """A structure, and log p(x) in nats of every patient by the fit to the other folds, shape (patients,)."""

    family: Family
    name: str
    groups: int
    factors: int
    log_density: FloatArray


@dataclass(frozen=True, eq=False)
class HeldOut:
    """All candidates, and the fold of every patient, shape (patients,)."""

    candidates: tuple[Candidate, ...]
    folds: NDArray[np.intp]

    def of(self, *families: Family) -> tuple[Candidate, ...]:
        """The candidates of these families."""
        return tuple(candidate for candidate in self.candidates if candidate.family in families)

    def best(self, candidates: Sequence[Candidate]) -> FloatArray:
        """log p(x) of every patient by the candidate that is best in the other folds, shape (patients,).

        So what is picked out of many is not judged by the patients that it was picked by.
        """
        values = np.stack([candidate.log_density for candidate in candidates])
        result = np.empty(len(self.folds))
        for fold in np.unique(self.folds):
            inside = self.folds == fold
            result[inside] = values[int(values[:, ~inside].mean(axis=1).argmax())][inside]
        return result


Score = Callable[[Measurements, Measurements], FloatArray]


def cross_validate(
    measurements: Measurements,
    k_max: int,
    folds: int,
    seed: int,
    threads: int = 1,
    tell: Callable[[str], None] = lambda name: None,
) -> HeldOut:
    """Fit every candidate to all folds but one, and measure the one.

    The number of classes rises until two numbers in a row are no better than the best: without a factor and with one,
    with common scales and with own ones.

    Args:
        measurements: Of the patients.
        k_max: The most classes.
        folds: Number of folds.
        seed: Of the folds and of the starts.
        threads: Folds at the same time; the result does not depend on it.
        tell: Called with the name of every candidate that is measured.
    """
    places = np.random.default_rng(seed).permutation(measurements.patients) % folds
    if measurements.columns == 0:
        return _alike(places)
    parts = [(measurements.take(np.flatnonzero(places != f)), np.flatnonzero(places == f)) for f in range(folds)]
    tests = [measurements.take(rows) for _, rows in parts]

    def measure(family: Family, name: str, groups: int, factors: int, score: Score) -> Candidate:
        tell(name)
        values = np.empty(measurements.patients)
        for (_, rows), own in zip(parts, pool.map(score, [train for train, _ in parts], tests), strict=True):
            values[rows] = own
        return Candidate(family, name, groups, factors, values)

    def measured(design: Design) -> Candidate:
        def score(train: Measurements, test: Measurements) -> FloatArray:
            return log_density(fit_structure(train, design, seed), test.statistics())

        return measure(design.family, design.name, design.groups, design.dimensions, score)

    def copula() -> Candidate:
        return measure(
            "bell", "bell, all correlations", 1, 0, lambda train, test: copula_log_density(fit_copula(train), test)
        )

    with one_thread_each(threads) as pool:
        found = [copula()] if measurements.columns <= MOST_COLUMNS else []
        found += [measured(design) for design in (bell(0), bell(1), bell(2), bell(3))]
        smooth = (continuum(1), continuum(2), spreading(), curve(closed=False), curve(closed=True))
        found += [measured(design) for design in smooth]
        for own_scales, factors in product((False, True), (0, 1)):
            found += _climb(measured(classes(k, factors, own_scales)) for k in range(2, k_max + 1))
    return HeldOut(tuple(found), places)


def _alike(folds: NDArray[np.intp]) -> HeldOut:
    """Patients who are all alike: every family is sure of them."""
    families = get_args(Family)
    groups = [2 if family.startswith("classes") else 1 for family in families]
    sure = [Candidate(family, family, k, 0, np.zeros(len(folds))) for family, k in zip(families, groups, strict=True)]
    return HeldOut(tuple(sure), folds)


def _climb(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Candidates with one class more each, until two in a row are no better than the best."""
    found: list[Candidate] = []
    for candidate in candidates:
        found.append(candidate)
        means = [own.log_density.mean() for own in found]
        if len(means) - 1 - int(np.argmax(means)) >= _PATIENCE:
            break
    return found
