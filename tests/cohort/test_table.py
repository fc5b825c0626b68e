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
