"""Against a linear Gaussian model, whose posterior is known: exact draws pass, narrower ones do not."""

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from retina_vae.latent.calibration import expected_coverage, rank_test, ranks, simulate_known_codes
from retina_vae.vae import FullGaussian, VariationalAutoencoder
from tests.vae.conftest import describe, make_model
from tests.vae.test_evidence import linear_model

LEVELS = np.arange(1, 20) / 20


def conjugate(
    patients: int, scale: float, shift: float = 0.0
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """z ~ N(0, I) and x = z + noise in three dimensions; draws from N(x / 2 + shift, scale^2 / 2)."""
    rng = np.random.default_rng(1)
    z, reference = rng.standard_normal((2, patients, 3))
    x = z + rng.standard_normal((patients, 3))
    draws = x / 2 + shift + scale * np.sqrt(0.5) * rng.standard_normal((99, patients, 3))
    return z, draws, reference


def exact_encoder(shrink: float) -> VariationalAutoencoder:
    """A linear model whose encoder gives the exact posterior, its scale times ``shrink``."""
    model = linear_model(5, 2, 0.8, FullGaussian, torch.device("cpu"))
    weight = model.decoder.weight[0].detach()
    covariance = torch.linalg.inv(weight.T @ weight / 0.8**2 + torch.eye(2, dtype=torch.float64))
    factor, gain = torch.linalg.cholesky(covariance) * shrink, covariance @ weight.T / 0.8**2
    with torch.no_grad():
        model.encoder.weight.zero_()
        model.encoder.weight[0, :2] = gain
        model.encoder.bias[0, :2, 0] = -gain @ model.decoder.bias[0, :, 0]
        model.encoder.bias[0, 2:4, 0] = 2 * factor.diagonal().log()
        model.encoder.bias[0, 4, 0] = factor[1, 0]
    return model


def test_ranks_of_exact_draws_are_uniform_and_those_of_narrow_wide_and_shifted_ones_are_not() -> None:
    tests = {}
    for name, scale, shift in (("exact", 1, 0), ("narrow", 0.8, 0), ("wide", 1.25, 0), ("shifted", 1, -0.2)):
        z, draws, _ = conjugate(2000, scale, shift)
        tests[name] = rank_test(ranks(z, draws), 99)
    assert (tests["exact"].p_value > 0.01).all()
    assert tests["exact"].dispersion == pytest.approx(1, abs=0.06)
    assert (tests["narrow"].p_value < 1e-4).all()
    assert (tests["narrow"].dispersion > 1.1).all()
    assert (tests["wide"].p_value < 1e-4).all()
    assert (tests["wide"].dispersion < 0.9).all()
    assert (tests["shifted"].p_value < 1e-4).all()
    assert (tests["shifted"].shift > 0.03).all()


def test_p_values_of_uniform_ranks_are_uniform() -> None:
    found = rank_test(np.random.default_rng(2).integers(0, 100, (500, 4000)), 99).p_value
    assert found.mean() == pytest.approx(0.5, abs=0.02)
    assert (found < 0.01).mean() == pytest.approx(0.01, abs=0.006)


def test_draws_that_would_not_fill_the_bins_alike_are_refused() -> None:
    with pytest.raises(ValueError, match="multiple of 20 draws, got 100"):
        rank_test(np.zeros((10, 1), dtype=np.int64), 100)


def test_coverage_is_credibility_of_exact_draws_and_bends_for_others() -> None:
    exact, narrow, wide = (expected_coverage(*conjugate(4000, scale), LEVELS) for scale in (1, 0.8, 1.25))
    error = np.sqrt(LEVELS * (1 - LEVELS) / 4000)
    assert (np.abs(exact - LEVELS) < 4 * error).all()
    assert (narrow[:3] > LEVELS[:3]).all()
    assert narrow[-1] < LEVELS[-1] - 3 * error[-1]
    assert wide[-1] > LEVELS[-1] + 3 * error[-1]


def test_a_model_with_the_exact_posterior_is_calibrated() -> None:
    known = simulate_known_codes(exact_encoder(1.0), 1500, 99, 512, [3])
    for draws in (known.encoded[0], known.corrected[0]):
        assert (rank_test(ranks(known.codes[0], draws), 99).p_value > 0.01).all()
        coverage = expected_coverage(known.codes[0], draws, known.references[0], LEVELS)
        assert np.abs(coverage - LEVELS).max() < 4 * 0.5 / np.sqrt(1500)


def test_a_posterior_shrunk_by_a_fifth_is_found_and_mended_by_the_correction() -> None:
    known = simulate_known_codes(exact_encoder(0.8), 1500, 99, 512, [3])
    shrunk, mended = (rank_test(ranks(known.codes[0], own[0]), 99) for own in (known.encoded, known.corrected))
    assert (shrunk.p_value < 1e-4).all()
    assert (shrunk.dispersion > 1.1).all()
    assert (mended.p_value > 0.01).all()
    assert (mended.dispersion < 1.06).all()


def test_a_replicas_known_codes_follow_from_its_own_seed() -> None:
    model = make_model(describe(seeds=(1, 2), likelihood="typed"), torch.device("cpu"))
    first, again, other = (simulate_known_codes(model, 30, 19, 64, seeds) for seeds in ((1, 2), (1, 2), (9, 2)))
    for one, same, changed in zip(first, again, other, strict=True):
        np.testing.assert_array_equal(one, same)
        np.testing.assert_array_equal(one[1], changed[1])
        assert not np.array_equal(one[0], changed[0])
