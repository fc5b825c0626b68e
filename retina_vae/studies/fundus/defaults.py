"""The settings of the fundus images' runs, where they differ from the engine's; docs/fundus.md says why."""

from __future__ import annotations

from typing import Any

__all__ = ["DEFAULTS"]

DEFAULTS: dict[str, Any] = {
    "run": "fundus",
    "cohort": {"source": "rendered", "pictures": 3000, "levels": 16},
    "vae": {
        "latent_dims": [6],
        "hidden_units": 128,
        "decoder_units": None,
        "posterior": "diagonal",
        "objective": "beta_tc",
        "draws_per_patient": 1,
        "kl_weight": 40.0,
        "epochs": 60,
        "max_steps": None,
        "batch_size": 64,
        "learning_rate": 0.005,
        "weight_prior": None,
        "refit_epochs": 0,
        "adam_beta2": 0.999,
    },
    "clusters": {"k": 3, "method": "gaussian_mixture"},
    "stability": {"retrained": 0},
    "rivals": {"methods": []},
}
