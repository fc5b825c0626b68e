"""Against models whose evidence is known exactly: with linear maps and Gaussians, x is Gaussian."""

import math

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA
from torch import Tensor

from retina_vae.cohort.encoding import ColumnEncoding, Encoding
from retina_vae.vae import (
    BatchedLinear,
    DiagonalGaussian,
    FullGaussian,
    Posterior,
    VariationalAutoencoder,
    elbo,
    estimate_evidence,
    importance_weighted,
    log_evidence,
    replica_generators,
)
from retina_vae.vae.outputs import TypedOutput

from .conftest import noise_like


def linear_model(
    features: int, latent_dim: int, sigma: float, posterior: type[Posterior], device: torch.device, replicas: int = 1
) -> VariationalAutoencoder:
    """p(x | z) = N(W z + b, sigma^2 I), q(z | x) with mean and log-variance linear in x."""
    columns = tuple(ColumnEncoding(name=f"x{i}", kind="continuous") for i in range(features))
    output = TypedOutput(replicas, Encoding(columns=columns), "fixed", sigma)
    encoder = BatchedLinear(replicas, features, posterior.parameter_count(latent_dim))
    decoder = BatchedLinear(replicas, latent_dim, features)
    model = VariationalAutoencoder(encoder, decoder, output, posterior, latent_dim).double()
    model.initialize("glorot_uniform", replica_generators(range(1, replicas + 1)))
    return model.to(device)


def exact_log_density(model: VariationalAutoencoder, x: Tensor, sigma: float) -> Tensor:
    """log N(x; b, W W^T + sigma^2 I), shape (patients,), of the first replica."""
    weight, bias = model.decoder.weight[0].detach(), model.decoder.bias[0, :, 0].detach()
    covariance = weight @ weight.T + sigma**2 * torch.eye(len(weight), dtype=torch.float64, device=x.device)
    return torch.distributions.MultivariateNormal(bias, covariance).log_prob(x.T)


def correlated(patients: int, device: torch.device) -> Tensor:
    """Patients with two strong directions among five columns, shape (5, patients)."""
    generator = torch.Generator().manual_seed(1)
    factors = torch.randn(5, 2, generator=generator, dtype=torch.float64) * torch.tensor([2.0, 1.0])
    z = torch.randn(2, patients, generator=generator, dtype=torch.float64)
    noise = torch.randn(5, patients, generator=generator, dtype=torch.float64)
    return (factors @ z + 0.5 * noise + torch.arange(5.0)[:, None]).to(device)


def test_a_linear_gaussian_vae_reaches_probabilistic_pca(device: torch.device) -> None:
    """Tipping and Bishop 1999: with sigma^2 the mean of the eigenvalues that are left out, the ELBO becomes tight."""
    x = correlated(400, device)
    reference = PCA(2).fit(x.T.cpu().numpy())
    sigma = math.sqrt(reference.noise_variance_)
    model = linear_model(5, 2, sigma, FullGaussian, device)
    optimizer = torch.optim.LBFGS(model.parameters(), max_iter=2000, line_search_fn="strong_wolfe", tolerance_change=0)
    # Two antithetic pairs that have mean 0 and covariance I exactly, so that the expectation over them is exact for
    # a squared error.
    noise = math.sqrt(2) * torch.tensor([[1.0, -1, 0, 0], [0, 0, 1, -1]], dtype=torch.float64, device=device)
    noise = noise[None, :, :, None].expand(1, 2, 4, 400)

    def loss() -> Tensor:
        optimizer.zero_grad()
        value = elbo(model, x[None], noise).loss.mean()
        value.backward()
        return value

    optimizer.step(loss)
    limit = reference.score(x.T.cpu().numpy())
    reached = -loss().item()
    # The n of scikit-learn's covariance is n - 1, that of the likelihood n: a difference below 1 / n.
    assert reached == pytest.approx(limit, abs=0.01)
    assert exact_log_density(model, x, sigma).mean().item() == pytest.approx(limit, abs=0.01)
    ours = np.linalg.qr(model.decoder.weight[0].detach().cpu().numpy())[0]
    cosines = np.linalg.svd(ours.T @ reference.components_.T)[1]
    np.testing.assert_allclose(cosines, [1, 1], atol=1e-6)


def untrained(device: torch.device) -> tuple[VariationalAutoencoder, Tensor]:
    """A linear model whose posterior is not the exact one, so that every bound has a gap."""
    model = linear_model(5, 2, 0.8, DiagonalGaussian, device)
    generator = torch.Generator().manual_seed(3)
    return model, torch.randn(5, 6, generator=generator, dtype=torch.float64).to(device)


def test_the_bounds_rise_with_the_number_of_draws_and_stay_below_the_evidence(device: torch.device) -> None:
    model, x = untrained(device)
    exact = exact_log_density(model, x, 0.8)
    repeats = 4000
    many = x.repeat(1, repeats)[None]
    means, errors = [], []
    with torch.no_grad():
        for draws in (1, 2, 10, 100):
            bound = -importance_weighted(model, many, noise_like(model, draws, many.shape[2], draws)).loss
            bound = bound.view(repeats, 6)
            means.append(bound.mean(dim=0))
            errors.append(bound.std(dim=0) / math.sqrt(repeats))
        lower = -elbo(model, many, noise_like(model, 1, many.shape[2])).loss.view(repeats, 6)
    assert ((lower.mean(dim=0) - means[0]).abs() < 4 * (errors[0] + lower.std(dim=0) / math.sqrt(repeats))).all()
    for i in range(3):
        assert (means[i] < means[i + 1] + 4 * (errors[i] + errors[i + 1])).all()
        assert means[i].mean() < means[i + 1].mean()
    assert (means[-1] < exact + 4 * errors[-1]).all()
    gaps = [(exact - mean).mean().item() for mean in means]
    assert gaps[3] < 0.05 * gaps[0], gaps


def test_importance_sampling_finds_the_exact_evidence_within_its_error(device: torch.device) -> None:
    model, x = untrained(device)
    found = log_evidence(model, x[None], noise_like(model, 50_000, 6))
    exact = exact_log_density(model, x, 0.8)
    assert ((found.log_evidence[0] - exact).abs() < 4 * found.standard_error[0]).all()
    assert (found.standard_error < 0.05).all()
    assert (found.elbo[0] < exact).all()


def test_the_standard_error_is_the_spread_of_repeated_estimates(device: torch.device) -> None:
    model, x = untrained(device)
    repeats = 500
    found = log_evidence(model, x.repeat(1, repeats)[None], noise_like(model, 200, 6 * repeats))
    spread = found.log_evidence.view(repeats, 6).std(dim=0)
    claimed = found.standard_error.view(repeats, 6).mean(dim=0)
    torch.testing.assert_close(claimed, spread, rtol=0.2, atol=0)


def test_with_the_exact_posterior_one_draw_is_enough(device: torch.device) -> None:
    model = linear_model(5, 2, 0.8, FullGaussian, device)
    weight = model.decoder.weight[0].detach()
    precision = weight.T @ weight / 0.8**2 + torch.eye(2, dtype=torch.float64, device=device)
    factor = torch.linalg.cholesky(torch.linalg.inv(precision))
    with torch.no_grad():
        gain = torch.linalg.solve(precision, weight.T) / 0.8**2
        model.encoder.weight.zero_()
        model.encoder.weight[0, :2] = gain
        model.encoder.bias[0, :2, 0] = -gain @ model.decoder.bias[0, :, 0]
        model.encoder.bias[0, 2:4, 0] = 2 * factor.diagonal().log()
        model.encoder.bias[0, 4, 0] = factor[1, 0]
    x = correlated(20, device)
    found = log_evidence(model, x[None], noise_like(model, 2, 20))
    torch.testing.assert_close(found.log_evidence[0], exact_log_density(model, x, 0.8))
    torch.testing.assert_close(found.elbo, found.log_evidence)
    assert (found.standard_error < 1e-6).all()


def test_every_patient_counts_alike_whatever_the_batch(device: torch.device) -> None:
    model = linear_model(5, 2, 0.8, DiagonalGaussian, device, replicas=2)
    x = torch.randn(5, 23, generator=torch.Generator().manual_seed(4), dtype=torch.float64).to(device)
    with torch.no_grad():
        # The posterior becomes the prior, whose weights have a bounded variance.
        model.encoder.weight.zero_()
    estimates = [
        estimate_evidence(model, x, 4000, replica_generators([1, 2]), points_per_batch=points)
        for points in (4000, 20_000, 10**6)
    ]
    for other in estimates[1:]:
        assert other.log_evidence.shape == (2, 23)
        error = (estimates[0].standard_error.square() + other.standard_error.square()).sqrt()
        assert ((estimates[0].log_evidence - other.log_evidence).abs() < 5 * error).all()


def test_a_replicas_evidence_depends_on_its_own_seed_alone(device: torch.device) -> None:
    model = linear_model(5, 2, 0.8, DiagonalGaussian, device, replicas=2)
    x = correlated(5, device)
    first, second = (estimate_evidence(model, x, 10, replica_generators(seeds)) for seeds in ((1, 2), (7, 2)))
    assert torch.equal(first.log_evidence[1], second.log_evidence[1])
    assert not torch.equal(first.log_evidence[0], second.log_evidence[0])
