from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from retina_vae.report.checklist import model
from retina_vae.report.tables import RunTables


def history(losses: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame({"replica": 1, "epoch": np.arange(1, len(losses) + 1), "loss": losses})


def test_a_loss_that_still_falls_is_said_to(tables: RunTables) -> None:
    falling = dict.fromkeys(tables.histories, history(np.linspace(100, 50, 100)))
    answer = model.starts_and_convergence(replace(tables, histories=falling))
    assert "The loss of 1 of 1 fell by more than 0.5\N{NO-BREAK SPACE}% in the last tenth" in answer.says
    assert "may not have converged" in answer.says
    still = dict.fromkeys(tables.histories, history(np.array([10.0] * 10 + [1.0] * 30)))
    answer = model.starts_and_convergence(replace(tables, histories=still))
    assert answer.says == (
        "3 trainings of 30 epochs, each from its own seed; 10 starts of the clustering. No loss fell by more than "
        "0.5\N{NO-BREAK SPACE}% in the last tenth of the epochs. Iterations of the clustering itself are not recorded."
    )


def test_the_algorithm_is_that_of_the_run(tables: RunTables, family: RunTables) -> None:
    said = model.algorithm(tables).says
    assert said.startswith("A variational autoencoder with 3 latent dimensions (likelihood: squared error")
    assert said.endswith("then k-means on the draws of its codes into 6 clusters.")
    assert "importance-weighted bound" in model.algorithm(family).says
    assert "SHA-256" in model.software(tables).says
