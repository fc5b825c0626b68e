from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from retina_vae.report.figures.style import cluster_look
from retina_vae.report.figures.training import loss_bands, settled_limits, training, whole_limits


def _history(losses: list[list[float]]) -> pd.DataFrame:
    tables = [
        pd.DataFrame({"replica": replica, "epoch": np.arange(1, len(own) + 1), "loss": own})
        for replica, own in enumerate(losses, start=1)
    ]
    return pd.concat(tables)


def test_bands_are_median_and_range_over_the_replicas() -> None:
    bands = loss_bands(_history([[5.0, 1.0], [7.0, 2.0], [6.0, 6.0]]))
    assert bands.loc[1].tolist() == [6, 5, 7]
    assert bands.loc[2].tolist() == [2, 1, 6]


def test_enlarged_axis_holds_the_settled_part_and_not_the_start() -> None:
    end = [-980.0, -981.0, -982.0, -982.5]
    low, high = settled_limits({3: loss_bands(_history([[300.0, -500.0, -900.0, -970.0, *end]]))})
    assert low < min(end)
    assert max(end) < high < -970


def test_a_replica_that_went_astray_does_not_squash_the_others() -> None:
    calm = [-980.0, -981.0, -982.0, -982.0]
    low, high = settled_limits({3: loss_bands(_history([calm, calm, [1e8] * 4]))})
    assert low < -982 < high < -970


def test_one_replica_and_constant_loss_are_drawn() -> None:
    figure = training({2: _history([[1.0, 1.0]])})
    assert figure.axes[0].get_ylabel() == "Training loss (mean per patient)"


def test_curves_end_with_their_numbers() -> None:
    figure = training({2: _history([[4.0, 3.0]] * 2), 3: _history([[4.0, -2.04], [4.0, -2.0], [4.0, -1.9]])})
    texts = [text.get_text() for text in figure.axes[1].texts]
    assert texts == ["3-D: −2.00\n[−2.04, −1.90]", "2-D: 3.00\n[3.00, 3.00]"]
    legend = figure.axes[0].get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == ["2 (2 replicas)", "3 (3 replicas)"]
    assert figure.axes[1].lines[1].get_ydata()[-1] == pytest.approx(-2.0)


def test_a_loss_with_a_unit_says_it() -> None:
    figure = training({2: _history([[1.0, 1.0]])}, "nats")
    assert figure.axes[0].get_ylabel() == "Training loss (nats, mean per patient)"


def _bands(losses: dict[int, list[list[float]]]) -> dict[int, pd.DataFrame]:
    return {dimension: loss_bands(_history(own)) for dimension, own in losses.items()}


COURSE = [40.0, 20.0, *np.linspace(12, 10, 198).tolist()]


def test_a_plain_training_is_shown_whole_and_nothing_is_marked() -> None:
    low, high = whole_limits(_bands({2: [COURSE, COURSE]}))
    assert low < 10
    assert 40 < high < 42
    figure = training({2: _history([COURSE, COURSE])})
    assert [text.get_text() for text in figure.axes[0].get_legend().get_texts()] == ["2 (2 replicas)"]


@pytest.mark.parametrize(
    "astray",
    [
        pytest.param({2: [COURSE] * 3, 3: [[1e16, 1e9, *COURSE[2:]]] * 3}, id="first epochs"),
        pytest.param({2: [COURSE] * 3, 3: [COURSE, COURSE, [1e16] * 200]}, id="one replica"),
        pytest.param({2: [COURSE] * 3, 3: [[1e16] * 200] * 3}, id="one dimension"),
    ],
)
def test_what_would_squash_the_rest_leaves_the_axis_and_is_marked(astray: dict[int, list[list[float]]]) -> None:
    low, high = whole_limits(_bands(astray))
    assert 0 < low < 10
    assert 12 < high < 300
    axes = training({dimension: _history(own) for dimension, own in astray.items()}).axes[0]
    assert axes.get_ylim() == (low, high)
    assert axes.get_yscale() == "linear"
    marks = [line for line in axes.lines if line.get_marker() == "^"]
    assert [(line.get_color(), line.get_xydata().tolist()) for line in marks] == [(cluster_look(1).colour, [[1, high]])]
    texts = [text.get_text() for text in axes.get_legend().get_texts()]
    assert texts[-1] == "above the axis,\nup to 1e16"


def test_a_training_of_one_epoch_and_one_that_is_astray_as_a_whole_are_drawn() -> None:
    assert training({2: _history([[5.0]])}).axes
    low, high = whole_limits(_bands({2: [[1e12, 9e11, 8e11, 8e11]]}))
    assert low < 8e11 < high
