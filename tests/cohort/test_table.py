from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from retina_vae.cohort import read_patients, read_schema, validate_patients
from retina_vae.errors import InputError
from retina_vae.files import write_table, write_text
from retina_vae.studies.macular.schema import MACULAR


@pytest.fixture
def patients(simulated_patients: pd.DataFrame) -> pd.DataFrame:
    return simulated_patients.head(8).astype({"race": "str", "sex": "str"})


def test_a_table_comes_back_as_it_was_written(tmp_path: Path, simulated_patients: pd.DataFrame) -> None:
    for name in ("patients.parquet", "patients.csv"):
        write_table(simulated_patients, tmp_path / name)
        pd.testing.assert_frame_equal(read_patients(tmp_path / name, MACULAR), simulated_patients)


def test_identifiers_and_categories_that_look_like_numbers_come_back(tmp_path: Path, patients: pd.DataFrame) -> None:
    names = [str(10**17 + number) for number in range(7)]
    table = patients.assign(patient_id=["007", *names], sex=["1", "2"] * 4)
    sex = MACULAR["sex"].model_copy(update={"categories": ("1", "2")})
    inputs = tuple(sex if column.name == "sex" else column for column in MACULAR.inputs)
    schema = MACULAR.with_inputs(*inputs)
    for name in ("patients.parquet", "patients.csv"):
        write_table(table, tmp_path / name)
        found = read_patients(tmp_path / name, schema)
        assert found["patient_id"].tolist() == ["007", *names]
        assert found["sex"].tolist() == ["1", "2"] * 4


def test_numbers_as_identifiers_become_their_digits_or_are_refused(patients: pd.DataFrame) -> None:
    whole = validate_patients(patients.assign(patient_id=np.arange(8.0)), MACULAR, "x.parquet")
    assert whole["patient_id"].tolist() == [str(number) for number in range(8)]
    rounded = patients.assign(patient_id=1e17 + 100 * np.arange(8))
    with pytest.raises(InputError, match=r"x\.parquet: row 1, column 'patient_id': .* may have been rounded") as error:
        validate_patients(rounded, MACULAR, "x.parquet")
    assert "1000" not in str(error.value)


def test_a_schema_comes_back_as_it_was_written(tmp_path: Path) -> None:
    write_text(MACULAR.to_yaml(), tmp_path / "schema.yaml")
    assert read_schema(tmp_path / "schema.yaml") == MACULAR
    write_text("inputs: 3", tmp_path / "schema.yaml")
    with pytest.raises(InputError, match="expected the schema of a patient table"):
        read_schema(tmp_path / "schema.yaml")


def test_columns_are_put_in_the_schemas_order(patients: pd.DataFrame) -> None:
    found = validate_patients(patients[patients.columns[::-1]], MACULAR, "x.csv")
    assert list(found.columns) == ["patient_id", *(column.name for column in MACULAR.columns)]


@pytest.mark.parametrize(
    ("row", "column", "value", "message"),
    [
        (3, "race", "Martian", r"row 4, column 'race': expected one of \['Asian', .*\], got 'Martian'"),
        (5, "age", np.nan, "row 6, column 'age': expected a finite number from 0 to 120 years, got nan"),
        (5, "age", np.inf, "row 6, column 'age': .* got inf"),
        (0, "age", -1, "row 1, column 'age'"),
        (2, "patient_id", "P0001", "row 3, column 'patient_id': .* unique to each patient, got a repeated value"),
    ],
)
def test_a_value_that_does_not_fit_is_named_by_row_and_column(
    patients: pd.DataFrame, row: int, column: str, value: object, message: str
) -> None:
    patients.loc[row, column] = value
    with pytest.raises(InputError, match=message) as error:
        validate_patients(patients, MACULAR, "x.csv")
    assert str(error.value).startswith("x.csv: ")
    assert "P0001" not in str(error.value), "the message shows no identifier"


def test_missing_and_unknown_columns_are_named(patients: pd.DataFrame) -> None:
    with pytest.raises(InputError, match=r"column 'srh': expected one of"):
        validate_patients(patients.drop(columns="srh"), MACULAR, "x.csv")
    with pytest.raises(InputError, match=r"column 'height': expected only the columns"):
        validate_patients(patients.assign(height=170), MACULAR, "x.csv")


def test_many_faults_are_cut_short(patients: pd.DataFrame) -> None:
    with pytest.raises(InputError, match="and 6 more"):
        validate_patients(patients.assign(race="?", sex="?"), MACULAR, "x.csv")
