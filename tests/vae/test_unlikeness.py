"""Scores of unlikeness: values that are known, and what must not change them."""

import math

import numpy as np
import pytest
from scipy.stats import norm

from retina_vae.vae.unlikeness import SCORES, agreeing_entropy, agreeing_samples, typicality, unlikeness

RNG = np.random.default_rng(0)
MATRIX = RNG.normal(-5, 2, (12, 40))
COHORT = RNG.normal(-4, 1, (12, 300))
DISAGREEMENT = ["deviation", "agreeing_samples", "agreeing_entropy"]
LIKELIHOODS = ["expected_likelihood", "mean_log_likelihood", "waic"]


def values(name: str, matrix: np.ndarray, cohort: np.ndarray = COHORT) -> np.ndarray:
    return SCORES[name].function(matrix, cohort)


@pytest.mark.parametrize("name", DISAGREEMENT)
def test_what_all_weights_say_alike_leaves_disagreement(name: str) -> None:
    shifted = MATRIX + RNG.normal(0, 300, 40)
    np.testing.assert_allclose(values(name, shifted), values(name, MATRIX), rtol=1e-9)


@pytest.mark.parametrize("name", LIKELIHOODS)
def test_likelihoods_move_with_what_all_weights_say(name: str) -> None:
    np.testing.assert_allclose(values(name, MATRIX + 7), values(name, MATRIX) + 7)


@pytest.mark.parametrize("name", SCORES)
def test_weights_have_no_order_and_patients_do_not_meet(name: str) -> None:
    order = RNG.permutation(12)
    np.testing.assert_allclose(values(name, MATRIX[order], COHORT[order]), values(name, MATRIX))
    np.testing.assert_allclose(values(name, MATRIX[:, 3:5]), values(name, MATRIX)[3:5])


@pytest.mark.parametrize("name", SCORES)
def test_weights_that_stand_twice_count_as_once(name: str) -> None:
    """But for the numbers of weights, which double, and their entropy, which rises by log 2."""
    twice = values(name, np.tile(MATRIX, (2, 1)), np.tile(COHORT, (2, 1)))
    once = values(name, MATRIX)
    expected = {"agreeing_samples": 2 * once, "agreeing_entropy": once + math.log(2)}.get(name, once)
    np.testing.assert_allclose(twice, expected)


def test_equal_weights_all_agree_and_of_a_dominating_one_there_is_one() -> None:
    equal = np.full((12, 2), -800.0)
    np.testing.assert_allclose(agreeing_samples(equal), 12)
    np.testing.assert_allclose(agreeing_entropy(equal), math.log(12))
    one = equal.copy()
    one[3] += 700
    np.testing.assert_allclose(agreeing_samples(one), 1)
    np.testing.assert_allclose(agreeing_entropy(one), 0, atol=1e-12)
    half = np.full((12, 1), -3000.0)
    half[:6] = 0
    np.testing.assert_allclose(agreeing_samples(half), 6)
    np.testing.assert_allclose(agreeing_entropy(half), math.log(6))


def test_the_numbers_of_two_weights_by_hand() -> None:
    matrix = np.log([[0.1], [0.3]])
    assert values("expected_likelihood", matrix)[0] == pytest.approx(math.log(0.2))
    assert values("mean_log_likelihood", matrix)[0] == pytest.approx(math.log(0.03) / 2)
    half = math.log(3) / 2
    assert values("deviation", matrix)[0] == pytest.approx(half)
    assert values("waic", matrix)[0] == pytest.approx(math.log(0.03) / 2 - half**2)
    assert values("agreeing_samples", matrix)[0] == pytest.approx(1.6)
    assert values("agreeing_entropy", matrix)[0] == pytest.approx(-(0.25 * math.log(0.25) + 0.75 * math.log(0.75)))


def test_typicality_is_the_distance_from_the_cohort_on_either_side() -> None:
    cohort = np.full((3, 5), -2.0)
    np.testing.assert_allclose(typicality(np.array([[-5.0, 1, -2]] * 3), cohort), [3, 3, 0])


def test_the_expected_likelihood_is_never_below_the_mean_and_entropy_bounds_the_samples() -> None:
    assert (values("expected_likelihood", MATRIX) >= values("mean_log_likelihood", MATRIX)).all()
    # Of order 2 the Renyi entropy is no larger than Shannon's.
    assert (np.log(agreeing_samples(MATRIX)) <= agreeing_entropy(MATRIX) + 1e-12).all()


def test_the_expected_likelihood_is_the_posterior_predictive_of_a_known_mean() -> None:
    """theta ~ N(1, 0.5^2), x ~ N(theta, 1): p(x | X) = N(1, 1.25)."""
    theta = 1 + 0.5 * norm.ppf((np.arange(4000) + 0.5) / 4000)
    x = np.array([-1.0, 0.5, 4.0])
    found = values("expected_likelihood", norm.logpdf(x, theta[:, None], 1))
    np.testing.assert_allclose(found, norm.logpdf(x, 1, math.sqrt(1.25)), atol=2e-3)


@pytest.mark.parametrize("name", SCORES)
def test_far_from_the_weights_every_score_says_unlike(name: str) -> None:
    """A normal number with an uncertain mean and scale: ten standard deviations away against within one."""
    mean, scale = RNG.normal(0, 0.1, 50), np.exp(RNG.normal(0, 0.1, 50))
    near, far = np.array([-0.5, 0.3, 0.9]), np.array([10.0, -10.0])
    matrix, other = (norm.logpdf(x, mean[:, None], scale[:, None]) for x in (near, far))
    cohort = norm.logpdf(RNG.normal(0, 1, 400), mean[:, None], scale[:, None])
    assert unlikeness(SCORES[name], other, cohort).min() > unlikeness(SCORES[name], matrix, cohort).max()


def test_one_weight_has_a_likelihood_and_nothing_to_disagree_with() -> None:
    one, cohort = MATRIX[:1], COHORT[:1]
    for name, score in SCORES.items():
        if score.several:
            with pytest.raises(ValueError, match=f"{name}: expected several weights, got one"):
                unlikeness(score, one, cohort)
        else:
            assert np.isfinite(unlikeness(score, one, cohort)).all()
    with pytest.raises(ValueError, match="expected 12 weights, as many as of the cohort, got 1"):
        unlikeness(SCORES["waic"], one, COHORT)


def test_every_score_says_what_it_is_and_where_it_comes_from() -> None:
    for name, score in SCORES.items():
        assert score.name == name
        assert score.words
        assert any(sign.isdigit() for sign in score.source)
