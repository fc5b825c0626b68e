"""From what is given to ``fit`` to patients."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from retina_vae.cohort.table_schema import TableSchema
from retina_vae.cohort.tables.draft import draft_schema
from retina_vae.cohort.tables.read import read_raw_table
from retina_vae.errors import ConfigurationError, InputError
from retina_vae.estimator.cohort import array_frame, read_frame

RNG = np.random.default_rng(2)
FRAME = pd.DataFrame(
    {
        "case": [f"C{number}" for number in range(40)],
        "pressure": RNG.normal(120, 15, 40).round(1),
        "smoker": RNG.choice(["no", "yes"], 40),
        "stage": RNG.integers(1, 5, 40),
        "died": RNG.choice(["no", "yes"], 40),
    }
)
DECIDED = {"case": "identifier", "stage": "ordinal", "died": "outcome"}


def test_undecided_columns_are_listed_with_what_to_do() -> None:
    with pytest.raises(InputError) as error:
        read_frame(FRAME, None, of_array=False)
    said = str(error.value)
    assert "found 3 that you have to decide" in said
    assert "column 'stage': decide retinaVae:kind. 4 different whole numbers." in said
    assert "schema={'case': 'ordinal'}" in said


def test_decisions_complete_the_draft_of_describe_table(tmp_path: Path) -> None:
    FRAME.to_parquet(tmp_path / "table.parquet")
    drafted = draft_schema(read_raw_table(tmp_path / "table.parquet")).schema
    found = read_frame(FRAME, DECIDED, of_array=False).table
    assert {f.name: f for f in drafted.fields}["pressure"] == {f.name: f for f in found.table_schema.fields}["pressure"]
    assert found.schema.identifier == "case"
    assert [(c.name, c.kind, c.role) for c in found.schema.columns] == [
        ("pressure", "continuous", "input"),
        ("smoker", "binary", "input"),
        ("stage", "ordinal", "input"),
        ("died", "binary", "outcome"),
    ]
    assert found.schema["stage"].categories == ("1", "2", "3", "4")


def test_rows_are_numbered_where_no_column_is_an_identifier() -> None:
    frame = FRAME.drop(columns="case").rename(columns={"pressure": "row"})
    found = read_frame(frame, {"stage": "count", "died": "outcome"}, of_array=False)
    assert found.numbered
    assert found.table.schema.identifier == "row_"
    assert found.table.patients["row_"].tolist() == [str(number) for number in range(1, 41)]
    np.testing.assert_array_equal(found.table.patients["row"], frame["row"])


def test_a_schema_comes_from_a_file_or_is_one(tmp_path: Path) -> None:
    document = read_frame(FRAME, DECIDED, of_array=False).table.table_schema
    (tmp_path / "schema.yaml").write_text(document.to_yaml())
    for schema in (document, tmp_path / "schema.yaml", str(tmp_path / "schema.yaml")):
        assert read_frame(FRAME, schema, of_array=False).table.table_schema.to_yaml() == document.to_yaml()
    with pytest.raises(InputError, match=r"\['died'\]: in the schema, not in the table"):
        read_frame(FRAME.drop(columns="died"), document, of_array=False)
    with pytest.raises(ConfigurationError, match=r"schema: expected None, the path of a Table Schema.*got int"):
        read_frame(FRAME, 3, of_array=False)


def test_an_array_is_numbers_of_which_those_that_never_vary_are_left_out() -> None:
    values = np.column_stack([RNG.normal(size=20), np.full(20, 7.0), RNG.integers(0, 2, 20)])
    found = read_frame(array_frame(values), None, of_array=True).table
    assert [(c.name, c.kind) for c in found.schema.inputs] == [("x0", "continuous"), ("x2", "continuous")]
    np.testing.assert_array_equal(found.patients["x0"], values[:, 0])


def test_numbers_of_a_frame_are_read_to_the_last_bit() -> None:
    numbers = np.exp(RNG.normal(scale=40, size=50))
    schema = TableSchema.model_validate(
        {"fields": [{"name": "n", "type": "number", "retinaVae:kind": "positive", "retinaVae:role": "input"}]}
    )
    found = read_frame(pd.DataFrame({"n": np.sort(numbers)[10:40]}), schema, of_array=False).table.patients
    np.testing.assert_array_equal(found["n"], np.sort(numbers)[10:40])
