import pytest
import torch
from torch.distributions import MultivariateNormal, Normal, kl_divergence

from retina_vae.vae.posteriors import POSTERIORS, DiagonalGaussian, FullGaussian, Point


def random_posterior() -> DiagonalGaussian:
    generator = torch.Generator().manual_seed(3)
    return DiagonalGaussian.from_parameters(torch.randn(2, 6, 5, generator=generator, dtype=torch.float64), 3)


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


def random_full(seed: int = 5, dims: int = 3) -> FullGaussian:
    rows = FullGaussian.parameter_count(dims)
    generator = torch.Generator().manual_seed(seed)
    return FullGaussian.from_parameters(torch.randn(2, rows, 5, generator=generator, dtype=torch.float64), dims)


def library(q: FullGaussian) -> MultivariateNormal:
    return MultivariateNormal(q.mean.mT, scale_tril=q.scale_tril)


def test_a_full_factor_is_lower_triangular_with_a_positive_diagonal() -> None:
    for dims in (1, 2, 3, 5):
        factor = random_full(dims=dims).scale_tril
        assert factor.shape == (2, 5, dims, dims)
        assert torch.equal(factor, factor.tril())
        assert (factor.diagonal(dim1=2, dim2=3) > 0).all()


def test_full_kl_log_prob_and_scale_are_those_of_the_library() -> None:
    q = random_full()
    prior = MultivariateNormal(torch.zeros(3, dtype=torch.float64), torch.eye(3, dtype=torch.float64))
    torch.testing.assert_close(q.kl_to_standard_normal(), kl_divergence(library(q), prior))
    z = torch.randn(2, 3, 7, 5, dtype=torch.float64)
    torch.testing.assert_close(q.log_prob(z), library(q).log_prob(z.permute(2, 0, 3, 1)).movedim(0, 1))
    torch.testing.assert_close(q.scale, library(q).variance.sqrt().mT)
    torch.testing.assert_close(q.covariance, library(q).covariance_matrix.permute(0, 2, 3, 1))


def test_full_kl_to_another_is_the_general_formula() -> None:
    p, q = random_full(1), random_full(2)
    torch.testing.assert_close(p.kl_to(q), kl_divergence(library(p), library(q)))
    torch.testing.assert_close(p.kl_to(p), torch.zeros(2, 5, dtype=torch.float64))


def test_full_draws_are_affine_in_the_noise_and_have_its_covariance() -> None:
    q = random_full()
    noise = torch.randn(2, 3, 200_000, 5, generator=torch.Generator().manual_seed(6), dtype=torch.float64)
    z = q.rsample(noise)
    torch.testing.assert_close(z[1, :, 3, 2], q.mean[1, :, 2] + q.scale_tril[1, 2] @ noise[1, :, 3, 2])
    centred = z - q.mean.unsqueeze(2)
    covariance = torch.einsum("riln,rjln->rijn", centred, centred) / 200_000
    # The relative standard error of a sample covariance of normal draws is about sqrt(2 / draws).
    size = torch.einsum("rin,rjn->rijn", q.scale, q.scale)
    assert ((covariance - q.covariance).abs() < 6 * size * (2 / 200_000) ** 0.5).all()


def test_a_full_posterior_with_zeros_below_the_diagonal_is_the_diagonal_one() -> None:
    parameters = torch.randn(2, 9, 5, generator=torch.Generator().manual_seed(7), dtype=torch.float64)
    parameters[:, 6:] = 0
    full, diagonal = FullGaussian.from_parameters(parameters, 3), DiagonalGaussian.from_parameters(parameters[:, :6], 3)
    noise = torch.randn(2, 3, 4, 5, dtype=torch.float64)
    torch.testing.assert_close(full.rsample(noise), diagonal.rsample(noise))
    torch.testing.assert_close(full.kl_to_standard_normal(), diagonal.kl_to_standard_normal())
    torch.testing.assert_close(full.log_prob(noise), diagonal.log_prob(noise))
    torch.testing.assert_close(full.covariance, diagonal.covariance)
    torch.testing.assert_close(full.statistics[:, :6], diagonal.statistics)


def test_a_point_has_no_spread_and_no_density() -> None:
    q = Point.from_parameters(torch.randn(2, 3, 5, dtype=torch.float64), 3)
    noise = torch.randn(2, 3, 4, 5, dtype=torch.float64)
    assert torch.equal(q.rsample(noise), q.mean.unsqueeze(2).expand(-1, -1, 4, -1))
    assert q.scale.abs().sum() + q.covariance.abs().sum() == 0
    assert torch.isposinf(q.kl_to_standard_normal()).all()
    assert torch.isposinf(q.log_prob(noise)).all()


def test_each_family_reads_as_many_parameters_as_it_says() -> None:
    for family, count in (("diagonal", 6), ("full", 9), ("point", 3)):
        kind = POSTERIORS[family]
        assert kind.parameter_count(3) == count
        q = kind.from_parameters(torch.randn(2, count, 5, dtype=torch.float64), 3)
        assert q.statistics.shape == (2, count, 5)
        assert q.covariance.shape == (2, 3, 3, 5)


def test_the_density_of_draws_is_that_of_their_noise() -> None:
    for q in (random_posterior(), random_full()):
        noise = torch.randn(2, 3, 4, 5, dtype=torch.float64)
        torch.testing.assert_close(q.log_prob_of_draws(noise), q.log_prob(q.rsample(noise)))


def test_a_narrow_posterior_loses_no_draw_in_single_precision() -> None:
    """Scales of e^-20 beside means of 1 leave no digit of the noise in z; the density keeps them all."""
    parameters = torch.cat([torch.ones(1, 2, 3), torch.full((1, 2, 3), -40.0), torch.full((1, 1, 3), 5.0)], dim=1)
    noise = torch.randn(1, 2, 4, 3, generator=torch.Generator().manual_seed(1))
    found = FullGaussian.from_parameters(parameters, 2).log_prob_of_draws(noise)
    exact = FullGaussian.from_parameters(parameters.double(), 2)
    torch.testing.assert_close(found.double(), exact.log_prob_of_draws(noise.double()))


@pytest.mark.parametrize("name", POSTERIORS)
@pytest.mark.parametrize("patients", [slice(1, 4), torch.tensor([4, 0])])
def test_some_of_the_patients_keep_their_numbers(name: str, patients: slice | torch.Tensor) -> None:
    family = POSTERIORS[name]
    generator = torch.Generator().manual_seed(3)
    q = family.from_parameters(torch.randn(2, family.parameter_count(3), 5, generator=generator), 3)
    some = q.take(patients)
    assert torch.equal(some.mean, q.mean[..., patients])
    assert torch.equal(some.covariance, q.covariance[..., patients])
    assert torch.equal(some.kl_to_standard_normal(), q.kl_to_standard_normal()[:, patients])
