"""The density of the mixture against a library's, and what its weights are good for."""

import math

import pytest
import torch
from torch.distributions import MultivariateNormal

from retina_vae.vae import DiagonalGaussian, FullGaussian, Posterior, log_evidence, replica_generators
from retina_vae.vae.proposals import shares, shifted_points, weighted_proposals

from .conftest import noise_like
from .test_evidence import exact_log_density, linear_model, untrained


@pytest.mark.parametrize("family", [DiagonalGaussian, FullGaussian])
def test_weights_are_joint_density_over_that_of_the_mixture(family: type[Posterior], device: torch.device) -> None:
    model = linear_model(5, 2, 0.8, family, device)
    x = torch.randn(5, 3, generator=torch.Generator().manual_seed(1), dtype=torch.float64).to(device)
    with torch.no_grad():
        posterior = model.encode(x[None])
        found = weighted_proposals(model, posterior, x[None], noise_like(model, 64, 3))
        covariance = posterior.covariance[0].permute(2, 0, 1)
        identity = torch.eye(2, dtype=torch.float64, device=device)
        parts = [
            (5 / 8, MultivariateNormal(posterior.mean[0].T, covariance)),
            (2 / 8, MultivariateNormal(posterior.mean[0].T, 4 * covariance)),
            (1 / 8, MultivariateNormal(torch.zeros_like(posterior.mean[0].T), identity)),
        ]
        z = found.codes[0].permute(1, 2, 0)
        density = sum(share * law.log_prob(z).exp() for share, law in parts)
    torch.testing.assert_close(found.log_joint[0] - found.log_weights[0], density.log())


def test_each_law_gets_its_share_in_order(device: torch.device) -> None:
    model, x = untrained(device)
    noise = noise_like(model, 16, 6)
    with torch.no_grad():
        posterior = model.encode(x[None])
        z = weighted_proposals(model, posterior, x[None], noise).codes
        torch.testing.assert_close(z[:, :, :10], posterior.rsample(noise[:, :, :10]))
        torch.testing.assert_close(z[:, :, 10:14], posterior.rsample(2 * noise[:, :, 10:14]))
    assert torch.equal(z[:, :, 14:], noise[:, :, 14:])
    assert shares(3) == (3, 0, 0)


def test_the_corrected_log_evidence_of_few_draws_is_nearly_unbiased(device: torch.device) -> None:
    """Of many repetitions: what is added takes most of the bias of the logarithm of a mean away."""
    model, x = untrained(device)
    repeats = 4000
    found = log_evidence(model, x.repeat(1, repeats)[None], noise_like(model, 40, 6 * repeats))
    exact = exact_log_density(model, x, 0.8)
    corrected = found.log_evidence.view(repeats, 6).mean(dim=0) - exact
    plain = (found.log_evidence - found.bias).view(repeats, 6).mean(dim=0) - exact
    error = found.log_evidence.view(repeats, 6).std(dim=0) / math.sqrt(repeats)
    assert (plain < -3 * error).all()
    assert (corrected.abs() < 0.35 * plain.abs() + 3 * error).all()


def test_shifted_points_are_standard_normal_and_each_patients_own() -> None:
    points = shifted_points(3, 256, 200, replica_generators([1, 2]), torch.float32)
    assert points.shape == (2, 3, 256, 200)
    assert points.isfinite().all()
    flat = points[0].permute(0, 2, 1).reshape(3, -1)
    assert flat.mean(dim=1).abs().max() < 0.01
    assert (torch.cov(flat) - torch.eye(3)).abs().max() < 0.02
    # Means of independent points would spread by 1 / 16.
    assert points.mean(dim=2).std() < 0.5 / 16
    assert not torch.equal(points[0, :, :, 0], points[0, :, :, 1])
    assert torch.equal(points[1], shifted_points(3, 256, 200, replica_generators([7, 2]), torch.float32)[1])
