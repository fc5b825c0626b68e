"""The settings of the paper's run, where they differ from the engine's; docs/what-the-paper-did.md says why."""

from __future__ import annotations

from typing import Any

__all__ = ["DEFAULTS"]

DEFAULTS: dict[str, Any] = {
    "run": "paper",
    "cohort": {
        "source": "simulated",
        "epidemiology": "data/epidemiology.yaml",
        "patients_per_group": 1000,
        "folder": "data/published",
    },
    # The paper states the latent dimensions, the units of the hidden layers and the epochs, and not the rest.
    "vae": {
        "latent_dims": [2, 3, 4],
        "max_steps": None,
        "max_gradient_norm": None,
        "weight_prior": None,
        "hidden_units": 512,
        "decoder_units": None,
        "epochs": 1000,
        "draws_per_patient": 1,
        "input_scaling": "raw",
        "likelihood": "squared_error",
        "posterior": "diagonal",
        "objective": "elbo",
        "kl_weight": 0.05,
        "batch_size": 500,
        "learning_rate": 1e-3,
        "adam_beta2": 0.999,
        "learning_rate_schedule": "constant",
        "refit_epochs": 0,
        "initialization": "lecun_uniform",
    },
    "latent": {"correction": "none"},
    "clusters": {"latent_dim": 3, "k": 14, "on": "draws"},
}
