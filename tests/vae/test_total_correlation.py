"""The parts of the KL divergence, against their sum, a plain loop and distributions whose parts are known."""

import math

import pytest
import torch
from torch import Tensor

from retina_vae.settings import VaeSettings
from retina_vae.vae import DiagonalGaussian, FullGaussian, Patients, StandardNormal, beta_tc, elbo, fit_replicas
from retina_vae.vae.total_correlation import divergence_parts, total_correlation

from .conftest import PLAIN, describe, make_model, noise_like, typed_features


def posterior_of(shape: tuple[int, ...], device: torch.device, seed: int = 0) -> DiagonalGaussian:
    generator = torch.Generator().manual_seed(seed)
    mean = torch.randn(shape, generator=generator, dtype=torch.float64)
    log_variance = torch.randn(shape, generator=generator, dtype=torch.float64) - 1
    return DiagonalGaussian(mean.to(device), log_variance.to(device))


def noise_of(shape: tuple[int, ...], device: torch.device, seed: int = 1) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64).to(device)


def correlated(rho: float, patients: int, scale: float, device: torch.device) -> tuple[DiagonalGaussian, Tensor]:
    """Posteriors whose aggregate is nearly a normal distribution of two coordinates with correlation ``rho``.

    Covariance of the means and variance of the posteriors add up to it.
    """
    covariance = torch.tensor([[1.0, rho], [rho, 1.0]], dtype=torch.float64) - scale**2 * torch.eye(2)
    mean = torch.linalg.cholesky(covariance) @ noise_of((2, patients), torch.device("cpu"))
    own = DiagonalGaussian(mean[None].to(device), torch.full((1, 2, patients), 2 * math.log(scale)).double().to(device))
    return own, noise_of((1, 2, 1, patients), device, seed=2)


def test_the_parts_add_up_to_the_monte_carlo_divergence(device: torch.device) -> None:
    posterior, noise, prior = posterior_of((3, 4, 20), device), noise_of((3, 4, 5, 20), device), StandardNormal()
    parts = divergence_parts(posterior, prior, noise)
    divergence = (posterior.log_prob_of_draws(noise) - prior.log_prob(posterior.rsample(noise))).mean(dim=1)
    torch.testing.assert_close(sum(parts), divergence)
    assert all(own.shape == (3, 20) for own in parts)
    torch.testing.assert_close(total_correlation(posterior, noise), parts.total_correlation)


def test_a_batch_is_a_mixture_of_its_patients(device: torch.device) -> None:
    """Written out with PyTorch's mixtures: of all patients, that is the exact aggregate."""
    posterior, noise = posterior_of((1, 3, 12), device), noise_of((1, 3, 2, 12), device)
    z = posterior.rsample(noise)[0].permute(1, 2, 0)
    normals = torch.distributions.Normal(posterior.mean[0].T, posterior.scale[0].T)
    equal = torch.distributions.Categorical(torch.ones(12, dtype=torch.float64, device=device))
    joint = torch.distributions.MixtureSameFamily(equal, torch.distributions.Independent(normals, 1)).log_prob(z)
    alone = torch.distributions.Normal(posterior.mean[0], posterior.scale[0])
    equal = torch.distributions.Categorical(torch.ones(3, 12, dtype=torch.float64, device=device))
    margins = torch.distributions.MixtureSameFamily(equal, alone).log_prob(z).sum(dim=2)
    parts = divergence_parts(posterior, StandardNormal(), noise)
    torch.testing.assert_close(parts.total_correlation[0], (joint - margins).mean(dim=0))
    torch.testing.assert_close(parts.mutual_information[0], (normals.log_prob(z).sum(dim=2) - joint).mean(dim=0))
    torch.testing.assert_close(
        parts.dimension_wise[0], (margins - StandardNormal().log_prob(z.permute(2, 0, 1)[None])[0]).mean(dim=0)
    )


@pytest.mark.parametrize("rho", [0.0, 0.5])
def test_a_known_aggregate_has_its_total_correlation(rho: float, device: torch.device) -> None:
    """-1/2 log(1 - rho^2) of a normal distribution, and -log sigma less half a nat per coordinate of information."""
    posterior, noise = correlated(rho, 1_500, 0.6, device)
    parts = divergence_parts(posterior, StandardNormal(), noise)
    error = 4 * parts.total_correlation.std().item() / math.sqrt(1_500) + 0.005
    assert parts.total_correlation.mean().item() == pytest.approx(-math.log(1 - rho**2) / 2, abs=error)
    information = math.log(1 - rho**2) / 2 - 2 * math.log(0.6)
    assert parts.mutual_information.mean().item() == pytest.approx(information, abs=0.1)
    assert parts.dimension_wise.mean().item() == pytest.approx(0, abs=0.1)


def test_one_coordinate_or_one_patient_has_none(device: torch.device) -> None:
    for shape in ((2, 1, 10), (2, 3, 1)):
        own = total_correlation(posterior_of(shape, device), noise_of((*shape[:2], 4, shape[2]), device))
        torch.testing.assert_close(own, torch.zeros_like(own))


def test_narrow_posteriors_give_finite_numbers_in_single_precision(device: torch.device) -> None:
    mean = 30 * torch.randn(1, 4, 50, generator=torch.Generator().manual_seed(0)).to(device)
    log_variance = torch.full_like(mean, -14.0).requires_grad_()
    own = total_correlation(DiagonalGaussian(mean, log_variance), noise_of((1, 4, 1, 50), device).float())
    own.sum().backward()
    assert own.isfinite().all()
    assert log_variance.grad is not None
    assert log_variance.grad.isfinite().all()


def test_another_posterior_is_refused(device: torch.device) -> None:
    eye = torch.eye(2, dtype=torch.float64, device=device).expand(1, 5, 2, 2)
    zeros = torch.zeros(1, 2, 5, dtype=torch.float64, device=device)
    with pytest.raises(ValueError, match="expected a posterior with independent dimensions, got FullGaussian"):
        total_correlation(FullGaussian(zeros, eye, zeros), zeros.unsqueeze(2))


def test_the_objective_weighs_the_total_correlation_alone(device: torch.device) -> None:
    model = make_model(describe(likelihood="typed"), device)
    x, noise = typed_features(20, device).expand(3, -1, -1), noise_like(model, 3, 20)
    plain, terms = elbo(model, x, noise), beta_tc(model, x, noise, 6.0)
    parts = divergence_parts(model.encode(x), model.prior, noise)
    torch.testing.assert_close(terms.loss, plain.loss + 5 * parts.total_correlation)
    torch.testing.assert_close(terms.reconstruction, plain.reconstruction)
    torch.testing.assert_close(terms.kl, plain.kl)
    torch.testing.assert_close(beta_tc(model, x, noise, 1.0).loss, plain.loss)


def test_a_replica_is_trained_as_it_would_be_alone(device: torch.device) -> None:
    settings = VaeSettings(**PLAIN | {"objective": "beta_tc", "kl_weight": 6.0, "epochs": 3, "batch_size": 8})
    patients = Patients(typed_features(20, device))
    together, history = fit_replicas(patients, describe((1, 2), likelihood="typed"), settings, device)
    alone, own = fit_replicas(patients, describe((2,), likelihood="typed"), settings, device)
    for values, same in zip(together.parameters(), alone.parameters(), strict=True):
        torch.testing.assert_close(values[1:], same)
    torch.testing.assert_close(history.loss[:, 1:], own.loss)


def test_training_makes_coordinates_independent(device: torch.device) -> None:
    """Codes of the same data under weight 20 of the total correlation have less of it than under weight 1."""
    x = typed_features(200, device)
    left = []
    for weight in (1.0, 20.0):
        changes = {"objective": "beta_tc", "kl_weight": weight, "epochs": 60, "batch_size": 100, "learning_rate": 0.02}
        model, _ = fit_replicas(
            Patients(x), describe((1, 2), likelihood="typed"), VaeSettings(**PLAIN | changes), device
        )
        with torch.no_grad():
            own = total_correlation(model.encode(x.expand(2, -1, -1)), noise_like(model, 1, 200))
        left.append(own.mean().item())
    assert left[1] < left[0] / 2
