"""Integrals against their closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import multivariate_normal

from retina_vae.studies.terrain.evidence import Sampling, log_evidence


@pytest.mark.parametrize("noise", [1.0, 0.05])
def test_a_linear_model_has_the_evidence_of_its_gaussian(noise: float) -> None:
    # x = A v + noise with v ~ N(0, I) is N(0, A A' + noise^2 I).
    rng, d, size = np.random.default_rng(1), 3, 4
    loadings = rng.standard_normal((size, d))
    items = rng.standard_normal((20, d)) @ loadings.T + noise * rng.standard_normal((20, size))

    def likelihood(chosen: np.ndarray, places: np.ndarray) -> np.ndarray:
        apart = items[chosen][:, None] - places @ loadings.T
        return -0.5 * (apart**2).sum(axis=-1) / noise**2 - size / 2 * np.log(2 * np.pi * noise**2)

    found = log_evidence(likelihood, len(items), d, Sampling(draws=400, seed=2))
    covariance = loadings @ loadings.T + noise**2 * np.eye(size)
    expected = multivariate_normal(np.zeros(size), covariance).logpdf(items)
    assert_allclose(found.value, expected, atol=0.25)
    # The stated error is that of the draws.
    assert 0.3 < np.sqrt((((found.value - expected) / found.error) ** 2).mean()) < 3
    assert found.error.max() < 0.2


def test_nothing_to_learn_has_no_error() -> None:
    found = log_evidence(lambda chosen, places: np.zeros((len(chosen), places.shape[-2])), 3, 2, Sampling(draws=2000))
    assert_allclose(found.value, 0, atol=0.05)


def test_the_same_seed_gives_the_same_numbers_whatever_else_is_asked() -> None:
    def likelihood(chosen: np.ndarray, places: np.ndarray) -> np.ndarray:
        return -((places[..., 0] - chosen[:, None]) ** 2)

    one, other = (log_evidence(likelihood, count, 2, Sampling(seed=3)) for count in (32, 40))
    assert (one.value == other.value[:32]).all()
