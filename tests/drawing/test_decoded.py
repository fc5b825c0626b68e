"""What decoders draw."""

from statistics import NormalDist

import numpy as np
import pytest
import torch

from retina_vae.drawing.decoded import decoded, drawn, from_prior, latent_plane, mean_codes, midpoints, path_between
from tests.small_images import LEVELS, images, known_model


def sigmoid(x: float) -> float:
    return 1 / (1 + np.exp(-x))


def test_expected_pictures_are_the_decoder_s_shares() -> None:
    z = torch.tensor([[0.5, -3.0], [2.0, 1.0]])
    first, second = decoded(known_model(), z)
    np.testing.assert_allclose(first, [sigmoid(0.5), sigmoid(2.0), 0.5, 0.5, 0.5, 0.5], rtol=1e-6)
    # ReLU: a coordinate below 0 lights nothing.
    np.testing.assert_allclose(second[:2], [0.5, sigmoid(1.0)], rtol=1e-6)


def test_draws_are_whole_levels_about_the_expected_picture() -> None:
    z = torch.tensor([[1.5], [0.0]]).expand(-1, 20_000)
    pictures = drawn(known_model(), z, seed=3)
    assert set(np.unique((pictures * LEVELS).round(6))) <= set(range(LEVELS + 1))
    error = 0.5 / np.sqrt(LEVELS * len(pictures))
    np.testing.assert_allclose(pictures.mean(axis=0)[:2], [sigmoid(1.5), 0.5], atol=4 * error)
    np.testing.assert_array_equal(pictures, drawn(known_model(), z, seed=3))


def test_codes_are_posterior_means() -> None:
    own = images(7)
    codes = mean_codes(known_model(), torch.from_numpy(own.T).float())
    np.testing.assert_allclose(codes.numpy(), 2 * own[:, :2].T, rtol=1e-6)


def test_the_prior_is_standard_normal_and_seeded() -> None:
    codes = from_prior(known_model(), 40_000, seed=1)
    assert codes.shape == (2, 40_000)
    np.testing.assert_allclose(codes.mean(dim=1), 0, atol=0.02)
    np.testing.assert_allclose(codes.numpy() @ codes.numpy().T / 40_000, np.eye(2), atol=0.03)
    assert torch.equal(codes, from_prior(known_model(), 40_000, seed=1))
    assert not torch.equal(codes, from_prior(known_model(), 40_000, seed=2))


def test_the_plane_has_quantiles_from_the_top_left() -> None:
    plane = latent_plane(3).numpy()
    low, high = NormalDist().inv_cdf(1 / 6), NormalDist().inv_cdf(5 / 6)
    np.testing.assert_allclose(plane[:, 0], [low, high], rtol=1e-6)
    np.testing.assert_allclose(plane[:, 2], [high, high], rtol=1e-6)
    np.testing.assert_allclose(plane[:, 4], [0, 0], atol=1e-7)
    np.testing.assert_allclose(plane[:, 6], [low, low], rtol=1e-6)


def test_a_path_is_straight_and_holds_both_ends() -> None:
    start, stop = torch.tensor([[0.0, 1.0]]), torch.tensor([[2.0, 5.0]])
    np.testing.assert_allclose(path_between(start, stop, 5)[0], [[0, 0.5, 1, 1.5, 2], [1, 2, 3, 4, 5]])


def test_midpoints_lie_between_known_images_of_different_labels() -> None:
    codes, labels = torch.arange(12.0).reshape(2, 6), np.array([0, 0, 1, 1, -1, 2])
    between, pairs = midpoints(codes, labels, 200, seed=5)
    assert (labels[pairs] >= 0).all()
    assert (labels[pairs[:, 0]] != labels[pairs[:, 1]]).all()
    np.testing.assert_allclose(between, (codes[:, pairs[:, 0]] + codes[:, pairs[:, 1]]) / 2)
    # Every pair that there is occurs.
    assert len({tuple(pair) for pair in pairs.tolist()}) == 2 * (2 * 2 + 2 + 2)


def test_midpoints_need_two_labels() -> None:
    with pytest.raises(ValueError, match="two labels at least"):
        midpoints(torch.zeros(2, 4), np.array([1, 1, -1, 1]), 3, seed=1)
