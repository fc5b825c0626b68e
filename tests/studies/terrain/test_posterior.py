"""p(terrain | sweep)."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from retina_vae.classifiers.comparison import expected_calibration_error
from retina_vae.studies.terrain.evidence import Sampling
from retina_vae.studies.terrain.posterior import TerrainPosterior, terrain_posterior
from retina_vae.studies.terrain.scenes import DENSE, SHARES, SITUATIONS, TERRAINS, dimensions, draw_scenes, scenes_at
from retina_vae.studies.terrain.sweeps import draw_sweeps, log_likelihood

COUNT = 120


@pytest.fixture(scope="module")
def sweeps() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    terrains = np.repeat(np.arange(len(TERRAINS)), COUNT // len(TERRAINS))
    return draw_sweeps(draw_scenes(terrains, rng), rng), terrains


@pytest.fixture(scope="module")
def posterior(sweeps: tuple[np.ndarray, np.ndarray]) -> TerrainPosterior:
    return terrain_posterior(sweeps[0])


def test_probabilities_add_up_to_one(posterior: TerrainPosterior) -> None:
    assert posterior.probability.shape == (COUNT, len(TERRAINS))
    assert_allclose(posterior.probability.sum(axis=1), 1.0)
    assert (posterior.probability >= 0).all()


def test_what_is_solid_beyond_doubt_may_still_be_dense_grass(
    sweeps: tuple[np.ndarray, np.ndarray], posterior: TerrainPosterior
) -> None:
    # Then both terrains have the same likelihood, and Bayes' theorem leaves 1 to DENSE.
    solid = posterior.probability[sweeps[1] == 1]
    sure = solid[solid[:, 1] > 0.8]
    assert len(sure) > 0.9 * len(solid)
    assert_allclose(np.median(sure[:, 1]), 1 / (1 + DENSE), atol=2e-3)
    assert (solid[:, 1] < 1 / (1 + DENSE) + 1e-9).all()


def test_probabilities_are_calibrated_on_the_simulators_own_labels(
    sweeps: tuple[np.ndarray, np.ndarray], posterior: TerrainPosterior
) -> None:
    right = posterior.probability.argmax(axis=1) == sweeps[1]
    expected = posterior.probability.max(axis=1)
    spread = np.sqrt((expected * (1 - expected)).sum()) / COUNT
    assert abs(right.mean() - expected.mean()) < 3 * spread
    assert expected_calibration_error(posterior.probability, sweeps[1]) < 0.06


def test_the_stated_error_is_small_and_another_seed_agrees(
    sweeps: tuple[np.ndarray, np.ndarray], posterior: TerrainPosterior
) -> None:
    other = terrain_posterior(sweeps[0][::4], Sampling(seed=2))
    assert posterior.error.mean() < 2e-3
    assert np.abs(other.probability - posterior.probability[::4]).mean() < 5e-3


def test_few_beams_are_as_drawing_many_scenes_from_the_prior_says(sweeps: tuple[np.ndarray, np.ndarray]) -> None:
    # Plain Monte Carlo over the prior knows the answer for a situation of two dimensions.
    levels, situation = sweeps[0][sweeps[1] == 3][:3], SITUATIONS.index("nothing ahead")
    rng = np.random.default_rng(2)
    scenes = scenes_at(situation, rng.standard_normal((1, 8_000, dimensions(situation))))
    plain = [np.logaddexp.reduce(log_likelihood(sweep, scenes)[0]) - np.log(8_000) for sweep in levels]
    towards = scenes_at(0, rng.standard_normal((1, 8_000, dimensions(0))))
    beside = [np.logaddexp.reduce(log_likelihood(sweep, towards)[0]) - np.log(8_000) for sweep in levels]
    odds = np.array(plain) - np.array(beside)
    found = terrain_posterior(levels).probability
    assert_allclose(found[:, 3] / (found[:, 3] + found[:, 0]), 1 / (1 + np.exp(-odds)), atol=0.02)
    assert SHARES[3, 3] == 1
