import numpy as np
import pandas as pd
import pytest

from retina_vae.cohort import MACULAR, encode, fit_scaling

METHODS = ("raw", "age_by_maximum", "unit_interval", "standardized")


def test_codes_are_category_positions_and_numbers_in_their_own_units(simulated_patients: pd.DataFrame) -> None:
    codes = encode(simulated_patients, MACULAR)
    patient = simulated_patients.iloc[7]
    races = ["Asian", "Black", "Caucasian", "Hispanic", "other"]
    found = [patient[name] == "present" for name in ("polyps", "drusen", "srh")]
    expected = [races.index(patient["race"]), patient["age"], *found, patient["sex"] == "female"]
    np.testing.assert_array_equal(codes[7], np.array(expected, dtype=float))


@pytest.mark.parametrize("method", METHODS)
def test_scaling_back_gives_the_codes(simulated_patients: pd.DataFrame, method: str) -> None:
    codes = encode(simulated_patients, MACULAR)
    scaling = fit_scaling(codes, MACULAR, method)
    np.testing.assert_allclose(scaling.invert(scaling.apply(codes)), codes, atol=1e-12)


def test_each_scaling_does_what_its_name_says(simulated_patients: pd.DataFrame) -> None:
    codes = encode(simulated_patients, MACULAR)
    scaled = {method: fit_scaling(codes, MACULAR, method).apply(codes) for method in METHODS}
    np.testing.assert_array_equal(scaled["raw"], codes)
    np.testing.assert_allclose(scaled["age_by_maximum"].max(axis=0), [4, 1, 1, 1, 1, 1])
    np.testing.assert_allclose(scaled["unit_interval"].max(axis=0), np.ones(6))
    np.testing.assert_allclose(scaled["standardized"].mean(axis=0), np.zeros(6), atol=1e-12)
    np.testing.assert_allclose(scaled["standardized"].std(axis=0), np.ones(6))


def test_a_column_that_never_varies_keeps_its_scale(simulated_patients: pd.DataFrame) -> None:
    codes = encode(simulated_patients, MACULAR)
    codes[:, 2] = 1
    assert np.isfinite(fit_scaling(codes, MACULAR, "standardized").apply(codes)).all()


def test_an_unknown_method_is_refused(simulated_patients: pd.DataFrame) -> None:
    with pytest.raises(ValueError, match="got 'log'"):
        fit_scaling(encode(simulated_patients, MACULAR), MACULAR, "log")
