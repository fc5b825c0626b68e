"""Whether the trainings of a run had come to an end when they were ended."""

from __future__ import annotations

import numpy as np
import pandas as pd

from retina_vae.report.tables import RunTables

__all__ = ["STILL_FALLING", "falling_replicas", "last_losses"]

STILL_FALLING = 0.005
"""Fall of the loss over the last tenth of the epochs, as a share of the loss, that a converged training has not."""


def falling_replicas(tables: RunTables) -> tuple[int, int]:
    """Replicas of the clustered model whose loss fell by more than :data:`STILL_FALLING` at the end, of how many."""
    history = tables.histories[tables.configuration.latent_dim]
    losses = [part.sort_values("epoch")["loss"].to_numpy(float) for _, part in history.groupby("replica")]
    return sum(_falls(loss) > STILL_FALLING for loss in losses), len(losses)


def last_losses(tables: RunTables) -> pd.Series[float]:
    """Loss in the last epoch, by model and replica."""
    parts = {
        f"d{dim}": history.sort_values("epoch").groupby("replica")["loss"].last(skipna=False)
        for dim, history in tables.histories.items()
    }
    return pd.concat(parts).astype(float)


def _falls(loss: np.ndarray) -> float:
    """By what share of the loss it fell from the tenth of the epochs before the last one to the last."""
    window = max(len(loss) // 10, 1)
    if len(loss) < 2 * window or not np.isfinite(loss[-2 * window :]).all():
        return 0.0
    before, last = float(loss[-2 * window : -window].mean()), float(loss[-window:].mean())
    return (before - last) / max(abs(last), 1.0)
