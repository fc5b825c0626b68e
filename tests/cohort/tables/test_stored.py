"""Formats that know the types of their values."""

import re
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyreadstat
import pytest

from retina_vae.cohort.tables import read_raw_table
from retina_vae.cohort.tables.numbers import Notation, parse_numbers
from retina_vae.errors import InputError


def test_parquet_keeps_every_digit_and_every_gap(tmp_path: Path) -> None:
    table = pa.table(
        {
            "id": pa.array([123456789012345678, None, 7], pa.int64()),
            "x": pa.array([0.1, None, 2.0], pa.float32()),
            "text": pa.array(["007", "", None]).dictionary_encode(),
            "flag": pa.array([True, None, False]),
            "day": pa.array([date(2020, 1, 2), None, None]),
        }
    )
    pq.write_table(table, tmp_path / "t.parquet")
    found = read_raw_table(tmp_path / "t.parquet")
    assert found.cells["id"].tolist() == ["123456789012345678", "", "7"]
    assert found.cells["x"].tolist() == [repr(float(table["x"][0].as_py())), "", "2"]
    assert found.cells["text"].tolist() == ["007", "", ""]
    assert found.cells["flag"].tolist() == ["true", "", "false"]
    assert found.cells["day"].tolist() == ["2020-01-02", "", ""]
    assert found.inexact == set()
    assert found.rows.tolist() == [1, 2, 3]


def test_integers_that_went_through_floating_point_are_remembered(tmp_path: Path) -> None:
    pd.DataFrame({"id": [2.0**60, 1.0], "x": [1.0, 2.0]}).to_parquet(tmp_path / "t.parquet")
    assert read_raw_table(tmp_path / "t.parquet").inexact == {"id"}


NESTED = {
    "list<element: int64>": pa.array([[1, 2]]),
    "struct<a: int64>": pa.array([{"a": 1}]),
    "map<string, int64": pa.array([[("a", 1)]], pa.map_(pa.string(), pa.int64())),
    "binary": pa.array([b"P1"]),
    "fixed_size_binary[2]": pa.array([b"P1"], pa.binary(2)),
}


@pytest.mark.parametrize("kind", NESTED)
def test_lists_structures_and_bytes_are_refused(tmp_path: Path, kind: str) -> None:
    pq.write_table(pa.table({"id": NESTED[kind], "x": [1]}), tmp_path / "t.parquet")
    with pytest.raises(InputError, match=rf"found {re.escape(kind)}.* in 'id'. Drop these columns"):
        read_raw_table(tmp_path / "t.parquet")


def test_truth_values_days_and_durations_are_texts_and_no_numbers(tmp_path: Path) -> None:
    table = {
        "flag": pa.array([True, False]),
        "time": pa.array([datetime(2020, 1, 2, 3), None]),
        "nanoseconds": pa.array([1, 2], pa.timestamp("ns")),
        "zone": pa.array([1, 2], pa.timestamp("s", "Europe/Berlin")),
        "duration": pa.array([timedelta(days=50), None]),
        "clock": pa.array([3600, 0], pa.time32("s")),
    }
    pq.write_table(pa.table(table), tmp_path / "t.parquet")
    found = read_raw_table(tmp_path / "t.parquet")
    assert not found.stored_numbers
    assert found.cells.columns.tolist() == list(table)
    assert np.isnan([parse_numbers(found.cells[name], Notation()) for name in table]).all()
    assert found.cells["flag"].tolist() == ["true", "false"]


@pytest.mark.parametrize(
    "column",
    [
        pa.array([10**16], pa.timestamp("ms")),
        pa.array([2**62], pa.duration("s")),
        pa.array([0], pa.timestamp("s", "No/Where")),
        pa.array([b"\xff"]).cast(pa.string(), safe=False),
    ],
    ids=["year", "duration", "zone", "text"],
)
def test_a_value_that_python_does_not_hold_is_refused_by_its_column(tmp_path: Path, column: pa.Array) -> None:
    pq.write_table(pa.table({"id": [1], "x": column}), tmp_path / "t.parquet")
    with pytest.raises(InputError, match=r"column 'x': expected values of the type .* that can be read"):
        read_raw_table(tmp_path / "t.parquet")


@pytest.fixture
def coded() -> pd.DataFrame:
    return pd.DataFrame(
        {"id": ["007", "008", "009"], "sex": [1.0, 2.0, 9.0], "age": [50.0, None, 70.5], "n": [1, 2, 3]}
    )


LABELS = {"sex": {1: "male", 2: "female", 9: "refused"}}


def test_spss_labels_become_categories_and_declared_missing_values_gaps(tmp_path: Path, coded: pd.DataFrame) -> None:
    path = tmp_path / "t.sav"
    titles = {"sex": "Sex at birth"}
    ranges = {"sex": [{"lo": 8, "hi": 9}]}
    pyreadstat.write_sav(coded, path, variable_value_labels=LABELS, missing_ranges=ranges, column_labels=titles)
    found = read_raw_table(path)
    assert found.cells["sex"].tolist() == ["1", "2", ""]
    assert found.cells["age"].tolist() == ["50", "", "70.5"]
    assert found.cells["id"].tolist() == ["007", "008", "009"]
    assert found.labels == {"sex": {"1": "male", "2": "female"}}
    assert found.titles == titles


def test_stata_and_sas_are_read(tmp_path: Path, coded: pd.DataFrame) -> None:
    pyreadstat.write_dta(coded, tmp_path / "t.dta", variable_value_labels=LABELS)
    found = read_raw_table(tmp_path / "t.dta")
    assert found.labels["sex"] == {"1": "male", "2": "female", "9": "refused"}
    assert found.cells["sex"].tolist() == ["1", "2", "9"]
    pyreadstat.write_xport(coded, tmp_path / "t.xpt")
    found = read_raw_table(tmp_path / "t.xpt")
    assert found.cells["age"].tolist() == ["50", "", "70.5"]
    assert found.cells["n"].tolist() == ["1", "2", "3"]


@pytest.mark.parametrize("name", ["t.parquet", "t.sav", "t.dta", "t.sas7bdat"])
def test_damaged_files_are_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"no table at all")
    with pytest.raises(InputError, match=f"{name}: expected"):
        read_raw_table(tmp_path / name)
