"""The pictures of the kinds: what their bars and curves say."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes

from retina_vae.cohort import CohortSchema, Column
from retina_vae.cohort.kinds import KINDS
from retina_vae.report.figures.distributions import PICTURES
from retina_vae.report.figures.grouped import GroupedPatients
from retina_vae.report.figures.style import new_figure
from tests.report.released import cohort_of


def drawn(column: Column, values: list[float], floor: int = 0) -> Axes:
    schema = CohortSchema(identifier="patient_id", columns=(column,))
    axes = new_figure(4, 3).add_subplot()
    cohort = GroupedPatients(cohort_of(pd.DataFrame({column.name: values}), schema, floor))
    PICTURES[column.kind_of.picture].draw(axes, [column], cohort)
    return axes


def area(axes: Axes) -> float:
    line = axes.lines[0]
    return float(np.trapezoid(line.get_ydata(), line.get_xdata()))


def test_every_kind_has_a_picture() -> None:
    assert {kind.picture for kind in KINDS.values()} <= set(PICTURES)


def test_a_positive_number_is_a_bell_on_the_axis_of_its_logarithm() -> None:
    values = np.exp(np.random.default_rng(0).normal(0, 1, 5000))
    axes = drawn(Column(name="x", label="X", kind="positive", unit="mg"), list(values))
    line = axes.lines[0]
    assert area(axes) == pytest.approx(1, abs=0.02)
    assert abs(line.get_xdata()[line.get_ydata().argmax()]) < 0.15
    for place, label in zip(axes.get_xticks(), axes.get_xticklabels(), strict=True):
        assert 10.0**place == pytest.approx(float(label.get_text().replace(",", "")), rel=1e-6)
    assert axes.get_ylabel() == "Density per factor of 10"


def test_areas_of_a_zero_inflated_number_are_its_shares() -> None:
    positive = np.exp(np.random.default_rng(0).normal(3, 1, 3000))
    axes = drawn(Column(name="x", label="X", kind="zero_inflated"), [0.0] * 1000 + list(positive))
    (bar,) = axes.patches
    assert bar.get_width() / 0.92 * bar.get_height() == pytest.approx(0.25)
    assert area(axes) == pytest.approx(0.75, abs=0.02)
    assert axes.get_xticklabels()[0].get_text() == "0"
    assert bar.get_x() < axes.get_xticks()[0] < bar.get_x() + bar.get_width()
    assert bar.get_height() < axes.get_ylim()[1]


def test_zeros_of_few_patients_leave_the_whole_curve_out() -> None:
    positive = list(np.exp(np.random.default_rng(0).normal(3, 1, 300)))
    column = Column(name="x", label="X", kind="zero_inflated")
    assert len(drawn(column, [0.0] * 5 + positive, floor=11).lines) == 0
    assert len(drawn(column, [0.0] * 50 + positive, floor=11).lines) == 1


def test_counts_are_shares_of_the_known_ones() -> None:
    axes = drawn(Column(name="x", label="Visits", kind="count"), [0, 0, 0, 1, 3, math.nan, math.nan, math.nan])
    assert [bar.get_height() for bar in axes.patches] == [0.6, 0.2, 0.0, 0.2]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["0", "1", "2", "3"]
