from __future__ import annotations

import numpy as np
import pytest
from scipy.special import logsumexp, softmax
from scipy.stats import norm

from retina_vae.clusters.latent_structure.designs import bell, classes, continuum
from retina_vae.clusters.latent_structure.fitting import fit_structure, log_density
from retina_vae.clusters.latent_structure.measurements import measure_patients
from tests.clusters.latent_structure.cohorts import MIXED, one_bell, two_classes, u_shape, with_gaps


def joint_by_hand(fit, measured) -> np.ndarray:
    """log p(x, node) node by node and column by column, shape (patients, M)."""
    design = fit.design
    total = np.tile(fit.log_share[design.group] + design.log_weight, (measured.patients, 1))
    for block, logits in zip(measured.categories, fit.logits, strict=True):
        for column in range(block.values.shape[1]):
            odds = design.mean @ logits[column]
            total += block.values[:, column] @ (odds - logsumexp(odds, axis=1, keepdims=True)).T
    mean, scale = design.mean @ fit.means, np.exp(fit.log_scale())
    for column in range(measured.scores.values.shape[1]):
        logs = norm.logpdf(measured.scores.values[:, column, None], mean[:, column], scale[:, column])
        total += np.where(measured.scores.observed[:, column, None] > 0, logs, 0)
    return total


def by_hand(fit, measured) -> np.ndarray:
    """log p(x), shape (patients,)."""
    return logsumexp(joint_by_hand(fit, measured), axis=1)


@pytest.mark.parametrize("design", [bell(1), continuum(1), classes(2, 1)], ids=lambda design: design.name)
def test_the_density_is_the_mixture_over_the_nodes_of_the_observed_columns(design) -> None:
    measured = measure_patients(with_gaps(two_classes(150)), MIXED)
    fit = fit_structure(measured, design, seed=1)
    np.testing.assert_allclose(log_density(fit, measured.statistics()), by_hand(fit, measured), atol=1e-4)


def test_without_a_factor_the_bell_is_the_product_of_the_margins() -> None:
    measured = measure_patients(one_bell(400), MIXED)
    fit = fit_structure(measured, bell(0), seed=1)
    shares = measured.categories[0].values.mean(axis=0)
    margins = np.log((measured.categories[0].values * shares).sum(axis=2)).sum(axis=1)
    scores = norm.logpdf(measured.scores.values).sum(axis=1)
    np.testing.assert_allclose(log_density(fit, measured.statistics()), margins + scores, atol=2e-3)


def test_a_factor_gives_the_correlations_of_the_scores() -> None:
    measured = measure_patients(one_bell(3000), MIXED)
    fit = fit_structure(measured, bell(1), seed=1)
    loadings, noise = fit.means[1], np.exp(2 * fit.log_scale()[0])
    implied = np.outer(loadings, loadings) + np.diag(noise)
    np.testing.assert_allclose(implied, np.cov(measured.scores.values.T), atol=0.05)


@pytest.mark.parametrize("design", [bell(2), continuum(1), continuum(2), classes(3)], ids=lambda design: design.name)
def test_no_step_loses_more_than_the_ridge_gains(design) -> None:
    measured = measure_patients(u_shape(300), MIXED)
    steps = np.diff(fit_structure(measured, design, seed=1).log_likelihood)
    assert steps.min() > -2e-3
    assert steps.sum() > 0


def test_two_classes_are_recovered() -> None:
    patients = two_classes(2000, apart=4.0)
    measured = measure_patients(patients, MIXED)
    fit = fit_structure(measured, classes(2), seed=1)
    np.testing.assert_allclose(np.exp(fit.log_share), 0.5, atol=0.05)
    odds = fit.logits[0][:, :, 1] - fit.logits[0][:, :, 0]
    np.testing.assert_allclose(np.sort(odds, axis=1), np.tile([-4.0, 4.0], (4, 1)), atol=0.8)
    sure = softmax(joint_by_hand(fit, measured), axis=1).max(axis=1)
    assert sure.mean() > 0.98


def test_the_gradient_of_the_penalised_likelihood_vanishes_at_the_end() -> None:
    """By differences in double precision: no coefficient of a score's mean can be moved to a better place."""
    measured = measure_patients(two_classes(400), MIXED)
    fit = fit_structure(measured, classes(2), seed=1)

    def objective(step: float, row: int, column: int) -> float:
        fit.means[row, column] += step
        value = by_hand(fit, measured).sum() - 0.5 * (fit.design.ridge[:, None] * fit.means**2).sum()
        fit.means[row, column] -= step
        return float(value)

    for row in range(2):
        for column in range(3):
            slope = (objective(1e-4, row, column) - objective(-1e-4, row, column)) / 2e-4
            # In nats per unit over 400 patients; one patient moved by a standard deviation would weigh about 1.
            assert abs(slope) < 0.5


def test_the_same_seed_gives_the_same_numbers() -> None:
    measured = measure_patients(two_classes(200), MIXED)
    one, other = (log_density(fit_structure(measured, classes(3), 5), measured.statistics()) for _ in range(2))
    np.testing.assert_array_equal(one, other)
