from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from retina_vae.report.checklist import model
from retina_vae.report.tables import RunTables


def history(losses: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame({"replica": 1, "epoch": np.arange(1, len(losses) + 1), "loss": losses})


def test_the_last_fall_of_a_straight_line_is_its_share() -> None:
    losses = np.linspace(100, 0, 101)[:100]
    # The last ten epochs lie at 5.5 on average, the ten before at 15.5, the first at 100.
    assert model.last_fall(history(losses)) == pytest.approx(10 / 94.5)


def test_a_loss_that_is_still_has_no_fall_and_one_that_rose_none_to_speak_of() -> None:
    assert model.last_fall(history(np.array([10.0] * 10 + [1.0] * 30))) == 0
    assert math.isnan(model.last_fall(history(np.arange(40.0))))
    assert math.isnan(model.last_fall(history(np.arange(10.0)[::-1])))


def test_a_loss_that_still_falls_is_said_to(tables: RunTables) -> None:
    falling = dict.fromkeys(tables.histories, history(np.linspace(100, 0, 100)))
    answer = model.starts_and_convergence(replace(tables, histories=falling))
    assert "may not have converged" in answer.says
    still = dict.fromkeys(tables.histories, history(np.array([10.0] * 10 + [1.0] * 30)))
    answer = model.starts_and_convergence(replace(tables, histories=still))
    assert answer.says == (
        "3 trainings of 30 epochs, each from its own seed; 10 starts of the clustering. In the last tenth of the "
        "epochs the loss fell by 0.0\N{NO-BREAK SPACE}% of its whole fall. Iterations of the clustering itself are not "
        "recorded."
    )


def test_the_algorithm_is_that_of_the_run(tables: RunTables, family: RunTables) -> None:
    said = model.algorithm(tables).says
    assert said.startswith("A variational autoencoder with 3 latent dimensions (likelihood: squared error")
    assert said.endswith("then k-means on the draws of its codes into 6 clusters.")
    assert "importance-weighted bound" in model.algorithm(family).says
    assert "SHA-256" in model.software(tables).says
