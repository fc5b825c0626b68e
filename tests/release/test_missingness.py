"""Patterns of gaps without few patients, nor numbers from which few would follow."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from retina_vae.clusters.description.counts import count_table
from retina_vae.clusters.description.missingness import missing_patterns, missingness_table
from retina_vae.cohort import CohortSchema, Column
from retina_vae.release.account import column_table
from retina_vae.release.context import Context
from retina_vae.release.counts import release_counts
from retina_vae.release.missingness import OTHER_PATTERNS, release_missing_patterns, release_missingness

FLOOR = 11
NAMES = ("a", "b", "c", "d")
SCHEMA = CohortSchema(
    identifier="id", columns=tuple(Column(name=name, label=name, kind="continuous") for name in NAMES)
)


def context_of(gaps: np.ndarray, floor: int = FLOOR, clusters: np.ndarray | None = None) -> Context:
    patients = pd.DataFrame(np.where(gaps, np.nan, 1.0), columns=list(NAMES[: gaps.shape[1]]))
    for name in NAMES[gaps.shape[1] :]:
        patients[name] = 1.0
    patients.insert(0, "id", [f"p{row}" for row in range(len(gaps))])
    own = pd.Series(np.ones(len(gaps), int) if clusters is None else clusters, name="cluster")
    return Context(floor, SCHEMA, patients, own, count_table(patients, own, SCHEMA))


@pytest.mark.parametrize("seed", range(30))
def test_what_the_shown_patterns_leave_of_a_column_or_of_all_is_nobody_or_no_few(seed: int) -> None:
    rng = np.random.default_rng(seed)
    gaps = rng.random((150, 4)) < rng.uniform(0.02, 0.5, 4)
    context = context_of(gaps)
    full = missing_patterns(context.patients, SCHEMA)
    shown = release_missing_patterns(full, context)
    assert shown["patients"].sum() == 150
    named = shown[shown["pattern"] != OTHER_PATTERNS]
    assert (shown["patients"] >= FLOOR).all()
    for place, name in enumerate(NAMES):
        own = named["pattern"].str.split("; ").map(lambda names, name=name: name in names)
        rest = gaps[:, place].sum() - named.loc[own, "patients"].sum()
        # Where every pattern with the column is pooled, its number is that of the column, which has a rule of its own.
        assert rest == 0 or rest >= FLOOR or not own.any()
        others = (~gaps[:, place]).sum() - named.loc[~own, "patients"].sum()
        assert others == 0 or others >= FLOOR or own.all()


def test_a_rare_pattern_takes_the_next_one_along() -> None:
    gaps = np.zeros((100, 2), bool)
    gaps[:3] = [True, True]
    gaps[3:15, 0], gaps[15:40, 1] = True, True
    shown = release_missing_patterns(missing_patterns(context_of(gaps).patients, SCHEMA), context_of(gaps))
    assert shown["pattern"].tolist() == ["", OTHER_PATTERNS]
    assert shown["patients"].tolist() == [60, 40]


def test_no_few_who_have_a_column_are_left_among_those_who_are_pooled() -> None:
    """20 are pooled, of whom 17 lack b; without more of them it would follow that 3 have it."""
    gaps = np.zeros((117, 3), bool)
    gaps[:57, [0, 1]], gaps[57:97, 0] = True, True
    gaps[97:114, 1:], gaps[114:] = True, [False, False, True]
    gaps[97:105, 2] = False
    context = context_of(gaps)
    full = missing_patterns(context.patients, SCHEMA)
    assert dict(zip(full["pattern"], full["patients"], strict=True)) == {
        "a; b": 57, "a": 40, "b; c": 9, "b": 8, "c": 3
    }  # fmt: skip
    shown = release_missing_patterns(full, context)
    assert dict(zip(shown["pattern"], shown["patients"], strict=True)) == {"a; b": 57, OTHER_PATTERNS: 60}


def test_how_many_lack_a_column_is_not_told_where_a_small_category_would_follow() -> None:
    """3 say yes and 947 no, which tables of counts show: with the 50 who lack it, 3 would follow from 1,000."""
    values = pd.Categorical(["yes"] * 3 + ["no"] * 947 + [None] * 50, categories=["no", "yes"])
    schema = CohortSchema(
        identifier="id",
        columns=(
            Column(name="a", label="a", kind="binary", categories=("no", "yes"), finding="yes"),
            Column(name="b", label="b", kind="continuous"),
        ),
    )
    patients = pd.DataFrame({"id": [f"p{row}" for row in range(1000)], "a": values, "b": 1.0})
    patients.loc[:99, "b"] = np.nan
    clusters = pd.Series(np.tile([1, 2], 500), name="cluster")
    counts = count_table(patients, clusters, schema)
    context = Context(FLOOR, schema, patients, clusters, counts.assign(category=counts["category"].fillna("")))
    shown = release_counts(context.counts, context)
    assert shown.loc[(shown["column"] == "a") & (shown["category"] == "no"), "patients"].sum() == 947
    columns = column_table(context).set_index("column")
    assert columns.loc["a", ["observed", "missing"]].isna().all()
    assert columns.loc["b", ["observed", "missing"]].tolist() == [900, 100]
    patterns = release_missing_patterns(missing_patterns(patients, schema), context)
    assert dict(zip(patterns["pattern"], patterns["patients"], strict=True)) == {"": 850, OTHER_PATTERNS: 150}


def test_without_a_floor_all_is_shown() -> None:
    gaps = np.zeros((20, 2), bool)
    gaps[0, 0] = True
    context = context_of(gaps, floor=0)
    table = missing_patterns(context.patients, SCHEMA)
    pd.testing.assert_frame_equal(release_missing_patterns(table, context), table)


def test_numbers_of_few_gaps_are_left_out() -> None:
    gaps = np.zeros((100, 2), bool)
    gaps[:4, 0], gaps[:50, 1] = True, True
    clusters = np.repeat([1, 2], 50)
    context = context_of(gaps, clusters=clusters)
    shown = release_missingness(missingness_table(context.patients, clusters, SCHEMA, 1000, 1), context)
    by_column = shown.set_index("column")
    assert by_column.loc["a", ["effect_size", "not_applicable"]].isna().all()
    assert by_column.loc["b", "effect_size"] == 1.0
    assert by_column.loc["", "p_value"] == 1 / 1000
