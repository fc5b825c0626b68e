import numpy as np
import pandas as pd
import pytest

from retina_vae.clusters.description.columns import (
    category_codes,
    feature_matrix,
    features_of,
    in_sentence,
    numbers,
    round_decimals,
)
from retina_vae.cohort import Column, fit_encoding
from retina_vae.studies.macular.schema import MACULAR
from tests.clusters.description.clinic import CLINIC


def test_features_are_those_of_the_one_hot_encoding(simulated_patients: pd.DataFrame) -> None:
    features = features_of(MACULAR.inputs)
    matrix = feature_matrix(simulated_patients, features)
    expected = fit_encoding(simulated_patients, MACULAR, "by_kind").encode(simulated_patients)
    age = [feature.column.name for feature in features].index("age")
    np.testing.assert_array_equal(np.delete(matrix, age, axis=1), np.delete(expected, age, axis=1))
    np.testing.assert_array_equal(matrix[:, age], simulated_patients["age"])


def test_what_is_not_observed_is_marked(sparse_patients: pd.DataFrame) -> None:
    p = sparse_patients
    np.testing.assert_array_equal(category_codes(p["race"], MACULAR["race"]) < 0, p["race"].isna())
    np.testing.assert_array_equal(np.isnan(numbers(p["age"])), p["age"].isna())
    matrix, features = feature_matrix(p, features_of(MACULAR.inputs)), features_of(MACULAR.inputs)
    for place, feature in enumerate(features):
        np.testing.assert_array_equal(np.isnan(matrix[:, place]), p[feature.column.name].isna())


@pytest.mark.parametrize(
    ("values", "decimals"),
    [
        (np.linspace(20, 90, 50), 0),
        (np.linspace(0.4, 5, 50), 1),
        (np.linspace(0, 40_000, 50), -3),
        (np.array([*np.linspace(0.1, 0.9, 99), 10_000]), 2),
        (np.array([np.nan, *np.linspace(20, 90, 50)]), 0),
        (np.array([np.nan, 3.0, 3.0]), 0),
        (np.array([np.nan]), 0),
    ],
)
def test_round_numbers_follow_the_bulk_of_the_values(values: np.ndarray, decimals: int) -> None:
    assert round_decimals(values) == decimals


@pytest.mark.parametrize(("label", "said"), [("Age", "age"), ("CRP level", "CRP level"), ("X", "X")])
def test_labels_lose_their_capital_but_acronyms_keep_theirs(label: str, said: str) -> None:
    assert in_sentence(Column(name="c", label=label, kind="continuous")) == said


def test_features_of_grades_say_that_a_grade_or_a_higher_one_is_there(clinic: pd.DataFrame) -> None:
    features = features_of([CLINIC["stage"]])
    assert [feature.category for feature in features] == ["I", "II", "III"]
    matrix, codes = feature_matrix(clinic, features), clinic["stage"].cat.codes
    known = clinic["stage"].notna().to_numpy()
    np.testing.assert_array_equal(np.isnan(matrix).any(axis=1), ~known)
    np.testing.assert_array_equal(matrix[known].sum(axis=1), codes[known])


def test_whole_numbers_are_round_from_1_on() -> None:
    assert round_decimals(np.array([0.0, 1, 2, 3]), whole=True) == 0
    assert round_decimals(np.array([0.0, 1, 2, 3])) == 1
    assert round_decimals(np.linspace(0, 40_000, 50), whole=True) == -3
