import numpy as np
import pandas as pd

from retina_vae.clusters.description.parts import Parts, parts_of
from retina_vae.studies.macular.schema import MACULAR
from tests.clusters.description.clinic import CLINIC


def by_words(patients: pd.DataFrame, column: str, labels: np.ndarray) -> dict[str, Parts]:
    return {str(parts): parts for parts in parts_of(patients[column], MACULAR[column], labels)}


def same_partition(a: np.ndarray, b: np.ndarray) -> bool:
    pairs = np.unique(np.column_stack([a, b]), axis=0)
    return len(pairs) == len(np.unique(a)) == len(np.unique(b))


def test_categories_are_taken_as_they_are_or_one_against_the_others(simulated_patients: pd.DataFrame) -> None:
    p, labels = simulated_patients, np.zeros(3000, dtype=int)
    found = by_words(p, "race", labels)
    assert list(found) == ["race", *(f"race ({name} or not)" for name in MACULAR["race"].categories)]
    assert same_partition(found["race"].part, p["race"].cat.codes.to_numpy())
    assert same_partition(found["race (Black or not)"].part, (p["race"] == "Black").to_numpy())
    assert list(by_words(p, "sex", labels)) == ["sex"]


def test_numbers_are_cut_at_the_thresholds_that_tell_the_labels_apart(simulated_patients: pd.DataFrame) -> None:
    age = simulated_patients["age"]
    labels = np.digitize(age, [37, 52, 81])
    found = by_words(simulated_patients, "age", labels)
    best = found["age in 4 parts (at 37, 52 and 81 years)"]
    assert same_partition(best.part, labels)
    assert best.count == 4
    assert len(found) == 3 + 4


def test_numbers_are_cut_into_equal_parts(simulated_patients: pd.DataFrame) -> None:
    nothing = np.zeros(3000, dtype=int)
    found = list(by_words(simulated_patients, "age", nothing).values())
    assert [parts.count for parts in found] == [2, 3, 4, 5]
    for parts in found:
        np.testing.assert_allclose(np.bincount(parts.part) / 3000, 1 / parts.count, atol=0.02)


def test_the_same_parts_are_given_once() -> None:
    patients = pd.DataFrame({"age": np.repeat([30.0, 60.0], 50)})
    assert list(by_words(patients, "age", np.repeat([0, 1], 50))) == ["age in 2 parts (at 45 years)"]


def test_what_never_varies_is_no_part() -> None:
    patients = pd.DataFrame({"age": np.full(20, 30.0), "race": pd.Categorical(["Asian"] * 20)})
    assert by_words(patients, "age", np.arange(20) % 2) == {}
    assert by_words(patients, "race", np.arange(20) % 2) == {}


def test_what_is_not_observed_is_a_part(sparse_patients: pd.DataFrame) -> None:
    labels = (sparse_patients["age"] > 50).to_numpy().astype(int)
    for column in ("race", "age", "sex"):
        missing = sparse_patients[column].isna().to_numpy()
        for parts in by_words(sparse_patients, column, labels).values():
            assert set(parts.part[missing]).isdisjoint(parts.part[~missing])
            assert len(set(parts.part[missing])) == 1
    gone = sparse_patients.assign(age=np.nan)
    assert by_words(gone, "age", labels) == {}


def test_grades_are_cut_between_each_two(clinic: pd.DataFrame) -> None:
    found = {str(p): p for p in parts_of(clinic["stage"], CLINIC["stage"], np.zeros(len(clinic), dtype=int))}
    assert list(found) == ["stage", *(f"stage in 2 parts (from {name} on)" for name in ("I", "II", "III"))]
    high = np.select([clinic["stage"].isna(), clinic["stage"].isin(["II", "III"])], [-1, 1], 0)
    assert same_partition(found["stage in 2 parts (from II on)"].part, high)


def test_counts_are_cut_at_whole_numbers(clinic: pd.DataFrame) -> None:
    labels = (clinic["visits"] >= 4).to_numpy().astype(int)
    found = [str(parts) for parts in parts_of(clinic["visits"], CLINIC["visits"], labels)]
    assert "visits in 2 parts (at 4)" in found
    assert not any("." in words for words in found)
