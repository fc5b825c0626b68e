"""Quantiles and limited means of mixtures, against SciPy and against draws."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import stats

from retina_vae.cohort.kinds import Coding
from retina_vae.vae.likelihoods import Gaussian, LogNormal, NegativeBinomial, ZeroInflatedLogNormal
from retina_vae.vae.likelihoods.quantiles import invert, normal_mixture_quantile

CODING = Coding(0.5, 0.7)
ONE = torch.ones(1, 3, dtype=torch.float64)
LEVELS = (0.001, 0.05, 0.5, 0.95, 0.999)


def rows(*numbers: float) -> torch.Tensor:
    """One component, shape (1, cells)."""
    return torch.tensor([numbers], dtype=torch.float64)


@pytest.mark.parametrize("level", LEVELS)
def test_one_component_has_its_own_quantiles(level: float) -> None:
    mean, sd = rows(-1.0, 0.0, 2.0), rows(0.1, 1.0, 3.0)
    parts = mean, sd
    center, spread = (mean * 0.7 + 0.5).numpy()[0], (sd * 0.7).numpy()[0]
    found = Gaussian.mixture_quantile(level, parts, ONE, CODING).numpy()
    np.testing.assert_allclose(found, stats.norm.ppf(level, center, spread), rtol=1e-4, atol=1e-4)
    logs = LogNormal.mixture_quantile(level, parts, ONE, CODING).log().numpy()
    np.testing.assert_allclose(logs, stats.norm.ppf(level, center, spread), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("level", LEVELS)
def test_counts_small_and_large(level: float) -> None:
    mean, dispersion = rows(0.4, 35.0, 5000.0), rows(1.5, 0.02, 0.3)
    expected = stats.nbinom.ppf(level, 1 / dispersion, 1 / (1 + dispersion * mean))[0]
    np.testing.assert_array_equal(NegativeBinomial.mixture_quantile(level, (mean, dispersion), ONE, CODING), expected)


def test_a_number_that_is_often_zero() -> None:
    above, mean, sd = rows(0.3, 0.6, 0.98), rows(0.0, 0.0, 0.0), rows(1.0, 1.0, 1.0)
    found = ZeroInflatedLogNormal.mixture_quantile(0.5, (above, mean, sd), ONE, CODING).numpy()
    # P(X > x) = above * P(size > x) = 1/2 where the number is above 0 often enough.
    rest = 1 - 0.5 / np.array([0.6, 0.98])
    np.testing.assert_allclose(found, [0, *np.exp(stats.norm.ppf(rest) * 0.7 + 0.5)], rtol=1e-4)


def test_a_mixture_of_two_far_components_has_the_quantiles_of_each() -> None:
    mean = torch.tensor([[-50.0], [50.0]], dtype=torch.float64)
    sd, weights = torch.ones_like(mean), torch.tensor([[0.9], [0.1]], dtype=torch.float64)
    low, high = (normal_mixture_quantile(level, mean, sd, weights).item() for level in (0.05, 0.95))
    assert low == pytest.approx(-50 + stats.norm.ppf(0.05 / 0.9), abs=1e-3)
    assert high == pytest.approx(50, abs=1e-3)


DRAWS = {
    Gaussian: lambda rng, mean, sd: (mean + sd * rng.normal(size=len(mean))) * 0.7 + 0.5,
    LogNormal: lambda rng, mean, sd: np.exp((mean + sd * rng.normal(size=len(mean))) * 0.7 + 0.5),
    NegativeBinomial: lambda rng, mean, sd: rng.poisson(np.exp(mean) * rng.gamma(1 / sd) * sd),
}


@pytest.mark.parametrize("family", DRAWS)
def test_mixtures_have_the_quantiles_and_the_mean_of_their_draws(family: type) -> None:
    generator = torch.Generator().manual_seed(3)
    mean = torch.randn(64, 2, generator=generator, dtype=torch.float64)
    sd = 0.05 + torch.rand(64, 2, generator=generator, dtype=torch.float64)
    weights = torch.rand(64, 2, generator=generator, dtype=torch.float64) ** 4
    weights /= weights.sum(dim=0)
    parts = (mean.exp() if family is NegativeBinomial else mean, sd)
    rng = np.random.default_rng(5)
    chosen = rng.choice(64, 200_000, p=weights[:, 1].numpy())
    drawn = DRAWS[family](rng, mean[chosen, 1].numpy(), sd[chosen, 1].numpy())
    ends = [family.mixture_quantile(level, parts, weights, CODING) for level in (0.05, 0.95)]
    for level, end in zip((0.05, 0.95), ends, strict=True):
        below, reached = (drawn < end[1].item()).mean(), (drawn <= end[1].item()).mean()
        assert below - 0.003 <= level <= reached + 0.003
    if family is not NegativeBinomial:
        limited = (weights * family.limited_mean(parts, CODING, *ends)).sum(dim=0)[1].item()
        inside = np.clip(drawn, ends[0][1].item(), ends[1][1].item())
        assert limited == pytest.approx(inside.mean(), abs=4 * inside.std() / np.sqrt(len(inside)))


def test_a_mean_of_a_log_normal_number_that_would_overflow_is_limited() -> None:
    parts = torch.zeros(1, 1, dtype=torch.float64), torch.full((1, 1), 60.0, dtype=torch.float64)
    low, high = torch.tensor([0.5]).double(), torch.tensor([2.0]).double()
    assert 0.5 < LogNormal.limited_mean(parts, Coding(), low, high).item() < 2.0


def test_the_inverse_reaches_its_level_from_any_bracket() -> None:
    level = torch.tensor([0.01, 0.4, 0.99], dtype=torch.float64)
    low, high = torch.full((3,), -400.0).double(), torch.full((3,), 900.0).double()
    found = invert(torch.special.ndtr, level, low, high)
    np.testing.assert_allclose(found, stats.norm.ppf(level), atol=2e-5)
