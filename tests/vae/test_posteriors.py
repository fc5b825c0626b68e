import torch
from torch.distributions import Normal, kl_divergence

from retina_vae.vae.posteriors import DiagonalGaussian


def random_posterior() -> DiagonalGaussian:
    generator = torch.Generator().manual_seed(3)
    return DiagonalGaussian.from_parameters(torch.randn(2, 6, 5, generator=generator, dtype=torch.float64))


def test_kl_is_that_of_the_library() -> None:
    q = random_posterior()
    expected = kl_divergence(Normal(q.mean, q.scale), Normal(0.0, 1.0)).sum(dim=1)
    torch.testing.assert_close(q.kl_to_standard_normal(), expected)


def test_kl_is_zero_between_equals_and_positive_otherwise() -> None:
    zeros = torch.zeros(1, 3, 4, dtype=torch.float64)
    assert DiagonalGaussian(zeros, zeros).kl_to_standard_normal().abs().max() == 0
    assert (random_posterior().kl_to_standard_normal() > 0).all()


def test_kl_equals_its_monte_carlo_estimate() -> None:
    q = random_posterior()
    noise = torch.randn(2, 3, 100_000, 5, generator=torch.Generator().manual_seed(4), dtype=torch.float64)
    z = q.rsample(noise)
    prior = Normal(torch.zeros((), dtype=torch.float64), 1.0).log_prob(z).sum(dim=1)
    ratios = q.log_prob(z) - prior
    error = ratios.std(dim=1) / ratios.shape[1] ** 0.5
    assert ((ratios.mean(dim=1) - q.kl_to_standard_normal()).abs() < 4 * error).all()


def test_log_prob_is_that_of_the_library() -> None:
    q = random_posterior()
    z = torch.randn(2, 3, 7, 5, dtype=torch.float64)
    expected = Normal(q.mean.unsqueeze(2), q.scale.unsqueeze(2)).log_prob(z).sum(dim=1)
    torch.testing.assert_close(q.log_prob(z), expected)


def test_draws_are_affine_in_the_noise() -> None:
    q = random_posterior()
    noise = torch.randn(2, 3, 4, 5, dtype=torch.float64)
    torch.testing.assert_close(q.rsample(noise), q.mean[:, :, None] + q.scale[:, :, None] * noise)
    torch.testing.assert_close(q.rsample(torch.zeros_like(noise))[:, :, 0], q.mean)
