import math

import torch
from torch import Tensor
from torch.distributions import MultivariateNormal, kl_divergence

from retina_vae.vae.gaussians import gaussian_kl, monte_carlo_kl, standard_normal_log_prob


def random_gaussian(seed: int, batch: int = 6, dims: int = 3) -> tuple[Tensor, Tensor]:
    """Means and Cholesky factors of random full covariances."""
    generator = torch.Generator().manual_seed(seed)
    factor = torch.randn(batch, dims, dims, generator=generator, dtype=torch.float64)
    covariance = factor @ factor.mT + 0.1 * torch.eye(dims, dtype=torch.float64)
    mean = torch.randn(batch, dims, generator=generator, dtype=torch.float64)
    return mean, torch.linalg.cholesky(covariance)


def test_kl_is_the_slides_formula() -> None:
    (mu_1, a_1), (mu_2, a_2) = random_gaussian(1), random_gaussian(2)
    sigma_1, sigma_2, step = a_1 @ a_1.mT, a_2 @ a_2.mT, (mu_2 - mu_1)[..., None]
    inverse = torch.linalg.inv(sigma_2)
    trace = (inverse @ sigma_1).diagonal(dim1=1, dim2=2).sum(dim=1)
    squares = (step.mT @ inverse @ step)[:, 0, 0]
    expected = (trace + squares - 3 + torch.log(torch.linalg.det(sigma_2) / torch.linalg.det(sigma_1))) / 2
    torch.testing.assert_close(gaussian_kl(mu_1, a_1, mu_2, a_2), expected)


def test_kl_is_that_of_the_library() -> None:
    p, q = random_gaussian(3), random_gaussian(4)
    expected = kl_divergence(MultivariateNormal(p[0], scale_tril=p[1]), MultivariateNormal(q[0], scale_tril=q[1]))
    torch.testing.assert_close(gaussian_kl(*p, *q), expected)


def test_kl_is_zero_between_equals_and_positive_otherwise() -> None:
    p, q = random_gaussian(5), random_gaussian(6)
    torch.testing.assert_close(gaussian_kl(*p, *p), torch.zeros(6, dtype=torch.float64))
    assert (gaussian_kl(*p, *q) > 0).all()


def test_kl_equals_its_monte_carlo_estimate() -> None:
    p, q = random_gaussian(7), random_gaussian(8)
    noise = torch.randn(100_000, 6, 3, generator=torch.Generator().manual_seed(9), dtype=torch.float64)
    z = p[0] + torch.einsum("nij,lnj->lni", p[1], noise)
    log_p, log_q = (MultivariateNormal(mean, scale_tril=factor).log_prob(z) for mean, factor in (p, q))
    estimate = monte_carlo_kl(log_p, log_q)
    assert ((estimate.mean - gaussian_kl(*p, *q)).abs() < 4 * estimate.standard_error).all()


def test_one_gaussian_against_many_broadcasts() -> None:
    many, (mean, factor) = random_gaussian(10), random_gaussian(11, batch=1)
    together = gaussian_kl(*many, mean[0], factor[0])
    torch.testing.assert_close(together, gaussian_kl(*many, mean.expand(6, -1), factor.expand(6, -1, -1)))
    torch.testing.assert_close(
        gaussian_kl(mean[0], factor[0], *many)[2], gaussian_kl(mean[0], factor[0], *(v[2] for v in many))
    )


def test_the_standard_normal_is_the_librarys() -> None:
    z = torch.randn(2, 3, 5, dtype=torch.float64)
    expected = torch.distributions.Normal(0.0, 1.0).log_prob(z).sum(dim=1)
    torch.testing.assert_close(standard_normal_log_prob(z), expected)
    zero = torch.zeros(1, 2, dtype=torch.float64)
    assert standard_normal_log_prob(zero).item() == -math.log(2 * math.pi)
