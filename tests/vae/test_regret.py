"""Likelihood regret on linear-Gaussian models, whose posteriors and evidence are known exactly."""

import math

import pytest
import torch
from torch import Tensor

from retina_vae.vae import DiagonalGaussian, FullGaussian, VariationalAutoencoder, elbo, gaussian_kl
from retina_vae.vae.regret import estimate_regret, likelihood_regret, matched_points

from .test_evidence import correlated, exact_log_density, linear_model

SIGMA = 0.8


def exact_posterior(model: VariationalAutoencoder, x: Tensor, replica: int = 0) -> tuple[Tensor, Tensor]:
    """p(z | x) = N(L^-1 W^T (x - b) / sigma^2, L^-1) with L = I + W^T W / sigma^2: its means and L."""
    weight, bias = model.decoder.weight[replica].detach(), model.decoder.bias[replica].detach()
    precision = torch.eye(weight.shape[1], dtype=x.dtype, device=x.device) + weight.T @ weight / SIGMA**2
    return torch.linalg.solve(precision, weight.T @ (x - bias) / SIGMA**2), precision


def divergence(model: VariationalAutoencoder, x: Tensor) -> Tensor:
    """KL(q(z | x) || p(z | x)) of the first replica's encoder, shape (patients,)."""
    mean, precision = exact_posterior(model, x)
    factor = torch.linalg.cholesky(torch.linalg.inv(precision)).expand(x.shape[1], -1, -1)
    posterior = model.encode(x.expand(model.replicas, -1, -1))
    own = torch.linalg.cholesky(posterior.covariance.permute(0, 3, 1, 2))
    return gaussian_kl(posterior.mean.mT, own, mean.T, factor)[0].detach()


def points(model: VariationalAutoencoder, device: torch.device) -> list[Tensor]:
    return [
        matched_points(2, count, seed).to(device).expand(model.replicas, -1, -1, -1) for count, seed in ((8, 1), (8, 2))
    ]


def test_points_have_mean_0_and_covariance_1_exactly() -> None:
    found = matched_points(3, 32, 1)[0, :, :, 0]
    torch.testing.assert_close(found.mean(dim=1), torch.zeros(3, dtype=torch.float64))
    torch.testing.assert_close(found @ found.T / 32, torch.eye(3, dtype=torch.float64))


def test_with_a_full_covariance_it_is_the_divergence_from_the_exact_posterior(device: torch.device) -> None:
    """The best Gaussian is p(z | x) itself, whose ELBO is log p(x)."""
    model, x = linear_model(5, 2, SIGMA, FullGaussian, device), correlated(10, device)
    found = likelihood_regret(model, x[None], *points(model, device), steps=250, step_size=0.3)[0]
    exact = divergence(model, x)
    assert exact.max() > 10
    torch.testing.assert_close(found, exact, atol=1e-3, rtol=1e-3)
    reached = -elbo(model, x[None], points(model, device)[1].expand(-1, -1, -1, 10)).loss[0].detach() + found
    torch.testing.assert_close(reached, exact_log_density(model, x, SIGMA), atol=1e-2, rtol=1e-3)


def test_without_covariances_what_these_would_give_is_left(device: torch.device) -> None:
    """Of independent dimensions the best has the exact means and the variances 1 / L_jj (Bishop 2006, section 10.1)."""
    model, x = linear_model(5, 2, SIGMA, DiagonalGaussian, device), correlated(10, device)
    with torch.no_grad():
        # Two dimensions that say nearly the same.
        model.decoder.weight[0, :, 1] = 0.9 * model.decoder.weight[0, :, 0] + 0.2
    found = likelihood_regret(model, x[None], *points(model, device), steps=250, step_size=0.3)[0]
    _, precision = exact_posterior(model, x)
    left = (precision.diagonal().log().sum() - torch.logdet(precision)) / 2
    assert left > 0.1
    torch.testing.assert_close(found, divergence(model, x) - left, atol=1e-3, rtol=1e-3)


def test_where_the_encoder_is_exact_there_is_nothing_to_regret(device: torch.device) -> None:
    model, x = linear_model(5, 2, SIGMA, FullGaussian, device), correlated(10, device)
    _, precision = exact_posterior(model, x)
    factor = torch.linalg.cholesky(torch.linalg.inv(precision))
    weight, bias = model.decoder.weight[0].detach(), model.decoder.bias[0].detach()
    maps = torch.linalg.solve(precision, weight.T / SIGMA**2)
    scale = torch.cat([2 * factor.diagonal().log(), factor[1, 0][None]])
    with torch.no_grad():
        model.encoder.weight[0] = torch.cat([maps, torch.zeros(3, 5, dtype=x.dtype, device=device)])
        model.encoder.bias[0] = torch.cat([-(maps @ bias)[:, 0], scale])[:, None]
    torch.testing.assert_close(divergence(model, x), torch.zeros_like(x[0]), atol=1e-10, rtol=0)
    found = likelihood_regret(model, x[None], *points(model, device))[0]
    torch.testing.assert_close(found, torch.zeros_like(x[0]), atol=1e-3, rtol=0)


def test_patients_and_replicas_do_not_meet_and_no_weight_changes(device: torch.device) -> None:
    model, x = linear_model(5, 2, SIGMA, FullGaussian, device, replicas=3), correlated(7, device)
    before = {name: values.clone() for name, values in model.state_dict().items()}
    together = estimate_regret(model, x, steps=20)
    torch.testing.assert_close(estimate_regret(model, x, steps=20, patients_per_batch=5), together)
    torch.testing.assert_close(estimate_regret(model, x[:, 4:5], steps=20), together[:, 4:5])
    alone = linear_model(5, 2, SIGMA, FullGaussian, device)
    torch.testing.assert_close(estimate_regret(alone, x, steps=20), together[:1])
    assert (estimate_regret(model, x, steps=20) == together).all()
    assert all((before[name] == values).all() for name, values in model.state_dict().items())
    assert all(own.grad is None for own in model.parameters())


def test_more_steps_reach_more_and_never_more_than_the_evidence(device: torch.device) -> None:
    model, x = linear_model(5, 2, SIGMA, FullGaussian, device), correlated(8, device)
    few, many = (likelihood_regret(model, x[None], *points(model, device), steps=steps)[0] for steps in (5, 100))
    limit = divergence(model, x)
    assert (many >= few).all()
    assert (many <= limit + 1e-9).all()
    assert (many > 0.7 * limit).all()


@pytest.mark.parametrize("far", [30.0, 300.0])
def test_a_patient_far_from_what_the_encoder_knows_is_regretted_more(device: torch.device, far: float) -> None:
    model, x = linear_model(5, 2, SIGMA, FullGaussian, device), correlated(8, device)
    near, away = estimate_regret(model, x)[0], estimate_regret(model, x + far)[0]
    assert away.min() > near.max()
    assert math.isfinite(away.max())
