import torch

from retina_vae.vae.likelihoods import Gaussian

from .test_base import random


def test_a_gaussian_is_the_librarys() -> None:
    mean, log_scale, x = random(2, 3, 4), random(2, 3, 1, seed=1), random(3, 4, seed=2)
    expected = torch.distributions.Normal(mean, log_scale.exp()).log_prob(x)
    torch.testing.assert_close(Gaussian(mean, log_scale).log_prob(x), expected)
