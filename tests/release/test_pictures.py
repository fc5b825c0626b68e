"""What the pictures of the cohort are drawn from: bars, bins and curves."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from retina_vae.cohort import CohortSchema, Column
from retina_vae.release.densities import density, microaggregated
from retina_vae.release.pictures import PICTURES, bar_table, count_bins, curve_table, shown_categories
from retina_vae.report.figures.distributions import PICTURES as DRAWN
from tests.release.full import context_of


def test_every_picture_that_is_drawn_has_what_it_is_drawn_from() -> None:
    assert set(PICTURES) == set(DRAWN)


def test_density_integrates_to_one_and_finds_the_normal() -> None:
    values = np.random.default_rng(0).normal(60, 5, 20_000)
    grid = np.linspace(20, 100, 2001)
    height = density(values, grid)
    assert np.trapezoid(height, grid) == pytest.approx(1, abs=1e-6)
    normal = np.exp(-0.5 * ((grid - 60) / 5) ** 2) / (5 * np.sqrt(2 * np.pi))
    assert np.abs(height - normal).max() < 0.1 * normal.max()


@pytest.mark.parametrize("values", [np.full(50, 40.0), np.array([40.0]), np.array([40.0] * 60 + [41.0] * 20)])
def test_density_of_equal_values_is_finite(values: np.ndarray) -> None:
    grid = np.linspace(0, 100, 20001)
    assert np.trapezoid(density(values, grid), grid) == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize(("top", "width"), [(0, 1), (11, 1), (12, 2), (100, 9), (1200, 100)])
def test_bins_hold_every_count_once(top: int, width: int) -> None:
    bins = count_bins(np.arange(0, top + 1, max(1, top // 500), dtype=float).clip(max=top), 0)
    assert len(bins) <= 12
    assert bins[0][0] == 0
    assert all(high + 1 == low for (_, high), (low, _) in pairwise(bins))
    assert {high - low + 1 for low, high in bins[:-1]} <= {width}
    assert bins[-1][1] >= top


def test_a_far_count_does_not_squash_the_others() -> None:
    bins = count_bins(np.array([0.0, 1.0, 2.0, 3.0] * 50 + [5000.0]), 0)
    assert bins == [(0, 0), (1, 1), (2, 2), (3, math.inf)]


def test_of_many_categories_the_most_frequent_are_shown() -> None:
    column = Column(name="x", label="X", kind="nominal", categories=tuple("abcdefghijklmnop"))
    values = pd.Series(list("ponmlkjihgf") * 3 + list("abcde"))
    names, positions = shown_categories(values, column)
    assert names == [*"fghijklmnop", "5 others"]
    assert sorted(place for own in positions for place in own) == list(range(16))
    graded = Column(name="x", label="X", kind="ordinal", categories=tuple("abcdefghijklmnop"))
    assert shown_categories(values, graded)[0] == list("abcdefghijklmnop")


def test_no_hump_of_a_density_is_one_patient() -> None:
    """Of 60 patients one is 30 years old: with a floor the curve has nothing there."""
    values, grid = np.append(np.linspace(65, 80, 59), 30.0), np.linspace(20, 90, 701)
    at_30 = np.abs(grid - 30).argmin()
    assert density(values, grid)[at_30] > 1e-3
    assert density(values, grid, floor=11)[at_30] < 1e-6


def test_neighbours_become_their_mean_and_keep_their_place() -> None:
    values = np.random.default_rng(0).normal(size=103)
    changed = microaggregated(values, 10)
    means, counts = np.unique(changed, return_counts=True)
    assert counts.min() >= 10
    assert len(means) == 10
    assert changed.mean() == pytest.approx(values.mean())
    assert (np.argsort(changed, kind="stable")[:10] == np.sort(np.argsort(values)[:10])).all()


SEX = Column(name="sex", label="Sex", kind="nominal", categories=("male", "female"))


def bars(table: pd.DataFrame, floor: int = 0, *outcomes: str, column: Column = SEX) -> pd.DataFrame:
    """Shares by group and bar."""
    group = {"name": "group", "label": "Group", "kind": "nominal", "role": "outcome", "categories": outcomes}
    schema = CohortSchema(identifier="id", columns=(*([Column(**group)] if outcomes else []), column))
    context = context_of(table, pd.Series(1, index=table.index), schema, floor)
    return bar_table(context).pivot(index="group", columns="bar", values="share")


def test_a_share_has_its_binomial_error() -> None:
    table = pd.DataFrame({"sex": ["male"] * 20 + ["female"] * 80})
    context = context_of(table, pd.Series(1, index=table.index), CohortSchema(identifier="id", columns=(SEX,)), 0)
    found = bar_table(context).set_index("bar")
    assert found["share"].to_dict() == {"male": 0.2, "female": 0.8}
    assert found.loc["male", "error"] == pytest.approx(0.04)


def test_missing_values_leave_the_denominator() -> None:
    table = pd.DataFrame({"group": ["a"] * 4 + ["b"], "sex": ["male", "female", None, None, None]})
    found = bars(table, 0, "a", "b")
    assert found.loc["a"].tolist() == [0.5, 0.5]
    assert found.loc["b"].isna().all()


def test_joined_categories_are_left_out_where_one_of_them_is() -> None:
    letters = Column(name="sex", label="Letter", kind="nominal", categories=tuple("abcdefghijklmn"))
    table = pd.DataFrame(
        {"sex": list("".join(letter * 40 for letter in "abcdefghijk") + "l" * 30 + "m" * 30 + "n" * 4)}
    )
    found = bars(table, 11, column=letters).iloc[0]
    assert np.isnan(found["3 others"])
    assert found["a"] == pytest.approx(40 / len(table))
    assert not math.isnan(bars(table, column=letters).iloc[0]["3 others"])


def test_a_group_of_several_outcomes_is_left_out_where_one_of_them_is_small() -> None:
    names, sizes = tuple("abcdefghij"), [100] * 8 + [60, 4]
    table = pd.DataFrame({"group": np.repeat(list(names), sizes), "sex": "male"})
    table.loc[::2, "sex"] = "female"
    found = bars(table, 11, *names)
    assert found.loc["other (3 categories)"].isna().all()
    assert found.loc["b"].notna().all()


def test_a_group_of_few_numbers_has_no_curve() -> None:
    age = Column(name="age", label="Age", kind="continuous")
    group = Column(name="group", label="Group", kind="nominal", role="outcome", categories=("a", "b"))
    schema = CohortSchema(identifier="id", columns=(group, age))
    table = pd.DataFrame({"group": ["a"] * 40 + ["b"] * 60, "age": np.arange(100.0)})
    table.loc[5:39, "age"] = np.nan
    context = context_of(table, pd.Series(1, index=table.index), schema, 11)
    assert set(curve_table(context)["group"]) == {"b"}
