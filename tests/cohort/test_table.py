from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from retina_vae.cohort import CohortSchema, Column, read_patients, read_schema, validate_patients
from retina_vae.cohort.table import TableCohort, read_table_cohort
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


def test_gaps_pass_in_columns_that_are_not_required(patients: pd.DataFrame) -> None:
    columns = tuple(column.model_copy(update={"required": False}) for column in MACULAR.columns)
    schema = CohortSchema(identifier=MACULAR.identifier, columns=columns)
    holes = patients.assign(race=patients["race"].mask(patients.index == 2), age=patients["age"].mask([True] * 8))
    found = validate_patients(holes, schema, "x.csv")
    assert found["race"].isna().tolist() == [False, False, True, *[False] * 5]
    assert found["age"].isna().all()
    with pytest.raises(InputError, match="row 3, column 'race': expected one of"):
        validate_patients(holes, MACULAR, "x.csv")


def test_numbers_are_checked_as_their_kind_says(patients: pd.DataFrame) -> None:
    count = Column(name="age", label="Age", kind="count")
    columns = tuple(count if column.name == "age" else column for column in MACULAR.columns)
    schema = CohortSchema(identifier="patient_id", columns=columns)
    with pytest.raises(InputError, match="row 1, column 'age': expected a whole number from 0"):
        validate_patients(patients.assign(age=1.5), schema, "x.csv")


SCHEMA = """\
fields:
- {name: id, "retinaVae:role": identifier}
- {name: sick, "retinaVae:role": input, "retinaVae:kind": binary, categories: [no, yes], "retinaVae:finding": yes}
- {name: size, type: number, "retinaVae:role": input, "retinaVae:kind": positive}
- {name: grade, type: integer, "retinaVae:role": outcome, "retinaVae:kind": ordinal,
   categories: [{value: 1, label: low}, {value: 2, label: high}]}
- {name: note, "retinaVae:role": ignore}
missingValues: ["", NA]
"""


def table(tmp_path: Path, **columns: list[object]) -> Path:
    given = {
        "id": [f"00{i}" for i in range(6)],
        "sick": ["no", "yes", "NA", "no", "yes", ""],
        "size": [1.5, 2, "NA", 4, 5, 6],
        "grade": [1, 2, 1, 2, 1, "NA"],
        "note": ["<b>", "=1+1", "", "x", "y", "z"],
    } | columns
    pd.DataFrame(given, dtype=object).to_csv(tmp_path / "t.csv", index=False)
    return tmp_path / "t.csv"


def read(tmp_path: Path, schema: str = SCHEMA, *, set_rows_aside: bool = False, **columns: list[object]) -> TableCohort:
    (tmp_path / "schema.yaml").write_text(schema, encoding="utf-8")
    path = table(tmp_path, **columns)
    return read_table_cohort(path, tmp_path / "schema.yaml", set_rows_aside=set_rows_aside)


def refusal(tmp_path: Path, schema: str = SCHEMA, **columns: list[object]) -> str:
    with pytest.raises(InputError) as error:
        read(tmp_path, schema, **columns)
    assert str(error.value).startswith(str(tmp_path))
    return str(error.value)


def test_an_analysts_table_becomes_patients_and_a_schema(tmp_path: Path) -> None:
    found = read(tmp_path)
    assert found.schema.identifier == "id"
    assert [column.name for column in found.schema.columns] == ["sick", "size", "grade"]
    assert found.patients["id"].tolist() == [f"00{i}" for i in range(6)]
    assert found.patients["sick"].cat.categories.tolist() == ["no", "yes"]
    assert found.patients["grade"].tolist()[:5] == ["low", "high", "low", "high", "low"]
    assert found.patients.isna().sum().to_dict() == {"id": 0, "sick": 2, "size": 1, "grade": 1}
    assert (found.refused, found.warnings) == (None, ())


def test_what_is_read_comes_back_from_a_runs_folder(tmp_path: Path) -> None:
    found = read(tmp_path)
    write_table(found.patients, tmp_path / "patients.parquet")
    write_text(found.schema.to_yaml(), tmp_path / "run.yaml")
    again = read_schema(tmp_path / "run.yaml")
    assert again == found.schema
    pd.testing.assert_frame_equal(read_patients(tmp_path / "patients.parquet", again), found.patients)


def test_all_faults_of_a_table_are_in_one_message(tmp_path: Path) -> None:
    said = refusal(
        tmp_path,
        id=["a", "a", "", "d", "secret", "f"],
        sick=["no", "maybe", "yes", "yes", "no", "no"],
        size=[1, "<script>", 3, -4, 5, 6],
        grade=["1", "1", "1", "1", "1", "1"],
    )
    assert "row 2, column 'id': expected a text that is unique to the patient, found the identifier of row 1" in said
    assert "row 3, column 'id': expected a text that is unique to the patient, found nothing" in said
    assert "row 2, column 'sick': expected one of ['no', 'yes'], found 'maybe'" in said
    assert "row 2, column 'size': expected a number above 0, found '<script>'" in said
    assert "row 4, column 'size'" in said
    assert "column 'grade': expected values that differ" in said
    assert "secret" not in said


def test_a_message_is_cut_short(tmp_path: Path) -> None:
    said = refusal(tmp_path, size=["x"] * 6, sick=["?"] * 6)
    assert "and 2 more" in said
    assert said.count("expected") == 10


def test_schema_and_table_that_disagree_are_refused(tmp_path: Path) -> None:
    assert "['more']: in the table, not in the schema" in refusal(tmp_path, more=[1] * 6)
    lacking = SCHEMA.replace("- {name: note", "- {name: other, 'retinaVae:role': ignore}\n- {name: note")
    assert "['other']: in the schema, not in the table" in refusal(tmp_path, lacking)


def test_empty_columns_short_tables_and_undecided_columns_are_refused(tmp_path: Path) -> None:
    assert "column 'size': expected a value of some patient, found none" in refusal(tmp_path, size=["NA"] * 6)
    (tmp_path / "schema.yaml").write_text(SCHEMA, encoding="utf-8")
    path = table(tmp_path)
    lines = path.read_text().splitlines()
    for rows, message in ((1, "found no row"), (2, "expected two patients or more, found 1"), (3, "found 2 patients")):
        path.write_text("\n".join(lines[:rows]))
        with pytest.raises(InputError, match=message):
            read_table_cohort(path, tmp_path / "schema.yaml")
    with pytest.raises(InputError, match="found 1 undecided"):
        read(tmp_path, SCHEMA.replace("positive", "decide"))


def test_absurd_numbers_are_refused(tmp_path: Path) -> None:
    assert "in the rows 2;" in refusal(tmp_path, size=[1, "1e308", 3, 4, 5, 6])
    assert "row 2, column 'size'" in refusal(tmp_path, size=[1, "1e309", 3, 4, 5, 6])


def test_rows_may_be_set_aside_instead(tmp_path: Path) -> None:
    found = read(tmp_path, set_rows_aside=True, size=[1, "x", 3, 4, "y", 6], sick=["no", "?", "yes", "no", "no", "no"])
    assert found.patients["id"].tolist() == ["000", "002", "003", "005"]
    assert found.refused is not None
    assert found.refused.to_dict("list") == {
        "row": [2, 2, 5],
        "column": ["sick", "size", "size"],
        "expected": ["one of ['no', 'yes']", *["a number above 0"] * 2],
        "found": ["'?'", "'x'", "'y'"],
    }


def test_the_same_patient_twice_is_a_warning(tmp_path: Path) -> None:
    found = read(
        tmp_path, sick=["no", "no", "yes", "no", "yes", "yes"], size=[1, 1, 3, 4, 5, 6], grade=[1, 1, 2, 1, 2, 1]
    )
    assert found.warnings == (f"{tmp_path / 't.csv'}: 2 patients have exactly the values of another one",)
    assert len(found.patients) == 6


def test_categories_may_be_html_or_formulas_and_stay_text(tmp_path: Path) -> None:
    schema = SCHEMA.replace('categories: [no, yes], "retinaVae:finding": yes', "categories: ['<b>x</b>', '=1+1']")
    found = read(tmp_path, schema, sick=["<b>x</b>", "=1+1"] * 3)
    assert found.patients["sick"].tolist() == ["<b>x</b>", "=1+1"] * 3


REMARKS = CohortSchema(
    identifier="id",
    columns=(
        Column(name="crp", label="CRP", kind="positive", censored=True),
        Column(name="parity", label="Parity", kind="count", not_applicable=("n/a",), required=True),
    ),
)


def test_remarks_come_back_as_they_were_written(tmp_path: Path) -> None:
    table = pd.DataFrame({"id": ["a", "b", "c"], "crp": [0.1, 3.0, 90.0], "parity": [np.nan, 2.0, 0.0]})
    plain = validate_patients(table.assign(parity=[1.0, 2.0, 0.0]), REMARKS, "t")
    assert list(plain) == ["id", "crp", "crp (remark)", "parity", "parity (remark)"]
    assert plain[["crp (remark)", "parity (remark)"]].isna().all(axis=None)
    said = {"crp (remark)": ["below", None, "above"], "parity (remark)": ["not applicable", None, None]}
    for name in ("patients.parquet", "patients.csv"):
        written = validate_patients(table.assign(**said), REMARKS, "t")
        write_table(written, tmp_path / name)
        pd.testing.assert_frame_equal(read_patients(tmp_path / name, REMARKS), written)
    with pytest.raises(InputError, match="row 1, column 'parity': expected a remark that fits its value, got none and"):
        validate_patients(table, REMARKS, "t")
    with pytest.raises(InputError, match=r"row 2, column 'crp \(remark\)': expected one of .*, got 'under'"):
        validate_patients(table.assign(**said | {"crp (remark)": ["below", "under", None]}), REMARKS, "t")


def test_a_table_with_limits_becomes_patients_or_says_how(tmp_path: Path) -> None:
    rows = [f"p{i};{value}" for i, value in enumerate(["<0,1", "0,4", "2,5", "1,1", ">9"])]
    (tmp_path / "t.csv").write_text("\n".join(["id;crp", *rows]) + "\n")
    schema = (
        "fields:\n- {name: id, retinaVae:role: identifier}\n"
        "- {name: crp, retinaVae:role: input, retinaVae:kind: positive, decimalChar: ','CENSORED}\n"
    )
    (tmp_path / "plain.yaml").write_text(schema.replace("CENSORED", ""))
    (tmp_path / "said.yaml").write_text(schema.replace("CENSORED", ", retinaVae:censored: true"))
    found = read_table_cohort(tmp_path / "t.csv", tmp_path / "said.yaml").patients
    assert found["crp"].tolist() == [0.1, 0.4, 2.5, 1.1, 9.0]
    assert found["crp (remark)"].isin(["below", "above"]).tolist() == [True, False, False, False, True]
    with pytest.raises(InputError, match="limits of detection where the schema says retinaVae:censored: true"):
        read_table_cohort(tmp_path / "t.csv", tmp_path / "plain.yaml")
