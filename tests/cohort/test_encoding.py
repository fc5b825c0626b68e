import math

import numpy as np
import pandas as pd
import pytest

from retina_vae.cohort import fit_encoding
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
