"""The settings of the pictures' runs, where they differ from the engine's; docs/digits.md says why."""

from __future__ import annotations

from typing import Any

__all__ = ["DEFAULTS"]

DEFAULTS: dict[str, Any] = {
    "run": "digits",
    "cohort": {"source": "digits"},
    "vae": {
        "latent_dims": [8],
        "hidden_units": [200, 100],
        "decoder_units": None,
        "objective": "elbo",
        "draws_per_patient": 1,
        "kl_weight": 1.0,
        "epochs": 200,
        "max_steps": None,
        "batch_size": 100,
        "learning_rate": 0.002,
        "weight_prior": None,
        "refit_epochs": 0,
        "adam_beta2": 0.999,
    },
    "clusters": {"k": 10, "method": "gaussian_mixture"},
    "stability": {"retrained": 0},
    "rivals": {"methods": []},
}
