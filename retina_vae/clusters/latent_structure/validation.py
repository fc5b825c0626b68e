"""How well each structure describes patients that it was not fitted to: cross-validated log-densities."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import product
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from retina_vae.clusters.latent_structure.copula import MOST_COLUMNS, copula_log_density, fit_copula
from retina_vae.clusters.latent_structure.designs import Design, Family, bell, classes, continuum, curve, spreading
from retina_vae.clusters.latent_structure.fitting import fit_structure
from retina_vae.clusters.latent_structure.margins import Moved, fit_margins
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
    with one_thread_each(threads) as pool:
        return HeldOut(tuple(_measured(_Folds(measurements, places, seed, pool, tell), k_max)), places)


@dataclass(frozen=True, eq=False)
class _Folds:
    """The patients in folds, each of which is described by what is fitted to the others."""

    measurements: Measurements
    places: NDArray[np.intp]
    seed: int
    pool: ThreadPoolExecutor
    tell: Callable[[str], None]

    def of_design(self, design: Design) -> Candidate:
        """A design, fitted by expectation maximisation, its margins taken out."""

        def score(train: Measurements, test: Measurements) -> FloatArray:
            fit = fit_structure(train, design, self.seed)
            # A bell's margins are bells already.
            moved = Moved(fit) if design.family == "bell" else fit_margins(train, fit)
            return moved.log_density(test)

        values = self._held_out(design.name, score)
        return Candidate(design.family, design.name, design.groups, design.dimensions, values)

    def of_copula(self) -> Candidate:
        """The bell with all correlations, which has no factors."""
        name = "bell, all correlations"
        values = self._held_out(name, lambda train, test: copula_log_density(fit_copula(train), test))
        return Candidate("bell", name, 1, 0, values)

    def _held_out(self, name: str, score: Callable[[Measurements, Measurements], FloatArray]) -> FloatArray:
        self.tell(name)
        tests = [np.flatnonzero(self.places == fold) for fold in np.unique(self.places)]
        trains = [np.flatnonzero(self.places != fold) for fold in np.unique(self.places)]
        take = self.measurements.take
        values = np.empty(len(self.places))
        for rows, own in zip(tests, self.pool.map(score, map(take, trains), map(take, tests)), strict=True):
            values[rows] = own
        return values


def _measured(folds: _Folds, k_max: int) -> Iterator[Candidate]:
    """Bells, continua and classes, one by one."""
    if folds.measurements.columns <= MOST_COLUMNS:
        yield folds.of_copula()
    smooth = (continuum(1), continuum(2), spreading(), curve(closed=False), curve(closed=True))
    for design in (bell(0), bell(1), bell(2), bell(3), *smooth):
        yield folds.of_design(design)
    for own_scales, factors in product((False, True), (0, 1)):
        yield from _climb(folds.of_design(classes(k, factors, own_scales)) for k in range(2, k_max + 1))


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
