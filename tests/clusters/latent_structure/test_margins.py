"""Margins that a structure implies: what they move, and that what is left is a density."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import norm

from retina_vae.cluster_settings import LatentStructureSettings
from retina_vae.clusters.latent_structure.designs import bell, classes
from retina_vae.clusters.latent_structure.fitting import fit_from, fit_structure, node_probabilities
from retina_vae.clusters.latent_structure.margins import Moved, fit_margins, margins_of
from retina_vae.clusters.latent_structure.measurements import Measurements, ScoreBlock, normal_scores
from retina_vae.clusters.latent_structure.structure import find_structure
from retina_vae.cohort import CohortSchema, Column


def two_groups(patients: int, apart: float, columns: int, seed: int = 1) -> np.ndarray:
    """Values of two equal groups, each a bell of standard deviation 1, shape (patients, columns)."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=(patients, columns)) + apart * (np.arange(patients) % 2)[:, None]


def scored(values: np.ndarray) -> Measurements:
    scores = np.column_stack([normal_scores(own) for own in values.T])
    return Measurements((), ScoreBlock(np.nan_to_num(scores), (~np.isnan(scores)).astype(float)))


def test_a_bell_moves_nothing() -> None:
    measured = scored(np.random.default_rng(2).normal(size=(500, 3)))
    fit = fit_structure(measured, bell(1), seed=1)
    moved = margins_of(fit).of(measured)
    # Up to the standard deviation of each margin, which the ridge makes a little less than 1.
    np.testing.assert_allclose(moved.scores.values, measured.scores.values, atol=0.02)
    np.testing.assert_allclose(margins_of(fit).log_derivative(measured), 0, atol=0.02)


def test_two_groups_get_their_own_shape_back() -> None:
    """Normal scores press two groups together; two rounds of the margins of two classes undo half of it."""
    values = two_groups(6000, 5.0, 3)
    measured = scored(values)
    pressed = measured.scores.values
    fitted = fit_margins(measured, fit_structure(measured, classes(2), seed=1))
    assert fitted.margins is not None
    moved = fitted.margins.of(measured).scores.values
    true = (values - values.mean(axis=0)) / values.std(axis=0)
    inner = np.abs(pressed) < 2

    def away(scores: np.ndarray) -> float:
        return float(np.sqrt(np.square(scores - true)[inner].mean()))

    assert away(moved) < 0.55 * away(pressed)
    # Further rounds of the same step have the true values as their limit.
    fit = fitted.fit
    for _ in range(12):
        own = margins_of(fit).of(measured)
        fit = fit_from(own, fit.design, node_probabilities(fit, own.statistics()), own.statistics(), 25)
    assert away(margins_of(fit).of(measured).scores.values) < 0.05


def test_what_is_left_is_a_density_of_the_normal_scores() -> None:
    """Whatever was fitted, it integrates to 1; that of moved scores has the margin of normal scores, N(0, 1)."""
    measured = scored(two_groups(1500, 3.0, 3))
    fitted = fit_margins(measured, fit_structure(measured, classes(2), seed=1))
    assert fitted.margins is not None
    grid = np.linspace(-5.995, 5.995, 4001)
    for column in range(3):
        values, observed = np.zeros((len(grid), 3)), np.zeros((len(grid), 3))
        values[:, column], observed[:, column] = grid, 1
        density = np.exp(fitted.log_density(Measurements((), ScoreBlock(values, observed))))
        assert abs(np.trapezoid(density, grid) - 1) < 2e-3
        np.testing.assert_allclose(density, norm.pdf(grid), atol=0.04)


def test_the_likeliest_fit_is_kept() -> None:
    measured = scored(two_groups(800, 4.0, 4))
    plain = fit_structure(measured, classes(2), seed=1)
    before, after = (fit.log_density(measured).mean() for fit in (Moved(plain), fit_margins(measured, plain)))
    assert after > before + 0.05


def test_gaps_move_nothing_and_count_nothing() -> None:
    values = two_groups(800, 4.0, 3)
    values[::5, 1] = np.nan
    measured = scored(values)
    fitted = fit_margins(measured, fit_structure(measured, classes(2), seed=1))
    assert fitted.margins is not None
    assert (fitted.margins.of(measured).scores.values[::5, 1] == 0).all()
    without = Measurements((), ScoreBlock(measured.scores.values[:, [0, 2]], measured.scores.observed[:, [0, 2]]))
    others = type(fitted.margins)(fitted.margins.moved[:, [0, 2]])
    np.testing.assert_allclose(
        fitted.margins.log_derivative(measured)[::5], others.log_derivative(without)[::5], rtol=1e-12
    )


def test_two_groups_far_apart_are_two() -> None:
    """Without margins of their own the halves of a bell that normal scores make of them are four classes."""
    values = two_groups(900, 5.0, 4)
    names = ["a", "b", "c", "d"]
    patients = pd.DataFrame(values, columns=names).assign(patient_id=[f"P{n}" for n in range(900)])
    columns = tuple(Column(name=name, label=name, kind="continuous") for name in names)
    schema = CohortSchema(identifier="patient_id", columns=columns)
    found = find_structure(patients, schema, LatentStructureSettings(k_max=5)).answer.iloc[0]
    assert (found["answer"], found["k"]) == ("groups", 2)
