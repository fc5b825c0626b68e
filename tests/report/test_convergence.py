from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from retina_vae.report import RunTables
from retina_vae.report.convergence import falling_replicas, last_losses


def test_the_replicas_of_the_clustered_model_that_still_fall_are_counted(tables: RunTables) -> None:
    history = tables.histories[3].assign(loss=5.0)
    falling = history["replica"] == 2
    history.loc[falling, "loss"] = 5.0 - 0.1 * history.loc[falling, "epoch"]
    level = {2: tables.histories[2], 3: history}
    assert falling_replicas(replace(tables, histories=level)) == (1, 3)


@pytest.mark.parametrize("epochs", [1, 2])
def test_of_a_training_of_an_epoch_nothing_is_known(tables: RunTables, epochs: int) -> None:
    """One loss falls from nowhere; of two the second is the end."""
    history = tables.histories[3]
    short = history[history["epoch"] <= epochs].assign(loss=lambda own: 10.0 - own["epoch"])
    assert falling_replicas(replace(tables, histories={3: short})) == (0 if epochs == 1 else 3, 3)


def test_a_loss_that_is_no_number_at_the_end_alone_is_the_last(tables: RunTables) -> None:
    history = tables.histories[3].copy()
    end = history["epoch"] == history["epoch"].max()
    history.loc[end & (history["replica"] == 2), "loss"] = np.nan
    found = last_losses(replace(tables, histories={3: history}))
    assert np.isnan(found["d3", 2])
    assert found["d3", 1] == history.loc[end & (history["replica"] == 1), "loss"].iloc[0]
