import json
import math

import numpy as np
import pandas as pd
import pytest

from retina_vae.cohort import CohortSchema, Column, Encoding, fit_encoding
from retina_vae.errors import InputError
from retina_vae.studies.macular.schema import MACULAR

METHODS = ("raw", "numbers_by_maximum", "unit_interval", "standardized", "by_kind")
RACES = ["Asian", "Black", "Caucasian", "Hispanic", "other"]


def encode(patients: pd.DataFrame, method: str) -> np.ndarray:
    return fit_encoding(patients, MACULAR, method).encode(patients)


def test_raw_codes_are_category_positions_and_numbers_in_their_own_units(simulated_patients: pd.DataFrame) -> None:
    patient = simulated_patients.iloc[7]
    found = [patient[name] == "present" for name in ("polyps", "drusen", "srh")]
    expected = [RACES.index(patient["race"]), patient["age"], *found, patient["sex"] == "female"]
    np.testing.assert_array_equal(encode(simulated_patients, "raw")[7], np.array(expected, dtype=float))


def test_features_by_kind_mark_one_category_and_leaves_findings_alone(simulated_patients: pd.DataFrame) -> None:
    features = encode(simulated_patients, "by_kind")
    assert features.shape == (3000, 10)
    np.testing.assert_array_equal(features[:, :5].sum(axis=1), np.ones(3000))
    assert [RACES[i] for i in features[:, :5].argmax(axis=1)] == simulated_patients["race"].tolist()
    np.testing.assert_allclose([features[:, 5].mean(), features[:, 5].std()], [0, 1], atol=1e-12)
    np.testing.assert_array_equal(features[:, 6:], encode(simulated_patients, "raw")[:, 2:])


@pytest.mark.parametrize("method", METHODS)
def test_decoding_gives_the_patients_back(simulated_patients: pd.DataFrame, method: str) -> None:
    encoding = fit_encoding(simulated_patients, MACULAR, method)
    decoded = encoding.decode(encoding.encode(simulated_patients))
    for column in MACULAR.inputs:
        if column.numeric:
            np.testing.assert_allclose(decoded[column.name], simulated_patients[column.name], atol=1e-10)
        else:
            assert decoded[column.name].tolist() == simulated_patients[column.name].tolist()


def test_each_scaling_does_what_its_name_says(simulated_patients: pd.DataFrame) -> None:
    scaled = {method: encode(simulated_patients, method) for method in METHODS}
    np.testing.assert_allclose(scaled["numbers_by_maximum"].max(axis=0), [4, 1, 1, 1, 1, 1])
    np.testing.assert_allclose(scaled["unit_interval"].max(axis=0), np.ones(6))
    np.testing.assert_allclose(scaled["standardized"].mean(axis=0), np.zeros(6), atol=1e-12)
    np.testing.assert_allclose(scaled["standardized"].std(axis=0), np.ones(6))


def test_a_density_per_z_score_becomes_one_per_year(simulated_patients: pd.DataFrame) -> None:
    deviation = simulated_patients["age"].std(ddof=0)
    for method, expected in (("by_kind", -math.log(deviation)), ("raw", 0.0)):
        encoding = fit_encoding(simulated_patients, MACULAR, method)
        np.testing.assert_allclose(encoding.log_jacobian(encoding.encode(simulated_patients)), expected)


def test_a_column_that_never_varies_keeps_its_scale(simulated_patients: pd.DataFrame) -> None:
    patients = simulated_patients.assign(polyps=pd.Categorical(["present"] * 3000, ["absent", "present"]))
    assert np.isfinite(encode(patients, "standardized")).all()


def test_an_unknown_method_is_refused(simulated_patients: pd.DataFrame) -> None:
    with pytest.raises(ValueError, match="got 'log'"):
        fit_encoding(simulated_patients, MACULAR, "log")


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        (
            "race",
            "Martian",
            r"new.csv: row 3, column 'race': expected one of .*, as the model was trained",
        ),
        ("drusen", None, r"row 3, column 'drusen': expected one of .*'absent', 'present'"),
        ("age", "old", r"row 3, column 'age': expected a finite number, got 'old'"),
        ("age", float("inf"), r"row 3, column 'age': expected a finite number, got inf"),
    ],
)
def test_what_does_not_fit_is_named_with_row_and_column(
    simulated_patients: pd.DataFrame, column: str, value: object, message: str
) -> None:
    patients = simulated_patients.head(5).astype(object)
    patients.loc[2, column] = value
    with pytest.raises(InputError, match=message):
        fit_encoding(simulated_patients, MACULAR, "by_kind").encode(patients, "new.csv")


def test_a_missing_column_is_named(simulated_patients: pd.DataFrame) -> None:
    encoding = fit_encoding(simulated_patients, MACULAR, "by_kind")
    with pytest.raises(InputError, match=r"new.csv: expected a column 'srh'"):
        encoding.encode(simulated_patients.drop(columns="srh"), "new.csv")


REMARKS = CohortSchema(
    identifier="id",
    columns=(
        Column(name="base", label="Base", kind="continuous", censored=True),
        Column(name="crp", label="CRP", kind="positive", censored=True, not_applicable=("-",)),
        Column(name="parity", label="Parity", kind="count", not_applicable=("-",)),
        Column(name="sex", label="Sex", kind="binary", categories=("f", "m"), not_applicable=("-",)),
    ),
)


def remarked() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "base": [-3.0, 1.0, 2.0, np.nan],
            "base (remark)": ["below", None, "above", None],
            "crp": [np.nan, np.nan, math.e, 1.0],
            "crp (remark)": ["not applicable", None, "above", None],
            "parity": [0.0, np.nan, 0.0, 0.0],
            "parity (remark)": [None, "not applicable", None, None],
            "sex": ["m", "m", "f", "m"],
        }
    )


def test_remarks_are_features_behind_those_of_the_value() -> None:
    """A side where the column is censored, and a flag where patients of the cohort have no such value."""
    encoding = fit_encoding(remarked(), REMARKS, "by_kind")
    assert [(column.name, column.width, column.value_width) for column in encoding.columns] == [
        ("base", 2, 1),
        ("crp", 3, 1),
        ("parity", 2, 1),
        ("sex", 1, 1),
    ]
    nan, spread = np.nan, np.std([-3.0, 1.0, 2.0])
    expected = [
        [-3 / spread, -1, nan, nan, 1, 0, 0, 1],
        [1 / spread, 0, nan, nan, 0, nan, 1, 1],
        [2 / spread, 1, 1, 1, 0, 0, 0, 0],
        [nan, nan, -1, 0, 0, 0, 0, 1],
    ]
    features = encoding.encode(remarked())
    np.testing.assert_allclose(features, expected, atol=1e-12)
    assert encoding.gaps == (0, 2, 5)
    decoded = encoding.decode(features)
    for name in ("base", "crp", "parity"):
        np.testing.assert_allclose(decoded[name], remarked()[name])
    # Only what was measured has a density: base of the second patient, CRP of the last (whose logarithm is 0).
    per_patient = [0, -np.log(spread), 0, -np.log(encoding.columns[1].scale)]
    np.testing.assert_allclose(encoding.log_jacobian(features), per_patient)


def test_without_companions_nothing_is_a_limit() -> None:
    encoding = fit_encoding(remarked(), REMARKS, "by_kind")
    plain = encoding.encode(remarked()[["base", "crp", "parity", "sex"]])
    assert set(plain[:3, 1]) == {0.0}
    assert set(plain[:, 4]) == {0.0}


def test_an_encoding_without_remarks_is_written_as_before_and_one_with_them_comes_back() -> None:
    columns = tuple(column.model_copy(update={"censored": False, "not_applicable": ()}) for column in REMARKS.columns)
    plain = fit_encoding(remarked(), CohortSchema(identifier="id", columns=columns), "by_kind")
    keys = ["name", "kind", "categories", "by_kind", "center", "scale", "gaps"]
    assert all(list(column) == keys for column in json.loads(plain.model_dump_json())["columns"])
    encoding = fit_encoding(remarked(), REMARKS, "by_kind")
    assert Encoding.model_validate_json(encoding.model_dump_json()) == encoding
