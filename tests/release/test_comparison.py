"""A released comparison of two runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from retina_vae.compare import Comparison, compare_runs, open_run
from retina_vae.compare.correspondence import Correspondence, correspond
from retina_vae.compare.runs import FinishedRun
from retina_vae.release import release_comparison
from retina_vae.release.comparison import release_correspondence
from tests.compare.conftest import write_run
from tests.release.attacker import possible, sums_of

Make = Callable[..., Path]


@pytest.fixture(scope="module")
def patients(simulated_patients: pd.DataFrame) -> pd.DataFrame:
    return simulated_patients.iloc[::10].reset_index(drop=True)


@pytest.fixture(scope="module")
def clusters(patients: pd.DataFrame) -> np.ndarray:
    """Six clusters of at least 20 patients."""
    polyps, drusen = ((patients[name] == "present").to_numpy() for name in ("polyps", "drusen"))
    return np.select([polyps, drusen], [1, 3], 5) + (patients["sex"] == "female").to_numpy()


@pytest.fixture
def make(tmp_path: Path) -> Make:
    return lambda name, *arguments, **changes: write_run(tmp_path / "results" / name, *arguments, **changes)


def released(a: FinishedRun, b: FinishedRun) -> Comparison:
    return release_comparison(compare_runs(a, b), a, b)


def shown(*clusters: np.ndarray, **alone: np.ndarray) -> Correspondence:
    return release_correspondence(correspond(*clusters, **alone), 11)


def labels(counts: list[list[int]]) -> tuple[np.ndarray, np.ndarray]:
    """Two clusterings, from 1, that share so many patients."""
    table = np.array(counts)
    rows, columns = np.indices(table.shape)
    return tuple((np.repeat(numbers.ravel(), table.ravel()) + 1).astype(np.int64) for numbers in (rows, columns))


def test_the_stricter_floor_of_the_two_runs_holds(make: Make, patients: pd.DataFrame, clusters: np.ndarray) -> None:
    """Five patients are in A alone, so neither this nor the number in both, from which it follows, is shown."""
    a = open_run(make("a", patients, clusters, disclosure={"small_cell_floor": 11}))
    b = open_run(make("b", patients[5:].reset_index(drop=True), clusters[5:]))
    for found in (released(a, b), released(b, a)):
        assert "fewer than 11 patients" in found.footnote
        assert found.patients.both is None
    assert released(a, b).patients.only_a is released(b, a).patients.only_b is None
    assert released(a, b).patients.only_b == 0
    assert released(b, b).footnote == ""


def test_few_patients_behind_an_identifier_of_both_are_not_counted_out(
    make: Make, patients: pd.DataFrame, clusters: np.ndarray
) -> None:
    older = patients.assign(age=patients["age"] + np.where(patients.index < 4, 1, 0))
    strict = {"disclosure": {"small_cell_floor": 11}}
    a, b = make("a", patients, clusters, **strict), make("b", older, clusters, **strict)
    found = released(open_run(a), open_run(b)).patients
    assert (found.renamed, found.differing) == (None, {"age": None})


def test_neither_few_who_are_alike_by_chance_nor_few_who_are_not_are_told(
    make: Make, patients: pd.DataFrame, clusters: np.ndarray
) -> None:
    a, b = (open_run(make(name, patients, clusters, disclosure={"small_cell_floor": 11})) for name in "ab")
    found = compare_runs(a, b)

    def told(coincident: int) -> int | None:
        counts = replace(found.patients, both=0, only_a=300, only_b=300, coincident=coincident)
        return release_comparison(replace(found, patients=counts), a, b).patients.coincident

    assert [told(count) for count in (0, 5, 11, 289, 290, 300)] == [0, None, 11, 289, None, 300]


def test_numbers_of_few_patients_are_not_shown_and_do_not_follow() -> None:
    counts = np.array([[80, 4, 0], [3, 90, 30], [0, 25, 60]])
    found = shown(*labels(counts.tolist()))
    hidden = np.array([[count is None for count in row] for row in found.counts])
    assert hidden[(counts > 0) & (counts < 11)].all()
    bounds = possible(counts.ravel(), hidden.ravel(), sums_of(counts.shape), 1)
    assert all(low < high for low, high in bounds.values())
    for pair in found.pairs:
        assert (pair.shared is None) == (pair.jaccard is None) == hidden[pair.a - 1, pair.b - 1]
    assert found.kept == round(found.kept, 2)


def test_of_a_cluster_of_few_patients_nothing_is_shown() -> None:
    found = shown(*labels([[5, 0, 0], [0, 40, 0], [0, 3, 90]]))
    assert found.counts[0] == found.counts[1] == [None] * 3
    assert (found.pairs[0].size_a, found.pairs[0].size_b, found.pairs[0].shared) == (None, None, None)
    assert found.pairs[2].size_a == 93


def test_a_part_that_is_not_shown_is_not_told_by_a_split() -> None:
    """6 of 20 patients are more than a quarter, but fewer than 11."""
    tables = labels([[14, 6, 0], [30, 40, 50]])
    assert [one.cluster for one in correspond(*tables).splits] == [1, 2]
    assert [one.cluster for one in shown(*tables).splits] == []


def test_how_many_of_a_cluster_are_in_one_run_alone_does_not_follow_either() -> None:
    """The sizes of A's clusters are known, and 40 patients are in A alone: 4 of the first, 36 of the second."""
    counts, only_a = np.array([[90, 30], [40, 80]]), np.repeat([1, 2], [4, 36])
    found = shown(*labels(counts.tolist()), only_a=only_a)
    table = np.column_stack([counts, [4, 36]])
    # What is not shown, of the pairs and of the sizes in both runs, from which the last column follows.
    last = [[pair.size_a is None] for pair in found.pairs]
    hidden = np.hstack([[[count is None for count in row] for row in found.counts], last])
    assert hidden[:, 2].all()
    bounds = possible(table.ravel(), hidden.ravel(), sums_of(table.shape), 1)
    assert all(low < high for low, high in bounds.values())
    assert bounds[2][0] <= 1 < 10 <= bounds[2][1]
    assert all(pair.jaccard is None for pair in found.pairs)


def test_agreements_are_rounded_and_means_over_clusters_left_out_where_one_is_hidden(
    make: Make, patients: pd.DataFrame, clusters: np.ndarray
) -> None:
    strict, moved = {"disclosure": {"small_cell_floor": 11}}, clusters.copy()
    moved[np.flatnonzero(clusters == 1)[5:]] = 2
    moved[:40] = 6
    a, b = open_run(make("a", patients, clusters, **strict)), open_run(make("b", patients, moved, **strict))
    found = released(a, b)
    assert all(own.ari == round(own.ari, 2) for own in found.agreement)
    means = {own.name: (own.a, own.b) for own in found.measures}
    assert means["jaccard_least"] == (0.5, None)
    assert means["clusters"] == (6, 6)
