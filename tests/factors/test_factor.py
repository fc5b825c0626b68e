from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from retina_vae.cohort import CohortSchema, Column
from retina_vae.factors import Factor, column_factors
from retina_vae.factors.factor import RARE, code_bins


def test_numbers_lie_in_groups_of_the_same_size() -> None:
    levels = Factor("v", np.random.default_rng(0).normal(size=2_000) ** 3, True).levels
    assert np.bincount(levels).tolist() == [200] * 10


def test_equal_numbers_share_a_group() -> None:
    values = np.concatenate([np.zeros(600), np.linspace(1, 2, 400)])
    levels = Factor("v", values, True).levels
    assert np.unique(levels[:600]).tolist() == [0]
    assert levels[600:].min() == 1
    assert Factor("v", np.repeat([0.0, 1.0], 500), True).levels.tolist() == [0] * 500 + [1] * 500


def test_categories_stay_and_rare_ones_and_gaps_have_no_group() -> None:
    values = np.repeat([0.0, 1.0, 2.0, np.nan], [100, RARE - 1, RARE, 5])
    levels = Factor("v", values, False).levels
    assert np.unique(levels[:100]).tolist() == [0]
    assert np.unique(levels[100 : 100 + RARE - 1]).tolist() == [-1]
    assert np.unique(levels[-RARE - 5 : -5]).tolist() == [1]
    assert np.unique(levels[-5:]).tolist() == [-1]


@pytest.mark.parametrize("values", [np.full(50, np.nan), np.zeros(50), np.repeat([0.0, 1.0], [45, 5])])
def test_what_does_not_vary_cannot_be_measured(values: np.ndarray) -> None:
    assert not Factor("v", values, False).measurable
    assert not Factor("v", values, True).measurable


def test_few_items_have_few_bins() -> None:
    assert [code_bins(items) for items in (10, 80, 500, 2_000, 10**6)] == [2, 4, 10, 20, 20]


def test_the_inputs_of_a_cohort_are_factors_and_nothing_else_is() -> None:
    schema = CohortSchema(
        identifier="id",
        columns=(
            Column(name="stage", label="Stage", kind="ordinal", role="input", categories=("I", "II")),
            Column(name="age", label="Age", kind="continuous", role="input"),
            Column(name="died", label="Died", kind="binary", role="outcome", categories=("no", "yes")),
        ),
    )
    patients = pd.DataFrame({"id": ["a", "b", "c"], "stage": ["II", None, "I"], "age": [4.0, 5.0, np.nan]})
    stage, age = column_factors(patients.assign(died="no"), schema)
    assert (stage.name, stage.numeric, age.name, age.numeric) == ("stage", False, "age", True)
    np.testing.assert_array_equal(stage.values, [1, np.nan, 0])
    np.testing.assert_array_equal(age.values, [4, 5, np.nan])
