"""Small models in double precision, and inputs like the paper's raw codes and like typed columns."""

import pytest
import torch
from torch import Tensor

from retina_vae.cohort.encoding import ColumnEncoding, Encoding
from retina_vae.vae import ModelDescription, VariationalAutoencoder, build_model, replica_generators

RACES = ("Asian", "Black", "Caucasian", "Hispanic", "other")
FINDINGS = ("polyps", "drusen", "srh", "sex")

PLAIN = {
    "objective": "elbo",
    "posterior": "diagonal",
    "draws_per_patient": 1,
    "adam_beta2": 0.999,
    "learning_rate_schedule": "constant",
    "refit_epochs": 0,
    "max_gradient_norm": None,
    "weight_prior": None,
}
"""The settings of a plain VAE, trained at one step size, without a prior of its weights or a bound of its gradients."""


def encoding(by_kind: bool = False) -> Encoding:
    """The paper's six columns, as codes or one-hot."""
    race = ColumnEncoding(name="race", kind="nominal", categories=RACES, by_kind=by_kind)
    age = ColumnEncoding(
        name="age", kind="continuous", by_kind=by_kind, center=60 * by_kind, scale=17.5 if by_kind else 1.0
    )
    rest = [
        ColumnEncoding(name=name, kind="binary", categories=("absent", "present"), by_kind=by_kind) for name in FINDINGS
    ]
    return Encoding(columns=(race, age, *rest))


def describe(seeds: tuple[int, ...] = (1, 2, 3), latent_dim: int = 2, hidden: int = 8, **changes: object):
    values = {
        "replicas": len(seeds),
        "seeds": seeds,
        "hidden_units": hidden,
        "decoder_units": hidden,
        "latent_dim": latent_dim,
        "encoding": encoding(changes.get("likelihood") == "typed"),
        "likelihood": "binary_cross_entropy",
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
    """Raw features of 20 patients, shape (features, patients): findings of 0 and 1, and numbers in between."""
    generator = torch.Generator().manual_seed(0)
    values = torch.rand(6, 20, generator=generator, dtype=torch.float64)
    values[2:] = values[2:].round()
    return values.to(device)


def typed_features(patients: int, device: torch.device, seed: int = 0) -> Tensor:
    """Features of typed columns, shape (10, patients): five of race one-hot, age as z-score, four findings."""
    generator = torch.Generator().manual_seed(seed)
    race = torch.eye(5, dtype=torch.float64)[torch.randint(5, (patients,), generator=generator)].T
    age = torch.randn(1, patients, generator=generator, dtype=torch.float64)
    findings = torch.rand(4, patients, generator=generator, dtype=torch.float64).round()
    return torch.cat([race, age, findings]).to(device)


def noise_like(model: VariationalAutoencoder, draws: int, patients: int, seed: int = 0) -> Tensor:
    """Standard normal numbers for every replica, on the model's device."""
    generator = torch.Generator().manual_seed(seed)
    shape = (model.replicas, model.latent_dim, draws, patients)
    return torch.randn(shape, generator=generator, dtype=torch.float64).to(next(model.parameters()).device)
