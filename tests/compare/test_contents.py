from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from retina_vae.cohort import simulate
from retina_vae.cohort.simulated.epidemiology import Epidemiology
from retina_vae.compare import compare_runs, lay_out, open_run
from retina_vae.compare.contents import content_keys, match_contents
from retina_vae.compare.patients import match_patients
from retina_vae.release import release_comparison
from retina_vae.studies.macular.schema import MACULAR

Make = Callable[..., Path]


def one_label(count: int, label: int = 1) -> np.ndarray:
    return np.full((count, 1), label)


def renamed(patients: pd.DataFrame, letter: str = "Q") -> pd.DataFrame:
    return patients.assign(patient_id=[f"{letter}{place:04d}" for place in range(len(patients))])


def test_the_same_patients_under_other_names_in_another_order_are_all_found(
    make: Make, patients: pd.DataFrame, clusters: np.ndarray
) -> None:
    order = np.random.default_rng(1).permutation(len(patients))
    a = open_run(make("a", patients, clusters))
    b = open_run(make("b", renamed(patients.iloc[order].reset_index(drop=True)), clusters[order]))
    overlap = match_patients(a, b)
    np.testing.assert_array_equal(overlap.a, np.arange(len(patients)))
    np.testing.assert_array_equal(order[overlap.b], np.arange(len(patients)))
    assert (overlap.by_content, overlap.only_a, overlap.only_b) == (len(patients), 0, 0)
    assert (overlap.ambiguous_a, overlap.ambiguous_b, overlap.coincident) == (0, 0, 0)
    found = compare_runs(a, b)
    assert found.agreement[0].ari == 1
    said = " ".join(next(part for part in lay_out(found) if part.title == "Patients").after)
    assert f"identifiers do not agree: {len(patients)} patients." in said
    assert "no patient in common" not in said


def test_exchanged_names_do_not_hide_that_the_patients_are_the_same(
    make: Make, patients: pd.DataFrame, clusters: np.ndarray
) -> None:
    turned = patients.assign(patient_id=np.roll(patients["patient_id"].to_numpy(), 1))
    overlap = match_patients(open_run(make("a", patients, clusters)), open_run(make("b", turned, clusters)))
    assert (len(overlap.a), overlap.by_content, overlap.renamed) == (300, 300, 300)
    np.testing.assert_array_equal(overlap.a, overlap.b)


def test_only_those_whose_names_disagree_are_matched_by_their_values(
    make: Make, patients: pd.DataFrame, clusters: np.ndarray
) -> None:
    names = patients["patient_id"].where(patients.index >= 20, "X" + patients["patient_id"])
    other = patients.assign(patient_id=names)
    overlap = match_patients(open_run(make("a", patients, clusters)), open_run(make("b", other, clusters)))
    assert (len(overlap.a), overlap.by_content, overlap.renamed) == (300, 20, 0)


def test_another_cohort_has_nobody_in_common(make: Make, epidemiology: Epidemiology, clusters: np.ndarray) -> None:
    cohorts = [renamed(simulate(epidemiology, MACULAR, 100, seed)) for seed in (1, 2)]
    a, b = (open_run(make(name, own, clusters)) for name, own in zip("ab", cohorts, strict=True))
    overlap = match_patients(a, b)
    assert (len(overlap.a), overlap.by_content, overlap.coincident) == (0, 0, 0)


def test_equal_rows_of_another_coarse_cohort_are_a_coincidence(
    make: Make, epidemiology: Epidemiology, clusters: np.ndarray
) -> None:
    cohorts = [simulate(epidemiology, MACULAR, 100, seed) for seed in (1, 2)]
    coarse = [own.assign(age=10 * (own["age"] // 10), srh="absent") for own in cohorts]
    coarse[1] = renamed(coarse[1])
    a, b = (open_run(make(name, own, clusters)) for name, own in zip("ab", coarse, strict=True))
    overlap = match_patients(a, b)
    assert (len(overlap.a), overlap.by_content) == (0, 0)
    assert overlap.coincident > 100
    said = " ".join(next(part for part in lay_out(compare_runs(a, b)) if part.title == "Patients").after)
    assert "so nobody was matched by values alone" in said


def test_duplicates_are_matched_where_it_does_not_matter_who_is_whose() -> None:
    a, b = np.array([1, 1, 2, 3]), np.array([3, 1, 1, 2])
    found = match_contents(a, b, np.array([[5], [5], [6], [6]]), np.array([[7], [8], [8], [7]]))
    assert found.a.tolist() == [0, 1, 2, 3]
    assert found.b.tolist() == [1, 2, 3, 0]
    assert (found.ambiguous_a, found.ambiguous_b) == (0, 0)


def test_duplicates_in_several_clusters_are_ambiguous() -> None:
    a, b = np.array([1, 1, 2, 3]), np.array([3, 1, 1, 2])
    found = match_contents(a, b, np.array([[5], [5], [6], [6]]), np.array([[7], [8], [7], [7]]))
    assert found.a.tolist() == [2, 3]
    assert found.b.tolist() == [3, 0]
    assert (found.ambiguous_a, found.ambiguous_b) == (2, 2)


def test_of_duplicates_no_more_are_matched_than_both_runs_have() -> None:
    a, b = np.array([*range(40), 40, 40, 40]), np.array([*range(40), 40, 40])
    found = match_contents(a, b, one_label(43), one_label(42))
    assert (len(found.a), found.ambiguous_a, found.ambiguous_b) == (42, 0, 0)
    assert len(set(found.a.tolist())) == len(set(found.b.tolist())) == 42


def test_a_single_equal_row_among_many_is_a_coincidence() -> None:
    a, b = np.arange(100), np.arange(99, 199)
    found = match_contents(a, b, one_label(100), one_label(100))
    assert (len(found.a), found.identified, found.equal) == (0, False, 1)


@pytest.mark.parametrize(("change", "same"), [(1e-12, True), (1e-3, False)])
def test_values_are_the_same_within_nine_digits(patients: pd.DataFrame, change: float, same: bool) -> None:
    other = patients.assign(age=patients["age"] + change)
    keys = content_keys(patients, other, (MACULAR, MACULAR))
    assert (keys[0] == keys[1]).mean() == pytest.approx(1.0 if same else 0.0, abs=0.02)


def test_missing_values_are_equal_and_minus_zero_is_zero(patients: pd.DataFrame) -> None:
    holes = patients.assign(
        age=patients["age"].where(patients.index != 3), sex=patients["sex"].where(patients.index > 5)
    )
    first, second = content_keys(holes, holes.copy(), (MACULAR, MACULAR))
    np.testing.assert_array_equal(first, second)
    pairs = [patients.iloc[:1].assign(age=zero) for zero in (0.0, -0.0)]
    own, other = content_keys(*pairs, (MACULAR, MACULAR))
    assert own.tolist() == other.tolist()


def test_few_who_were_matched_by_their_values_are_not_counted_out(
    make: Make, patients: pd.DataFrame, clusters: np.ndarray
) -> None:
    names = patients["patient_id"].where(patients.index >= 4, "X" + patients["patient_id"])
    a = open_run(make("a", patients, clusters, disclosure={"small_cell_floor": 11}))
    b = open_run(make("b", patients.assign(patient_id=names), clusters))
    found = release_comparison(compare_runs(a, b), a, b)
    assert (found.patients.both, found.patients.by_content) == (300, None)
