"""The settings of the molecules' runs, where they differ from the engine's; docs/molecules.md says why."""

from __future__ import annotations

from typing import Any

__all__ = ["DEFAULTS"]

DEFAULTS: dict[str, Any] = {
    "run": "molecules",
    "cohort": {"source": "extract", "notation": "selfies"},
    "vae": {
        "latent_dims": [32],
        "replicas": 2,
        "hidden_units": [512, 256],
        "decoder_units": None,
        "posterior": "diagonal",
        "objective": "elbo",
        "draws_per_patient": 1,
        "kl_weight": 0.03,
        "epochs": 60,
        "max_steps": None,
        "batch_size": 250,
        "learning_rate": 0.001,
        "adam_beta2": 0.999,
        "weight_prior": None,
        "refit_epochs": 0,
    },
    "latent": {"draws": 4, "correction": "none"},
    "clusters": {"k": 6, "method": "gaussian_mixture"},
    "stability": {"retrained": 0},
    "rivals": {"methods": []},
}
