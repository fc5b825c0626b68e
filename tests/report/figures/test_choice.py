from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from retina_vae.report.figures.choice import choice, spread_over_replicas

COLUMNS = ["within_ss", "silhouette", "calinski_harabasz", "gap", "gap_error"]
COLUMNS += ["prediction_strength", "prediction_strength_error", "smallest"]


def _criteria(replicas: int) -> pd.DataFrame:
    rows = pd.DataFrame([{"replica": r, "k": k} for r in range(1, replicas + 1) for k in range(1, 6)])
    for column in COLUMNS:
        rows[column] = rows["k"] + 10.0 * rows["replica"]
    rows.loc[rows["k"] == 1, ["silhouette", "calinski_harabasz"]] = np.nan
    return rows


@pytest.fixture
def choices() -> pd.DataFrame:
    rows = [("silhouette", 3, 2, 4), ("gap", 4, 4, 4)]
    return pd.DataFrame(rows, columns=["criterion", "k", "lowest", "highest"])


def test_spread_is_median_and_range_without_what_is_not_finite() -> None:
    spread = spread_over_replicas(_criteria(3), "silhouette")
    assert spread.index.tolist() == [2, 3, 4, 5]
    assert spread.loc[2].tolist() == [22, 12, 32]
    infinite = _criteria(1).assign(gap=[1.0, 2.0, 3.0, 4.0, np.inf])
    assert spread_over_replicas(infinite, "gap").index.tolist() == [1, 2, 3, 4]


def test_choices_are_said_and_marked_on_their_curves(choices: pd.DataFrame) -> None:
    figure = choice(_criteria(3), choices, k=14)
    panels = {axes.get_title(loc="left").split("\n")[0]: axes for axes in figure.axes}
    silhouette, gap = panels["(c)  Silhouette"], panels["(e)  Gap statistic"]
    assert silhouette.get_title(loc="left").endswith("high is good; chooses 3 (2–4)")
    assert gap.get_title(loc="left").endswith("high is good; chooses 4")
    marks = [line.get_xydata().tolist() for line in gap.lines if line.get_marker() == "o"]
    assert marks == [[[4, 24]]]


def test_the_runs_number_is_drawn_even_beyond_those_tried(choices: pd.DataFrame) -> None:
    figure = choice(_criteria(2), choices, k=14)
    assert figure.axes[0].get_xlim() == (0.5, 14.5)
    assert "this run: k = 14" in [text.get_text() for text in figure.legends[0].get_texts()]


def test_one_replica_is_drawn(choices: pd.DataFrame) -> None:
    figure = choice(_criteria(1), choices, k=3)
    figure.canvas.draw()
    assert len(figure.axes) == 6
    assert all(axes.get_ylabel() for axes in figure.axes)
    assert figure.axes[3].get_title(loc="left").endswith("chooses nothing")
