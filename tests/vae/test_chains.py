"""R-hat and effective sample size against what is known of the chains."""

import math

import numpy as np
import pytest

from retina_vae.vae.chains import effective_sample_size, r_hat


def autoregressive(chains: int, length: int, share: float, seed: int = 0) -> np.ndarray:
    """Stationary chains with variance 1 that keep a share of their last value."""
    rng = np.random.default_rng(seed)
    values = rng.standard_normal((chains, length))
    for t in range(1, length):
        values[:, t] = share * values[:, t - 1] + math.sqrt(1 - share**2) * values[:, t]
    return values


def test_independent_draws_of_one_distribution_count_all() -> None:
    draws = autoregressive(8, 1000, 0.0)
    assert r_hat(draws) == pytest.approx(1, abs=0.005)
    assert effective_sample_size(draws) == pytest.approx(8000, rel=0.1)


@pytest.mark.parametrize("share", [0.5, 0.9, -0.5])
def test_an_autoregressive_chain_has_the_effective_size_of_its_theory(share: float) -> None:
    """n (1 - share) / (1 + share)."""
    found = effective_sample_size(autoregressive(8, 4000, share))
    assert found == pytest.approx(32_000 * (1 - share) / (1 + share), rel=0.15)


def test_chains_that_differ_in_place_in_scale_or_in_time_have_not_settled() -> None:
    draws = autoregressive(4, 400, 0.0)
    places = draws + np.array([0, 0, 0, 2.0])[:, None]
    scales = draws * np.array([1, 1, 1, 10.0])[:, None]
    drifting = draws + np.linspace(0, 3, 400)
    assert min(map(r_hat, (places, scales, drifting))) > 1.1
    assert effective_sample_size(places) < 50
    # Shifted by half their range, the split R-hat of normal draws is known: sqrt(1 + between / within).
    far = np.concatenate([draws[:2] - 1, draws[2:] + 1])
    assert r_hat(far) == pytest.approx(math.sqrt(1 + 8 / 7), rel=0.1)


def test_ranks_alone_count() -> None:
    draws = autoregressive(4, 200, 0.3)
    assert effective_sample_size(np.exp(5 * draws)) == effective_sample_size(draws)
    heavy = np.tan(draws)
    assert math.isfinite(r_hat(heavy))


def test_draws_that_say_nothing_have_no_number_and_too_few_are_refused() -> None:
    assert math.isnan(r_hat(np.ones((2, 10))))
    assert math.isnan(effective_sample_size(np.ones((2, 10))))
    for function in (r_hat, effective_sample_size):
        with pytest.raises(ValueError, match="expected 4 draws of each chain at least, got 3"):
            function(np.ones((2, 3)))


def test_one_chain_is_halved() -> None:
    assert r_hat(np.linspace(0, 1, 100)[None]) > 1.5
    assert r_hat(autoregressive(1, 2000, 0.0)) == pytest.approx(1, abs=0.01)
