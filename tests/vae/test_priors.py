"""The prior as an object: known answers of N(0, I), and a second prior that the whole model asks in its place."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import pytest
import torch
from torch import Tensor, nn
from torch.distributions import MultivariateNormal, Normal, kl_divergence

from retina_vae.latent.decode import take_replica
from retina_vae.vae import (
    DiagonalGaussian,
    FullGaussian,
    Point,
    Posterior,
    StandardNormal,
    VariationalAutoencoder,
    aggregate_kl,
    beta_elbo,
    elbo,
    importance_weighted,
    kl_to_prior,
    log_evidence,
    posterior_diagnostics,
    replica_generators,
)
from retina_vae.vae.replicas import replica_noise

from .conftest import describe, make_model
from .test_evidence import linear_model


@dataclass(frozen=True)
class Shifted:
    """p(z) = N(shift, I), which has no closed form here, so that the divergence is estimated."""

    shift: float

    def log_prob(self, z: Tensor) -> Tensor:
        return StandardNormal().log_prob(z - self.shift)

    def sample(self, shape: Sequence[int], generators: Sequence[torch.Generator], dtype: torch.dtype) -> Tensor:
        return self.shift + replica_noise(shape, generators, dtype)

    def kl_from(self, posterior: Posterior) -> Tensor | None:
        return None

    def kl_by_dimension(self, posterior: Posterior) -> Tensor:
        return torch.full_like(posterior.mean, math.nan)


class Learned(nn.Module):
    """p(z) = N(mean, I) with a mean for each replica that is learned."""

    def __init__(self, replicas: int, latent_dim: int) -> None:
        super().__init__()
        self.mean = nn.Parameter(torch.zeros(replicas, latent_dim))

    def log_prob(self, z: Tensor) -> Tensor:
        return StandardNormal().log_prob(z - self.mean.view(*self.mean.shape, *[1] * (z.dim() - 2)))

    def sample(self, shape: Sequence[int], generators: Sequence[torch.Generator], dtype: torch.dtype) -> Tensor:
        return self.mean.view(*self.mean.shape, *[1] * (len(shape) - 1)) + replica_noise(shape, generators, dtype)

    def kl_from(self, posterior: Posterior) -> Tensor | None:
        return None

    def kl_by_dimension(self, posterior: Posterior) -> Tensor:
        return torch.full_like(posterior.mean, math.nan)


def normal(*shape: int, seed: int = 1) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


POSTERIORS = {
    "diagonal": DiagonalGaussian.from_parameters(normal(2, 6, 5), 3),
    "full": FullGaussian.from_parameters(normal(2, 9, 5), 3),
}


@pytest.fixture(params=POSTERIORS)
def posterior(request: pytest.FixtureRequest) -> DiagonalGaussian | FullGaussian:
    return POSTERIORS[request.param]


def test_the_density_of_the_standard_normal_is_the_librarys() -> None:
    z = normal(2, 3, 7, 5)
    expected = Normal(torch.zeros((), dtype=torch.float64), 1.0).log_prob(z).sum(dim=1)
    torch.testing.assert_close(StandardNormal().log_prob(z), expected)


def test_its_draws_have_its_moments_and_are_the_streams_own_numbers() -> None:
    draws = StandardNormal().sample((3, 50_000), replica_generators([1, 2]), torch.float64)
    assert draws.mean(dim=2).abs().max() < 4 / math.sqrt(50_000)
    for own in draws:
        assert (torch.cov(own) - torch.eye(3)).abs().max() < 4 * math.sqrt(2 / 50_000)
    assert torch.equal(draws, replica_noise((3, 50_000), replica_generators([1, 2]), torch.float64))


def test_the_closed_form_is_the_monte_carlo_estimate(posterior: DiagonalGaussian | FullGaussian) -> None:
    """Without the closed form the same prior gives the same divergence, up to the error of the draws."""
    noise = normal(2, 3, 50_000, 5, seed=4)
    ratios = posterior.log_prob_of_draws(noise) - StandardNormal().log_prob(posterior.rsample(noise))
    estimate = kl_to_prior(posterior, Shifted(0.0), noise)
    torch.testing.assert_close(estimate, ratios.mean(dim=1))
    exact = kl_to_prior(posterior, StandardNormal(), noise)
    assert torch.equal(exact, posterior.kl_to_standard_normal())
    assert ((estimate - exact).abs() < 4 * ratios.std(dim=1) / math.sqrt(50_000)).all()


def test_the_gradient_of_the_estimate_is_that_of_the_closed_form() -> None:
    parameters = normal(1, 9, 4).requires_grad_()
    noise = normal(1, 3, 100_000, 4, seed=5)
    found = []
    for prior in (StandardNormal(), Shifted(0.0)):
        kl = kl_to_prior(FullGaussian.from_parameters(parameters, 3), prior, noise).sum()
        found.append(torch.autograd.grad(kl, parameters)[0])
    torch.testing.assert_close(*found, atol=0.05, rtol=0.02)


def test_a_point_is_infinitely_far_from_any_prior() -> None:
    point, noise = Point(normal(1, 2, 3)), normal(1, 2, 4, 3)
    assert torch.isposinf(kl_to_prior(point, StandardNormal(), noise)).all()
    assert torch.isposinf(kl_to_prior(point, Shifted(1.0), noise)).all()


def test_each_dimension_has_the_kl_of_its_marginal(posterior: DiagonalGaussian | FullGaussian) -> None:
    own = StandardNormal().kl_by_dimension(posterior)
    torch.testing.assert_close(own, kl_divergence(Normal(posterior.mean, posterior.scale), Normal(0.0, 1.0)))
    # Dependence between dimensions is what the marginals leave out.
    rest = posterior.kl_to_standard_normal() - own.sum(dim=1)
    assert (rest > -1e-12).all()
    assert (rest.abs() < 1e-12).all() == isinstance(posterior, DiagonalGaussian)


def shifted_linear_model(shift: float) -> VariationalAutoencoder:
    model = linear_model(4, 2, 0.8, FullGaussian, torch.device("cpu"))
    model.prior = Shifted(shift)
    return model


def exact_log_density(model: VariationalAutoencoder, x: Tensor, shift: float) -> Tensor:
    """log N(x; W m + b, W W^T + sigma^2 I) for z from N(m, I)."""
    weight, bias = model.decoder.weight[0].detach(), model.decoder.bias[0, :, 0].detach()
    covariance = weight @ weight.T + 0.8**2 * torch.eye(4, dtype=torch.float64)
    return MultivariateNormal(weight.sum(dim=1) * shift + bias, covariance).log_prob(x.T)


@pytest.mark.parametrize("shift", [0.0, 1.5])
def test_the_evidence_under_a_shifted_prior_is_exact_on_a_linear_gaussian_model(shift: float) -> None:
    model, x = shifted_linear_model(shift), normal(4, 30, seed=2)
    exact = exact_log_density(model, x, shift)
    found = log_evidence(model, x[None], normal(1, 2, 20_000, 30, seed=3))
    assert ((found.log_evidence[0] - exact).abs() < 5 * found.standard_error[0] + 1e-3).all()
    if shift:
        assert (exact - exact_log_density(model, x, 0.0)).abs().max() > 0.3


def test_both_bounds_under_a_shifted_prior_lie_below_its_evidence_and_iwae_closer() -> None:
    model, x = shifted_linear_model(1.5), normal(4, 30, seed=2)
    exact, noise = exact_log_density(model, x, 1.5), normal(1, 2, 2000, 30, seed=3)
    lower, closer = (-objective(model, x[None], noise).loss[0] for objective in (elbo, importance_weighted))
    assert (lower < exact).all()
    assert (lower < closer).all()
    assert (closer - exact).abs().mean() < (lower - exact).abs().mean() / 5


def test_the_terms_of_an_objective_ask_the_models_prior() -> None:
    """KL(N(mu, S) || N(m, I)) is that to N(0, I) of the posterior moved by -m."""
    model, x, noise = shifted_linear_model(1.5), normal(4, 6, seed=2), normal(1, 2, 40_000, 6, seed=3)
    posterior = model.encode(x[None])
    moved = FullGaussian(posterior.mean - 1.5, posterior.scale_tril, posterior.log_diagonal)
    kl = beta_elbo(model, x[None], noise, 0.5).kl
    torch.testing.assert_close(kl, moved.kl_to_standard_normal(), atol=0.05, rtol=0.02)
    plain = posterior.kl_to_standard_normal()
    assert (kl - plain).abs().max() > 1


def test_the_aggregated_posterior_is_held_against_the_prior() -> None:
    """Patients whose codes are the prior itself: no divergence from it, and that of two normals from N(0, I)."""
    at = torch.full((1, 2, 500), 1.5, dtype=torch.float64)
    collapsed, noise = DiagonalGaussian(at, torch.zeros_like(at)), normal(1, 2, 1, 500)
    torch.testing.assert_close(aggregate_kl(collapsed, Shifted(1.5), noise).mean, torch.zeros(1, dtype=torch.float64))
    other = aggregate_kl(collapsed, StandardNormal(), noise)
    assert abs(other.mean.item() - 1.5**2) < 4 * other.standard_error.item()
    assert posterior_diagnostics(collapsed, Shifted(1.5)).kl.isnan().all()


def test_one_replica_keeps_the_prior() -> None:
    description = describe()
    model = make_model(description, torch.device("cpu"))
    model.prior = Shifted(2.0)
    assert take_replica(model, description, 2)[0].prior == Shifted(2.0)


def test_a_prior_with_parameters_is_trained_with_the_model() -> None:
    """The best mean of the prior is that of the aggregated posterior; plain gradient steps go there."""
    model, x = linear_model(4, 2, 0.8, FullGaussian, torch.device("cpu")), normal(4, 50, seed=2)
    model.prior = Learned(1, 2).double()
    assert "prior.mean" in dict(model.named_parameters())
    noise = torch.cat([half := normal(1, 2, 50, 50, seed=3), -half], dim=2)
    target = model.encode(x[None]).mean.mean(dim=2).detach()
    optimizer = torch.optim.SGD([model.prior.mean], lr=0.5)
    for _ in range(40):
        optimizer.zero_grad()
        elbo(model, x[None], noise).loss.mean().backward()
        optimizer.step()
    torch.testing.assert_close(model.prior.mean.detach(), target, atol=1e-6, rtol=0)
