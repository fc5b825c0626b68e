"""Cross-validated densities against a density that is known, and the choice of a dimension."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from retina_vae.cohort.encoding import ColumnEncoding, Encoding
from retina_vae.settings import VaeSettings
from retina_vae.vae import ModelDescription, Patients
from retina_vae.vae.held_out import (
    Candidate,
    Evidence,
    choose_dimension,
    cross_validated,
    difference,
    rising_candidates,
)

RNG = np.random.default_rng(3)
NOISE = RNG.normal(0, 1, 400)


def candidate(dim: int, mean: float, noise: float = 0.0) -> Candidate:
    """One whose patients have this mean log-density, and differ from those of others by ``noise``."""
    own = mean + noise * RNG.permutation(NOISE - NOISE.mean())
    return Candidate(dim, Evidence(own, own))


def test_the_fewest_within_one_standard_error_are_chosen() -> None:
    # The error of a mean difference of 400 patients whose differences have the deviation sqrt(2) is 0.07.
    assert choose_dimension([candidate(1, -5.05, 1.0), candidate(2, -5.0, 1.0)]).latent_dim == 1
    assert (
        choose_dimension([candidate(1, -5.3, 1.0), candidate(2, -5.05, 1.0), candidate(3, -5.0, 1.0)]).latent_dim == 2
    )
    assert choose_dimension([candidate(1, -5.01), candidate(2, -5.0)]).latent_dim == 2


def test_one_candidate_is_the_best() -> None:
    assert choose_dimension([candidate(7, -3.0)]).latent_dim == 7


@pytest.mark.parametrize(
    ("means", "tried"), [([-3, -2, -2, -2, -1], [1, 2, 3, 4]), ([-3, -2, -1, 0, 1], [1, 2, 3, 4, 6]), ([-1], [1])]
)
def test_the_search_ends_when_the_choice_has_stood_against_two(means: list[float], tried: list[int]) -> None:
    known = dict(zip([1, 2, 3, 4, 6], means, strict=False))
    found = rising_candidates(list(known), lambda dim: candidate(dim, known[dim], 0.001).evidence)
    assert [own.latent_dim for own in found] == tried


def test_the_error_of_a_difference_is_that_of_paired_patients() -> None:
    first, second = np.array([1.0, 2.0, 3.0]), np.array([0.0, 0.0, 3.0])
    mean, error = difference(first, second)
    assert (mean, error) == (1.0, pytest.approx(1 / math.sqrt(3)))


def gaussian_patients(count: int) -> NDArray[np.float64]:
    """Two columns with a correlation of 0.8, which one latent dimension explains."""
    return RNG.multivariate_normal([0, 0], [[1, 0.8], [0.8, 1]], count).T


def test_unseen_patients_of_a_normal_distribution_have_nearly_its_entropy() -> None:
    """No model describes patients better on average than their own distribution, and a good one nearly as well."""
    x = gaussian_patients(600)
    columns = tuple(ColumnEncoding(name=name, kind="continuous", by_kind=True) for name in "ab")
    settings = VaeSettings(epochs=120, refit_epochs=20, batch_size=100, hidden_units=32, decoder_units=16)
    description = ModelDescription.from_settings(settings, 1, [1, 2, 3], Encoding(columns=columns), "cpu")
    fold = np.arange(600) % 3
    found = cross_validated(Patients(torch.from_numpy(x).float()), fold, description, settings, 64, torch.device("cpu"))
    covariance = np.array([[1, 0.8], [0.8, 1]])
    exact = -0.5 * np.einsum("in,ij,jn->n", x, np.linalg.inv(covariance), x) - math.log(2 * math.pi * 0.6)
    gap, error = difference(exact, found.held_out)
    assert -3 * error < gap < 0.1
    assert found.trained_on.mean() > found.held_out.mean() - 0.01


def test_nobody_is_described_by_a_model_that_has_seen_him() -> None:
    """A patient far from all others: those of his own fold are described as if he were not there."""
    x = gaussian_patients(90)
    x[:, 0] = 6.0
    columns = tuple(ColumnEncoding(name=name, kind="continuous", by_kind=True) for name in "ab")
    settings = VaeSettings(epochs=60, refit_epochs=5, batch_size=30, hidden_units=16, decoder_units=16)
    description = ModelDescription.from_settings(settings, 1, [1, 2, 3], Encoding(columns=columns), "cpu")
    fold, cpu = np.arange(90) % 3, torch.device("cpu")
    found = cross_validated(Patients(torch.from_numpy(x).float()), fold, description, settings, 64, cpu)
    x[:, 0] = -6.0
    other = cross_validated(Patients(torch.from_numpy(x).float()), fold, description, settings, 64, cpu)
    assert np.array_equal(found.held_out[3::3], other.held_out[3::3])
    assert not np.array_equal(found.held_out[1::3], other.held_out[1::3])
    assert found.trained_on[0] > found.held_out[0]


def test_a_model_that_learns_the_outcome_is_measured_like_any_other() -> None:
    x = torch.from_numpy(gaussian_patients(60)).float()
    columns = tuple(ColumnEncoding(name=name, kind="continuous", by_kind=True) for name in "ab")
    same = {"epochs": 5, "refit_epochs": 0, "batch_size": 20, "hidden_units": 8, "decoder_units": 8}
    settings = VaeSettings(objective="supervised", **same)
    description = ModelDescription.from_settings(
        settings, 1, [1, 2, 3], Encoding(columns=columns), "cpu", ("no", "yes")
    )
    labels, fold, cpu = torch.arange(60) % 2, np.arange(60) % 3, torch.device("cpu")
    found = cross_validated(Patients(x, labels), fold, description, settings, 16, cpu)
    assert np.isfinite(found.held_out).all()
    # Who is kept out has labels that nobody learns from.
    changed = labels.clone()
    changed[::3] = 1 - changed[::3]
    other = cross_validated(Patients(x, changed), fold, description, settings, 16, cpu)
    assert np.array_equal(found.held_out[::3], other.held_out[::3])
    assert not np.array_equal(found.held_out[1::3], other.held_out[1::3])


def test_a_density_that_is_not_finite_ends_in_a_choice() -> None:
    one, lost = candidate(1, -5.0), Candidate(2, Evidence(np.full(400, -np.inf), np.full(400, -np.inf)))
    assert choose_dimension([lost, one]).latent_dim == 1
    assert choose_dimension([lost]).latent_dim == 2
