import math

import pytest
import torch
from torch.distributions import Normal, kl_divergence

from retina_vae.vae import (
    DiagonalGaussian,
    FullGaussian,
    Point,
    StandardNormal,
    aggregate_kl,
    posterior_diagnostics,
)

PRIOR = StandardNormal()


def normal(*shape: int, seed: int = 1) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_the_dimensions_kl_add_up_to_that_of_a_diagonal_posterior() -> None:
    q = DiagonalGaussian(normal(2, 3, 50), normal(2, 3, 50, seed=2))
    found = posterior_diagnostics(q, PRIOR)
    torch.testing.assert_close(found.kl.sum(dim=1), q.kl_to_standard_normal().mean(dim=1))
    expected = kl_divergence(Normal(q.mean, q.scale), Normal(0.0, 1.0)).mean(dim=2)
    torch.testing.assert_close(found.kl, expected)


def test_a_full_posterior_has_the_kl_of_its_marginals() -> None:
    q = FullGaussian.from_parameters(normal(2, 9, 50), 3)
    expected = kl_divergence(Normal(q.mean, q.scale), Normal(0.0, 1.0)).mean(dim=2)
    torch.testing.assert_close(posterior_diagnostics(q, PRIOR).kl, expected)


def test_a_dimension_that_says_nothing_is_not_active() -> None:
    mean, log_variance = normal(1, 3, 100), torch.full((1, 3, 100), -4.0, dtype=torch.float64)
    mean[0, 1], log_variance[0, 1] = 0.01 * mean[0, 1], 0.0
    found = posterior_diagnostics(DiagonalGaussian(mean, log_variance), PRIOR)
    assert found.active_units.tolist() == [2]
    assert found.mean_scale[0].tolist() == [math.exp(-2), 1.0, math.exp(-2)]
    assert found.kl[0, 1] < 1e-3 < found.kl[0, 0]


def test_the_aggregate_has_the_moments_of_draws_from_it() -> None:
    q = DiagonalGaussian(normal(1, 2, 40), normal(1, 2, 40, seed=2))
    draws = q.rsample(normal(1, 2, 20_000, 40, seed=3)).flatten(2)
    found = posterior_diagnostics(q, PRIOR)
    torch.testing.assert_close(found.aggregate_mean, draws.mean(dim=2), atol=0.01, rtol=0)
    torch.testing.assert_close(found.aggregate_scale, draws.std(dim=2), atol=0.01, rtol=0)


def test_the_aggregate_of_a_collapsed_posterior_is_the_prior() -> None:
    zeros = torch.zeros(2, 3, 200, dtype=torch.float64)
    estimate = aggregate_kl(DiagonalGaussian(zeros, zeros), PRIOR, normal(2, 3, 1, 200))
    torch.testing.assert_close(estimate.mean, torch.zeros(2, dtype=torch.float64), atol=1e-12, rtol=0)


def test_the_aggregate_of_one_gaussian_has_the_closed_form() -> None:
    """All patients alike: the mixture is one Gaussian, whose divergence is known."""
    mean, log_variance = normal(2, 3, 1).expand(2, 3, 4000), normal(2, 3, 1, seed=2).expand(2, 3, 4000)
    q = DiagonalGaussian(mean, log_variance)
    estimate = aggregate_kl(q, PRIOR, normal(2, 3, 1, 4000, seed=3))
    assert ((estimate.mean - q.kl_to_standard_normal()[:, 0]).abs() < 4 * estimate.standard_error).all()


def test_the_aggregate_of_two_far_gaussians_is_less_than_their_own_by_log_two() -> None:
    mean = torch.tensor([-20.0, 20.0], dtype=torch.float64).repeat(500).view(1, 1, -1)
    q = DiagonalGaussian(mean, torch.zeros_like(mean))
    estimate = aggregate_kl(q, PRIOR, normal(1, 1, 1, 1000))
    expected = q.kl_to_standard_normal().mean(dim=1) - math.log(2)
    assert ((estimate.mean - expected).abs() < 4 * estimate.standard_error).all()


def test_draws_of_some_patients_agree_with_those_of_all() -> None:
    """Narrow clouds, which the mixture of some components alone would put far from the prior."""
    q = DiagonalGaussian(normal(2, 2, 3000), torch.full((2, 2, 3000), -6.0, dtype=torch.float64))
    whole = aggregate_kl(q, PRIOR, normal(2, 2, 1, 3000, seed=2))
    for seed in range(3):
        chosen = torch.randperm(3000, generator=torch.Generator().manual_seed(seed))[:200]
        some = aggregate_kl(q, PRIOR, normal(2, 2, 1, 200, seed=seed), chosen)
        assert (some.standard_error > 2 * whole.standard_error).all()
        assert ((some.mean - whole.mean).abs() < 4 * some.standard_error).all()
        fewer = aggregate_kl(q.take(chosen), PRIOR, normal(2, 2, 1, 200, seed=seed))
        assert (fewer.mean > whole.mean + 4 * some.standard_error).all()


@pytest.mark.parametrize("family", [DiagonalGaussian, FullGaussian])
def test_blocks_of_components_change_nothing(
    family: type[DiagonalGaussian] | type[FullGaussian], monkeypatch: pytest.MonkeyPatch
) -> None:
    q = family.from_parameters(normal(2, family.parameter_count(2), 60), 2)
    noise, chosen = normal(2, 2, 1, 60, seed=4), torch.arange(0, 60, 3)
    every = aggregate_kl(q, PRIOR, noise)
    assert torch.equal(aggregate_kl(q, PRIOR, noise, torch.arange(60)).mean, every.mean)
    some = aggregate_kl(q, PRIOR, noise[..., chosen], chosen)
    monkeypatch.setattr("retina_vae.vae.diagnostics._COMPONENTS_AT_ONCE", 7)
    torch.testing.assert_close(aggregate_kl(q, PRIOR, noise).mean, every.mean)
    torch.testing.assert_close(aggregate_kl(q, PRIOR, noise[..., chosen], chosen), some)


def test_full_and_diagonal_posteriors_agree_where_they_are_the_same() -> None:
    parameters = normal(1, 5, 60)
    parameters[:, 4] = 0
    noise = normal(1, 2, 1, 60, seed=4)
    full = aggregate_kl(FullGaussian.from_parameters(parameters, 2), PRIOR, noise)
    diagonal = aggregate_kl(DiagonalGaussian.from_parameters(parameters[:, :4], 2), PRIOR, noise)
    torch.testing.assert_close(full.mean, diagonal.mean)


def test_a_point_has_active_units_and_an_infinite_kl() -> None:
    found = posterior_diagnostics(Point(normal(1, 3, 100)), PRIOR)
    assert found.active_units.tolist() == [3]
    assert torch.isposinf(found.kl).all()


def test_narrow_posteriors_of_single_precision_are_held_apart() -> None:
    """N components of width e^-20, one or more apart: log N less than the mean of their own divergences."""
    parameters = torch.cat([torch.arange(200.0).view(1, 1, -1).repeat(1, 2, 1), torch.full((1, 2, 200), -40.0)], dim=1)
    parameters = torch.cat([parameters, torch.full((1, 1, 200), 1e-9)], dim=1)
    q = FullGaussian.from_parameters(parameters, 2)
    estimate = aggregate_kl(q, PRIOR, normal(1, 2, 1, 200).float())
    expected = q.kl_to_standard_normal().double().mean(dim=1) - math.log(200)
    assert ((estimate.mean - expected).abs() < 4 * estimate.standard_error + 1e-3 * expected).all()
