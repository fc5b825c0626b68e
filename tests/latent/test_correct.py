"""Against a linear model, whose exact posterior is a known Gaussian."""

import numpy as np
import pytest
import torch
from torch import Tensor

from retina_vae.latent.correct import corrected_codes
from retina_vae.latent.encode import encode_patients
from retina_vae.latent.sample import patient_codes, sample_codes
from retina_vae.settings import LatentSettings
from retina_vae.vae import FullGaussian, VariationalAutoencoder
from tests.vae.conftest import describe, make_model, typed_features
from tests.vae.test_evidence import linear_model


@pytest.fixture
def linear(device: torch.device) -> tuple[VariationalAutoencoder, Tensor, Tensor, Tensor]:
    """A model whose encoder gives the prior, patients, and the exact posterior's means and covariance."""
    model = linear_model(5, 2, 0.8, FullGaussian, device)
    with torch.no_grad():
        model.encoder.weight.zero_()
    x = torch.randn(5, 4, generator=torch.Generator().manual_seed(4), dtype=torch.float64).to(device)
    weight = model.decoder.weight[0].detach()
    precision = weight.T @ weight / 0.8**2 + torch.eye(2, dtype=torch.float64, device=device)
    covariance = torch.linalg.inv(precision)
    mean = covariance @ weight.T @ x / 0.8**2
    return model, x, mean.cpu(), covariance.cpu()


def test_codes_become_those_of_the_exact_posterior(
    linear: tuple[VariationalAutoencoder, Tensor, Tensor, Tensor],
) -> None:
    model, x, mean, covariance = linear
    codes, effective, _ = corrected_codes(model, x, proposals=100_000, draws=20_000, seeds=[1])
    scale = covariance.diagonal().sqrt().numpy()
    error = scale / np.sqrt(effective[0][:, None])
    assert (np.abs(codes.mean[0] - mean.T.numpy()) < 5 * error).all()
    np.testing.assert_allclose(codes.scale[0], np.broadcast_to(scale, (4, 2)), rtol=0.03)
    drawn = codes.draws[0]
    # Draws of draws: both their own number and that of the weighted ones limit them.
    assert (np.abs(drawn.mean(axis=0) - codes.mean[0]) < 5 * scale / np.sqrt(20_000)).all()
    for patient in range(4):
        np.testing.assert_allclose(np.cov(drawn[:, patient].T), covariance.numpy(), atol=0.03)


def test_a_posterior_that_is_exact_already_stays(device: torch.device) -> None:
    """With a decoder that ignores the code, the prior is q and the posterior: the wide quarter alone weighs less."""
    model = linear_model(5, 2, 0.8, FullGaussian, device)
    with torch.no_grad():
        model.encoder.weight.zero_()
        model.decoder.weight.zero_()
    x = torch.randn(5, 4, dtype=torch.float64, device=device)
    codes, effective, shape = corrected_codes(model, x, proposals=512, draws=3, seeds=[1])
    assert (effective > 0.75 * 512).all()
    assert (shape < 0.5).all()
    np.testing.assert_allclose(codes.mean, 0, atol=0.05)
    np.testing.assert_allclose(codes.scale, 1, atol=0.05)
    assert codes.draws.shape == (1, 3, 4, 2)


def test_a_replicas_codes_depend_on_its_own_seed_alone(device: torch.device) -> None:
    model = make_model(describe(seeds=(1, 2), likelihood="typed"), device)
    x = typed_features(300, device)
    first, second = (corrected_codes(model, x, 20, 4, seeds).codes for seeds in ((1, 2), (9, 2)))
    np.testing.assert_array_equal(first.draws[1], second.draws[1])
    np.testing.assert_array_equal(first.mean[1], second.mean[1])
    assert not np.array_equal(first.draws[0], second.draws[0])


def test_the_setting_decides_and_a_model_without_density_is_left_alone(device: torch.device) -> None:
    x, settings = typed_features(30, device), LatentSettings(correction="importance", draws=3)
    typed, point = describe(likelihood="typed"), describe(likelihood="typed", posterior="point")
    model = make_model(typed, device)
    seeds = [1, 2, 3]
    plain = sample_codes(encode_patients(model, x), 3, seeds)
    asked = patient_codes(model, typed, x, settings)
    np.testing.assert_array_equal(asked.mean, corrected_codes(model, x, settings.proposals, 3, seeds).codes.mean)
    assert not np.allclose(asked.mean, plain.mean)
    unasked = patient_codes(model, typed, x, LatentSettings(correction="none", draws=3))
    np.testing.assert_array_equal(unasked.draws, plain.draws)
    other = make_model(point, device)
    codes = patient_codes(other, point, x, settings)
    np.testing.assert_array_equal(codes.mean, encode_patients(other, x).mean.mT.detach().cpu().numpy())
