"""The settings of the pictures' runs, where they differ from the engine's; docs/digits.md says why."""

from __future__ import annotations

from typing import Any

from retina_vae.studies.items import AROUND_ITEMS, ITEM_TRAINING

__all__ = ["DEFAULTS"]

DEFAULTS: dict[str, Any] = {
    "run": "digits",
    "cohort": {"source": "digits"},
    "vae": {
        **ITEM_TRAINING,
        "latent_dims": [8],
        "hidden_units": [200, 100],
        "objective": "elbo",
        "kl_weight": 1.0,
        "epochs": 200,
        "batch_size": 100,
        "learning_rate": 0.002,
    },
    "clusters": {"k": 10, "method": "gaussian_mixture"},
    **AROUND_ITEMS,
}
