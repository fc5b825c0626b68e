"""A small model in double precision, and inputs like the paper's raw codes."""

import pytest
import torch
from torch import Tensor

from retina_vae.cohort import Scaling
from retina_vae.vae import ModelDescription, VariationalAutoencoder, build_model, replica_generators

COLUMNS = ("race", "age", "polyps", "drusen", "srh", "sex")


def describe(seeds: tuple[int, ...] = (1, 2, 3), latent_dim: int = 2, hidden: int = 8, **changes: object):
    scaling = Scaling(columns=COLUMNS, center=(0.0,) * 6, scale=(1.0,) * 6)
    values = {
        "replicas": len(seeds),
        "seeds": seeds,
        "inputs": 6,
        "hidden_units": hidden,
        "latent_dim": latent_dim,
        "reconstruction_loss": "binary_cross_entropy",
        "probability_floor": 1e-7,
        "scaling": scaling,
        "device": "cpu",
    }
    return ModelDescription(**(values | changes))


def make_model(description: ModelDescription, device: torch.device) -> VariationalAutoencoder:
    model = build_model(description).double()
    model.initialize("glorot_uniform", replica_generators(description.seeds))
    return model.to(device)


@pytest.fixture
def model(device: torch.device) -> VariationalAutoencoder:
    return make_model(describe(), device)


@pytest.fixture
def x(device: torch.device) -> Tensor:
    """Scaled inputs of 20 patients, shape (inputs, patients): findings of 0 and 1, and numbers in between."""
    generator = torch.Generator().manual_seed(0)
    values = torch.rand(6, 20, generator=generator, dtype=torch.float64)
    values[2:] = values[2:].round()
    return values.to(device)
