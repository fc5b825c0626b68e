"""What is said of all other patients of a cluster gives no small number of all away."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from retina_vae.clusters.description.differences import difference_table
from retina_vae.clusters.description.profiles import profile_table
from retina_vae.cohort import CohortSchema, Column
from retina_vae.release.context import Context
from retina_vae.release.counts import hidden_totals
from retina_vae.release.described import release_differences, release_profiles
from tests.release.full import context_of

SCHEMA = CohortSchema(
    identifier="id",
    columns=(
        Column(name="age", label="Age", kind="continuous"),
        Column(name="cause", label="Cause", kind="nominal", categories=("heart", "lung", "blood", "skin")),
    ),
)


@pytest.fixture
def patients() -> pd.DataFrame:
    """Three clusters of 100: 4 patients with blood and 30 with skin in all, none of either in the first."""
    first, second = ["heart"] * 60 + ["lung"] * 40, ["heart"] * 50 + ["lung"] * 31 + ["blood"] * 4 + ["skin"] * 15
    third = ["heart"] * 45 + ["lung"] * 40 + ["skin"] * 15
    ages = np.random.default_rng(0).normal(60, 8, 300)
    return pd.DataFrame({"id": [f"P{place}" for place in range(300)], "age": ages, "cause": [*first, *second, *third]})


@pytest.fixture
def clusters() -> pd.Series:
    return pd.Series(np.repeat([1, 2, 3], 100))


@pytest.fixture
def context(patients: pd.DataFrame, clusters: pd.Series) -> Context:
    return context_of(patients, clusters, SCHEMA, 11)


def test_a_small_number_of_all_takes_the_next_one_with_it(context: Context) -> None:
    assert hidden_totals(context).to_numpy().tolist() == [["cause", "blood"], ["cause", "skin"]]


def test_no_number_of_all_is_hidden_without_a_floor(patients: pd.DataFrame, clusters: pd.Series) -> None:
    assert hidden_totals(context_of(patients, clusters, SCHEMA, 0)).empty


def test_where_a_cluster_has_none_the_others_do_not_tell_how_many_have_it(
    patients: pd.DataFrame, clusters: pd.Series, context: Context
) -> None:
    """Nobody of the first cluster has it, which is shown, so the share of all others would be 4 of 200."""
    full = profile_table(patients, clusters.to_numpy(), SCHEMA, {1: 0, 2: 100, 3: 200})
    shown = release_profiles(full, context)
    first = shown[(shown["cluster"] == 1) & (shown["column"] == "cause")].set_index("category")
    assert first.loc["blood", "inside"] == 0
    assert first.loc[["blood", "skin"], ["outside", "standardized_difference"]].isna().all(axis=None)
    assert first.loc[["heart", "lung"], ["inside", "outside"]].notna().all(axis=None)
    counted = full["outside"].mul(full["observed_outside"]).round()[full["statistic"] == "share"]
    small = counted.index[counted.between(1, 10)]
    assert len(small)
    assert shown.loc[small, "outside"].isna().all()


def test_tests_do_not_tell_it_either(patients: pd.DataFrame, clusters: pd.Series, context: Context) -> None:
    full = difference_table(patients, clusters.to_numpy(), SCHEMA, seen=(), seed=1)
    shown = release_differences(full, context)
    cause, age = shown[shown["column"] == "cause"], shown[shown["column"] == "age"]
    assert cause[["statistic", "p_value", "effect_size"]].isna().all(axis=None)
    assert age[["statistic", "p_value", "effect_size"]].notna().all(axis=None)
