"""The settings of the runs of terrain, where they differ from the engine's; docs/terrain.md says why."""

from __future__ import annotations

from typing import Any

from retina_vae.studies.items import AROUND_ITEMS, ITEM_TRAINING

__all__ = ["DEFAULTS"]

DEFAULTS: dict[str, Any] = {
    "run": "terrain",
    "cohort": {"source": "sweeps", "patients_per_group": 2000},
    "vae": {
        **ITEM_TRAINING,
        "latent_dims": [8],
        "hidden_units": [200, 100],
        "objective": "elbo",
        "kl_weight": 1.0,
        "epochs": 60,
        "batch_size": 100,
        "learning_rate": 0.002,
    },
    "clusters": {"k": 4, "method": "gaussian_mixture"},
    **AROUND_ITEMS,
}
