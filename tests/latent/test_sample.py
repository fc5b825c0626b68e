import numpy as np
import torch

from retina_vae.latent.sample import sample_codes
from retina_vae.vae import DiagonalGaussian


def posterior() -> DiagonalGaussian:
    generator = torch.Generator().manual_seed(1)
    return DiagonalGaussian(*torch.randn(2, 2, 3, 4, generator=generator, dtype=torch.float64))


def test_draws_have_the_posteriors_mean_and_scale() -> None:
    codes = sample_codes(posterior(), draws=20_000, seeds=(1, 2))
    error = codes.scale / np.sqrt(20_000)
    assert (np.abs(codes.draws.mean(axis=1) - codes.mean) < 4.5 * error).all()
    np.testing.assert_allclose(codes.draws.std(axis=1), codes.scale, rtol=0.03)
    np.testing.assert_allclose(codes.mean, posterior().mean.mT)


def test_a_replicas_draws_depend_on_its_own_seed_alone() -> None:
    both, second = sample_codes(posterior(), 6, (1, 2)), sample_codes(posterior(), 6, (9, 2))
    np.testing.assert_array_equal(both.draws[1], second.draws[1])
    assert not np.array_equal(both.draws[0], second.draws[0])
