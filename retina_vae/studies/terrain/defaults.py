"""The settings of the runs of terrain, where they differ from the engine's; docs/terrain.md says why."""

from __future__ import annotations

from typing import Any

__all__ = ["DEFAULTS"]

DEFAULTS: dict[str, Any] = {
    "run": "terrain",
    "cohort": {"source": "sweeps", "patients_per_group": 2000},
    "vae": {
        "latent_dims": [8],
        "hidden_units": [200, 100],
        "decoder_units": None,
        "objective": "elbo",
        "draws_per_patient": 1,
        "kl_weight": 1.0,
        "epochs": 60,
        "max_steps": None,
        "batch_size": 100,
        "learning_rate": 0.002,
        "weight_prior": None,
        "refit_epochs": 0,
        "adam_beta2": 0.999,
    },
    "clusters": {"k": 4, "method": "gaussian_mixture"},
    "stability": {"retrained": 0},
    "rivals": {"methods": []},
}
