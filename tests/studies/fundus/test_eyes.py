"""Simulated eyes: independent factors, and a diagnosis with known probabilities."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.testing import assert_allclose
from pandas.testing import assert_frame_equal

from retina_vae.studies.fundus.eyes import DIAGNOSES, DIAGNOSIS, diagnosis_probabilities, draw_eyes
from retina_vae.studies.fundus.rendering import FACTORS

NAMES = [own.name for own in FACTORS]


def test_a_seed_says_which_eyes() -> None:
    assert_frame_equal(draw_eyes(50, 3), draw_eyes(50, 3))
    assert not draw_eyes(50, 3).equals(draw_eyes(50, 4))


def test_factors_are_uniform_over_their_range_and_independent() -> None:
    eyes = draw_eyes(20_000, 1)[NAMES]
    for own in FACTORS:
        assert eyes[own.name].between(own.minimum, own.maximum).all()
        assert_allclose(eyes[own.name].mean(), (own.minimum + own.maximum) / 2, atol=(own.maximum - own.minimum) / 100)
        assert_allclose(eyes[own.name].std(), (own.maximum - own.minimum) / np.sqrt(12), rtol=0.02)
    # Of 15 correlations of 20,000 independent pairs none exceeds four standard errors.
    assert np.abs(eyes.corr().to_numpy() - np.eye(6)).max() < 4 / np.sqrt(20_000)


def test_probabilities_sum_to_1_and_are_how_often_a_diagnosis_is_drawn() -> None:
    eyes = draw_eyes(40_000, 2)
    probabilities = diagnosis_probabilities(eyes)
    assert_allclose(probabilities.sum(axis=1), 1)
    drawn = np.stack([eyes[DIAGNOSIS] == name for name in DIAGNOSES], axis=1)
    assert_allclose(drawn.mean(axis=0), probabilities.mean(axis=0), atol=0.01)
    # In every stratum of what is said, too.
    for place in range(3):
        strata = pd.cut(probabilities[:, place], np.linspace(0, 1, 6), labels=False)
        for number in range(5):
            own = strata == number
            assert_allclose(drawn[own, place].mean(), probabilities[own, place].mean(), atol=0.04)


def test_lesions_decide_the_diagnosis_and_colour_does_not() -> None:
    eye = pd.DataFrame([{own.name: own.minimum for own in FACTORS}])
    healthy = diagnosis_probabilities(eye)[0]
    assert healthy.argmax() == 0
    assert diagnosis_probabilities(eye.assign(drusen=100.0))[0].argmax() == 1
    assert diagnosis_probabilities(eye.assign(haemorrhage=100.0))[0].argmax() == 2
    for name in ("pigmentation", "saturation", "disc_position"):
        own = next(factor for factor in FACTORS if factor.name == name)
        assert_allclose(diagnosis_probabilities(eye.assign(**{name: own.maximum}))[0], healthy)


def test_the_best_classifier_is_often_wrong() -> None:
    """Else there were no limit to hold a classifier against."""
    best = diagnosis_probabilities(draw_eyes(20_000, 5)).max(axis=1).mean()
    assert 0.7 < best < 0.9
