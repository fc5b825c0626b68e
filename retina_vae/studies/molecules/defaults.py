"""The settings of the molecules' runs, where they differ from the engine's; docs/molecules.md says why."""

from __future__ import annotations

from typing import Any

from retina_vae.studies.items import AROUND_ITEMS, ITEM_TRAINING

__all__ = ["DEFAULTS"]

DEFAULTS: dict[str, Any] = {
    "run": "molecules",
    "cohort": {"source": "extract", "notation": "selfies"},
    "vae": {
        **ITEM_TRAINING,
        "latent_dims": [32],
        "replicas": 2,
        "hidden_units": [512, 256],
        "posterior": "diagonal",
        "objective": "elbo",
        "kl_weight": 0.03,
        "epochs": 60,
        "batch_size": 250,
        "learning_rate": 0.001,
    },
    "latent": {"draws": 4, "correction": "none"},
    "clusters": {"k": 6, "method": "gaussian_mixture"},
    **AROUND_ITEMS,
}
