"""The settings of the fundus images' runs, where they differ from the engine's; docs/fundus.md says why."""

from __future__ import annotations

from typing import Any

from retina_vae.studies.items import AROUND_ITEMS, ITEM_TRAINING

__all__ = ["DEFAULTS"]

DEFAULTS: dict[str, Any] = {
    "run": "fundus",
    "cohort": {"source": "rendered", "pictures": 3000, "levels": 16},
    "vae": {
        **ITEM_TRAINING,
        "latent_dims": [6],
        "hidden_units": 128,
        "posterior": "diagonal",
        "objective": "beta_tc",
        "kl_weight": 40.0,
        "epochs": 60,
        "batch_size": 64,
        "learning_rate": 0.005,
    },
    "clusters": {"k": 3, "method": "gaussian_mixture"},
    **AROUND_ITEMS,
}
