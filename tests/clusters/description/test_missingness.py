"""What is missing together, and whether the clusters go with it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import kstest
from sklearn.metrics import adjusted_mutual_info_score, mutual_info_score

from retina_vae.clusters.description import missingness
from retina_vae.clusters.description.missingness import missing_patterns, missingness_table, pattern_names, pattern_text
from retina_vae.cohort import CohortSchema, Column

SCHEMA = CohortSchema(
    identifier="id",
    columns=tuple(Column(name=name, label=name.upper(), kind="continuous") for name in ("a", "b", "c")),
)


def patients_lacking(**lacking: np.ndarray) -> pd.DataFrame:
    count = len(next(iter(lacking.values())))
    table = pd.DataFrame({"id": [f"p{row}" for row in range(count)], "a": 1.0, "b": 2.0, "c": 3.0})
    for name, gaps in lacking.items():
        table.loc[gaps, name] = np.nan
    return table


def test_patterns_are_counted_the_most_frequent_first() -> None:
    table = patients_lacking(a=np.array([1, 1, 0, 0, 0, 0], bool), c=np.array([1, 0, 0, 0, 0, 1], bool))
    assert missing_patterns(table, SCHEMA).to_dict("list") == {
        "pattern": ["", "a", "a; c", "c"],
        "columns": [0, 1, 2, 1],
        "patients": [3, 1, 1, 1],
    }


@pytest.mark.parametrize("names", [["a; b"], ["a", "b; c", 'd"e'], ['"', ";", "; "], ["a"], []])
def test_a_pattern_gives_its_names_back_whatever_they_hold(names: list[str]) -> None:
    assert pattern_names(pattern_text(names)) == names


def test_a_column_with_a_semicolon_in_its_name_is_one_column() -> None:
    columns = tuple(Column(name=name, label="x", kind="continuous") for name in ("dose; mg", "b"))
    table = pd.DataFrame({"id": ["p", "q"], "dose; mg": [np.nan, 1.0], "b": [1.0, 1.0]})
    found = missing_patterns(table, CohortSchema(identifier="id", columns=columns))
    assert found["columns"].tolist() == [0, 1]


def test_gaps_that_make_the_clusters_are_found() -> None:
    clusters = np.repeat([1, 2], 100)
    table = missingness_table(patients_lacking(b=clusters == 2), clusters, SCHEMA, 1000, 1)
    assert table["column"].tolist() == ["", "b"]
    assert table["ami"][0] == pytest.approx(1.0)
    assert table["p_value"][0] == 1 / 1000
    assert table["effect_size"][1] == pytest.approx(1.0)


def test_the_numbers_are_those_of_others() -> None:
    rng = np.random.default_rng(1)
    clusters = rng.integers(1, 4, 300)
    gaps = rng.random(300) < 0.1 * clusters
    table = missingness_table(patients_lacking(b=gaps), clusters, SCHEMA, 1000, 1)
    assert table["ami"][0] == pytest.approx(adjusted_mutual_info_score(gaps, clusters))
    counts = pd.crosstab(gaps, clusters).to_numpy()
    expected = np.outer(counts.sum(1), counts.sum(0)) / 300
    assert table["effect_size"][1] == pytest.approx(np.sqrt(((counts - expected) ** 2 / expected).sum() / 300))
    again, observed = np.random.default_rng(7), mutual_info_score(gaps, clusters)
    reached = [mutual_info_score(gaps, again.permutation(clusters)) >= observed for _ in range(2000)]
    assert table["p_value"][0] == pytest.approx(np.mean(reached), abs=0.02)


def test_p_values_are_uniform_where_gaps_come_about_by_chance(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(missingness, "PERMUTATIONS", 199)
    rng = np.random.default_rng(4)
    found = []
    for seed in range(150):
        table = patients_lacking(a=rng.random(120) < 0.3, b=rng.random(120) < 0.5)
        found.append(missingness_table(table, rng.integers(1, 4, 120), SCHEMA, 1000, seed)["p_value"][0])
    assert kstest(found, "uniform").pvalue > 0.01


def test_the_seed_decides() -> None:
    rng = np.random.default_rng(2)
    given = patients_lacking(a=rng.random(80) < 0.4), rng.integers(1, 3, 80), SCHEMA, 1000
    pd.testing.assert_frame_equal(missingness_table(*given, 3), missingness_table(*given, 3))


def test_gaps_where_nothing_applies_are_counted_apart() -> None:
    table = patients_lacking(b=np.array([1, 1, 1, 0, 0, 0], bool))
    table["b (remark)"] = pd.Series(["not applicable", None, "not applicable", None, None, None], dtype="str")
    own = missingness_table(table, np.array([1, 2, 1, 2, 1, 2]), SCHEMA, 1000, 1)
    assert own["not_applicable"][1] == 2


def test_one_cluster_or_no_gaps_leave_nothing_to_compare() -> None:
    nobody = patients_lacking(a=np.zeros(10, bool))
    assert missingness_table(nobody, np.repeat([1, 2], 5), SCHEMA, 1000, 1).empty
    alone = missingness_table(patients_lacking(a=np.arange(20) < 8), np.ones(20, int), SCHEMA, 1000, 1)
    assert alone[["ami", "p_value", "effect_size"]].isna().all(axis=None)
