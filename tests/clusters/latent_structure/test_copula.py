from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import pytest
from scipy.stats import multivariate_normal, norm

from retina_vae.clusters.latent_structure.copula import (
    copula_log_density,
    fit_copula,
    latent_correlation,
    nearest_correlation,
)
from retina_vae.clusters.latent_structure.designs import bell
from retina_vae.clusters.latent_structure.fitting import fit_structure, log_density
from retina_vae.clusters.latent_structure.measurements import measure_patients
from retina_vae.cohort import CohortSchema
from tests.clusters.latent_structure.cohorts import FINDINGS, MIXED, NUMBERS, one_bell


def normals(n: int, correlation: float, columns: int, seed: int = 3) -> np.ndarray:
    rng = np.random.default_rng(seed)
    factor = rng.standard_normal((n, 1))
    return np.sqrt(correlation) * factor + np.sqrt(1 - correlation) * rng.standard_normal((n, columns))


def test_probabilities_of_all_patterns_sum_to_one() -> None:
    schema = CohortSchema(identifier="id", columns=FINDINGS)
    cut = np.where(normals(800, 0.6, 4) > [-0.5, 0.0, 0.3, 1.0], "yes", "no")
    fit = fit_copula(measure_patients(pd.DataFrame(cut, columns=list("abcd")).assign(id=range(800)), schema))
    patterns = pd.DataFrame(product(["no", "yes"], repeat=4), columns=list("abcd")).assign(id=range(16))
    assert np.exp(copula_log_density(fit, measure_patients(patterns, schema))).sum() == pytest.approx(1, abs=1e-9)


def test_numbers_alone_have_the_density_of_a_normal() -> None:
    schema = CohortSchema(identifier="id", columns=NUMBERS)
    frame = pd.DataFrame(normals(500, 0.5, 3), columns=list("xyz")).assign(id=range(500))
    measured = measure_patients(frame, schema)
    fit = fit_copula(measured)
    expected = multivariate_normal(np.zeros(3), fit.correlation).logpdf(measured.scores.values)
    np.testing.assert_allclose(copula_log_density(fit, measured), expected, atol=1e-9)


def test_a_gap_leaves_the_marginal_density() -> None:
    schema = CohortSchema(identifier="id", columns=NUMBERS)
    frame = pd.DataFrame(normals(500, 0.5, 3), columns=list("xyz")).assign(id=range(500))
    fit = fit_copula(measure_patients(frame, schema))
    measured = measure_patients(frame.assign(y=frame["y"].mask(frame.index < 50)), schema)
    shown = measured.scores.values[:50][:, [0, 2]]
    expected = multivariate_normal(np.zeros(2), fit.correlation[np.ix_([0, 2], [0, 2])]).logpdf(shown)
    np.testing.assert_allclose(copula_log_density(fit, measured)[:50], expected, atol=0.05)


@pytest.mark.parametrize("truth", [-0.6, 0.0, 0.8])
def test_the_latent_correlation_of_cut_normals_is_found(truth: float) -> None:
    rng = np.random.default_rng(4)
    a = rng.standard_normal(20000)
    b = truth * a + np.sqrt(1 - truth**2) * rng.standard_normal(20000)
    both = (a > 0.5).astype(float), (b > -0.3).astype(float)
    assert latent_correlation(*both) == pytest.approx(truth, abs=0.04)
    assert latent_correlation(a, (b > 0).astype(float)) == pytest.approx(truth, abs=0.04)
    assert latent_correlation(a, np.ones_like(a)) == 0


def test_it_agrees_with_one_factor_where_there_is_one() -> None:
    measured = measure_patients(one_bell(1500), MIXED)
    both = (
        copula_log_density(fit_copula(measured), measured),
        log_density(fit_structure(measured, bell(1), 1), measured.statistics()),
    )
    assert both[0].mean() == pytest.approx(both[1].mean(), abs=0.02)


def test_a_matrix_that_is_none_of_correlations_becomes_one() -> None:
    found = nearest_correlation(np.array([[1, 0.9, -0.9], [0.9, 1, 0.9], [-0.9, 0.9, 1]]))
    np.testing.assert_allclose(np.diag(found), 1)
    assert np.linalg.eigvalsh(found).min() > 0


def test_the_order_of_the_categories_does_not_matter() -> None:
    """A category that another column orders keeps that order, however the schema writes it."""
    grade = np.digitize(normals(900, 0.7, 4)[:, 0], norm.ppf([0.3, 0.6]))
    numbers = normals(900, 0.7, 4)[:, 1:]
    found = []
    for names in (("low", "mid", "high"), ("mid", "high", "low")):
        site = FINDINGS[0].model_copy(update={"kind": "nominal", "categories": names})
        frame = pd.DataFrame(numbers, columns=list("xyz")).assign(id=range(900))
        frame["a"] = np.array(["low", "mid", "high"])[grade]
        measured = measure_patients(frame, CohortSchema(identifier="id", columns=(*NUMBERS, site)))
        found.append(copula_log_density(fit_copula(measured), measured).mean())
    assert found[0] == pytest.approx(found[1], abs=1e-6)
