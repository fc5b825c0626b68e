"""Against samples of known generalised Pareto distributions, and weights whose tail is known."""

import math

import numpy as np
import pytest
import torch
from scipy.stats import genpareto

from retina_vae.latent.smoothing import fit_generalized_pareto, smooth_weights


@pytest.mark.parametrize("shape", [-0.4, 0.0, 0.3, 0.7, 1.2])
def test_the_fit_finds_shape_and_scale_of_many_samples_at_once(shape: float) -> None:
    drawn = np.sort(genpareto.rvs(shape, scale=2.0, size=(200, 1000), random_state=1), axis=1)
    fit = fit_generalized_pareto(torch.from_numpy(drawn))
    # The prior adds ten observations of a shape of 0.5.
    expected = (1000 * shape + 5) / 1010
    error = max(1 + shape, 0.5) / math.sqrt(1000 * 200)
    assert fit.shape.mean().item() == pytest.approx(expected, abs=5 * error + 0.005)
    assert fit.scale.mean().item() == pytest.approx(2.0, rel=0.03)


def test_the_fit_is_that_of_each_sample_alone() -> None:
    drawn = torch.from_numpy(np.sort(genpareto.rvs(0.3, size=(5, 80), random_state=2), axis=1))
    together = fit_generalized_pareto(drawn)
    alone = torch.stack([fit_generalized_pareto(own).shape for own in drawn])
    torch.testing.assert_close(together.shape, alone)


@pytest.mark.parametrize("shape", [0.2, 0.5, 0.9])
def test_k_hat_is_the_shape_of_the_weights_tail(shape: float) -> None:
    """Weights u^-k are Pareto with the tail index 1 / k."""
    uniform = torch.rand(2, 4000, 50, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
    found = smooth_weights(-shape * uniform.log()).shape
    assert found.shape == (2, 50)
    assert found.mean().item() == pytest.approx(shape, abs=0.05)


def test_smoothing_keeps_the_order_the_bulk_and_the_sum() -> None:
    log_weights = 2 * torch.randn(1, 500, 4, generator=torch.Generator().manual_seed(4), dtype=torch.float64)
    weights = smooth_weights(log_weights).weights
    torch.testing.assert_close(weights.sum(dim=1), torch.ones(1, 4, dtype=torch.float64))
    order = log_weights.argsort(dim=1)
    assert (weights.gather(1, order).diff(dim=1) >= 0).all()
    raw = log_weights.softmax(dim=1)
    bulk = order[:, :399]
    ratio = weights.gather(1, bulk) / raw.gather(1, bulk)
    torch.testing.assert_close(ratio, ratio[:, :1].expand_as(ratio))
    assert not torch.allclose(weights, raw)


def test_smoothed_weights_estimate_a_mean_with_a_smaller_error() -> None:
    """E[w] = 1 / (1 - k) of w = u^-k with k = 0.6, whose variance is infinite."""
    uniform = torch.rand(1, 500, 2000, generator=torch.Generator().manual_seed(5), dtype=torch.float64)
    raw = uniform.pow(-0.6)
    smoothed = smooth_weights(raw.log()).weights
    # What is summed to 1 has lost its scale; the smallest weight has kept its own.
    smoothed = smoothed * (raw.amin(dim=1) / smoothed.amin(dim=1)).unsqueeze(1)
    errors = [(values.mean(dim=1) - 2.5).square().mean().sqrt() for values in (raw, smoothed)]
    assert errors[1] < 0.8 * errors[0]


@pytest.mark.parametrize("draws", [4, 512])
def test_equal_weights_stay_equal_and_have_no_tail(draws: int) -> None:
    found = smooth_weights(torch.zeros(2, draws, 3))
    torch.testing.assert_close(found.weights, torch.full((2, draws, 3), 1 / draws))
    assert (found.shape == 0).all()
