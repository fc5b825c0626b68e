from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from retina_vae.report.figures.choice import choice, spread_over_replicas

COLUMNS = [
    *("within_ss", "silhouette", "calinski_harabasz", "davies_bouldin", "gap", "gap_error", "mixture_bic"),
    *("prediction_strength", "jaccard_mean", "jaccard_min", "smallest"),
]


def _criteria(replicas: int) -> pd.DataFrame:
    rows = pd.DataFrame([{"replica": r, "k": k} for r in range(1, replicas + 1) for k in range(1, 6)])
    for column in COLUMNS:
        rows[column] = rows["k"] + 10.0 * rows["replica"]
    rows.loc[rows["k"] == 1, ["silhouette", "calinski_harabasz", "davies_bouldin"]] = np.nan
    return rows


@pytest.fixture
def across() -> pd.DataFrame:
    return pd.DataFrame(
        {"k": range(1, 6), "mean_ari": [np.nan, 0.9, 0.8, 0.7, 0.6], "pac": [np.nan, 0.3, 0.1, 0.2, 0.2]}
    )


@pytest.fixture
def choices() -> pd.DataFrame:
    rows = [("silhouette", 3, 2, 4), ("gap", 4, 4, 4), ("gap_first_maximum", 5, 5, 5), ("pac", 3, 3, 3)]
    return pd.DataFrame(rows, columns=["criterion", "k", "lowest", "highest"])


def test_spread_is_median_and_range_without_what_is_not_finite() -> None:
    spread = spread_over_replicas(_criteria(3), "silhouette")
    assert spread.index.tolist() == [2, 3, 4, 5]
    assert spread.loc[2].tolist() == [22, 12, 32]
    infinite = _criteria(1).assign(gap=[1.0, 2.0, 3.0, 4.0, np.inf])
    assert spread_over_replicas(infinite, "gap").index.tolist() == [1, 2, 3, 4]


def test_choices_are_said_and_marked_on_their_curves(across: pd.DataFrame, choices: pd.DataFrame) -> None:
    figure = choice(_criteria(3), across, choices, k=14)
    panels = {axes.get_title(loc="left").split("\n")[0]: axes for axes in figure.axes}
    silhouette, gap = panels["(d)  Silhouette"], panels["(g)  Gap statistic"]
    assert silhouette.get_title(loc="left").endswith("high is good; chooses 3 (2–4)")
    assert gap.get_title(loc="left").endswith("high is good; chooses 4, 5")
    marks = [line.get_xydata().tolist() for line in gap.lines if line.get_marker() in ("o", "D")]
    assert marks == [[[4, 24]], [[5, 25]]]


def test_the_runs_number_is_drawn_even_beyond_those_tried(across: pd.DataFrame, choices: pd.DataFrame) -> None:
    figure = choice(_criteria(2), across, choices, k=14)
    assert figure.axes[0].get_xlim() == (0.5, 14.5)
    assert "this run: k = 14" in [text.get_text() for text in figure.legends[0].get_texts()]


def test_one_replica_without_agreement_is_drawn(across: pd.DataFrame, choices: pd.DataFrame) -> None:
    figure = choice(_criteria(1), across.assign(mean_ari=np.nan), choices, k=3)
    figure.canvas.draw()
    assert len(figure.axes) == 12
    assert all(axes.get_ylabel() for axes in figure.axes)
    assert figure.axes[10].get_title(loc="left").endswith("chooses nothing")
