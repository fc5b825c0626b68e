"""Which models are looked at side by side, and what is said of them."""

from __future__ import annotations

from typing import Any

import pytest

from retina_vae.config import Configuration
from retina_vae.config_files import parse_configuration
from retina_vae.drawing.models import compared_models, model_words, traversed_models

POINT = {"posterior": "point", "objective": "autoencoder", "kl_weight": 0.0}
FAMILY: dict[str, Any] = {
    "weighted": {"latent_dim": 4, "changes": {"objective": "elbo", "kl_weight": 20.0}},
    "autoencoder": {"latent_dim": 4, "changes": POINT},
    "free": {"latent_dim": 4, "changes": {"objective": "elbo", "kl_weight": 0.0}},
    "correlation": {"latent_dim": 4, "changes": {"objective": "beta_tc", "posterior": "diagonal", "kl_weight": 6.0}},
    "supervised": {"latent_dim": 4, "changes": {"objective": "supervised"}},
    "plane": {"latent_dim": 2},
}


@pytest.fixture(scope="module")
def settings() -> Configuration:
    return parse_configuration({"study": "digits", "vae": {"latent_dims": [4]}, "family": FAMILY}, "here")


def test_models_of_one_size_are_compared_the_autoencoder_first(settings: Configuration) -> None:
    assert compared_models(settings) == ["autoencoder", "free", "correlation", "weighted", "d4"]


def test_coordinates_of_models_that_something_holds_near_the_prior_are_moved(settings: Configuration) -> None:
    assert traversed_models(settings) == ["correlation", "weighted", "d4"]


def test_each_is_said_in_a_few_words(settings: Configuration) -> None:
    said = {name: model_words(settings.model(name)) for name in compared_models(settings)}
    assert said == {
        "autoencoder": "autoencoder",
        "free": "VAE without the KL divergence",
        "correlation": "VAE, total correlation weighted 6",
        "weighted": "VAE, KL divergence weighted 20",
        "d4": "VAE",
    }
