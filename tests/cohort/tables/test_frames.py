"""Data frames as tables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from retina_vae.cohort.tables.draft import draft_schema
from retina_vae.cohort.tables.frames import dtype_hints, frame_table
from retina_vae.cohort.tables.stored import read_parquet
from retina_vae.errors import InputError

FRAME = pd.DataFrame(
    {
        "id": pd.array([2**60 + 1, 2, None], dtype="Int64"),
        "flag": pd.array([True, None, False], dtype="boolean"),
        "level": [0.1, np.nan, 3.0],
        "single": np.array([0.1, 2, 3], dtype="float32"),
        " two\nlines ": ["007", " x ", None],
        "day": pd.to_datetime(["2020-01-02", None, "2020-01-02 03:04"], format="ISO8601"),
        "group": pd.Categorical(["b", "a", None]),
        "number": pd.Categorical([1, 2, 1]),
    }
)


def test_a_frame_is_the_table_of_the_file_that_holds_it(tmp_path: Path) -> None:
    FRAME.to_parquet(tmp_path / "table.parquet")
    stored, found = read_parquet(tmp_path / "table.parquet"), frame_table(FRAME)
    pd.testing.assert_frame_equal(found.cells, stored.cells)
    assert found.cells["id"].tolist() == ["1152921504606846977", "2", ""]
    assert found.cells["two lines"].tolist() == ["007", "x", ""]
    assert found.rows.tolist() == [1, 2, 3]
    assert {name: mask.tolist() for name, mask in found.stored_numbers.items()} == {
        name: mask.tolist() for name, mask in stored.stored_numbers.items()
    }


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"a": [1, "x"]}, "X: column 'a': expected values of one type, numbers or texts, found"),
        ({"a": [[1], [2]]}, "X: expected columns of single values, found list"),
        ({"a": []}, "X: expected one row per patient"),
    ],
)
def test_what_is_no_table_is_refused(values: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        frame_table(pd.DataFrame(values), "X")


def test_two_columns_of_one_name_are_refused() -> None:
    with pytest.raises(InputError, match="expected a name of its own for each column, found 'a'"):
        frame_table(pd.DataFrame(np.eye(2), columns=["a", "a"]))


def test_ordered_categories_are_grades_in_their_order() -> None:
    grades = pd.Categorical(["mid", "low", "low", "mid"], categories=["low", "mid", "high"], ordered=True)
    frame = pd.DataFrame({"grade": grades, "colour": pd.Categorical(["red", "blue", "red", "blue"])})
    assert set(dtype_hints(frame)) == {"grade"}
    grade = draft_schema(frame_table(frame), hints=dtype_hints(frame)).schema.fields[0]
    assert (grade.kind, grade.role, grade.categories_ordered) == ("ordinal", "input", True)
    assert [category.value for category in grade.categories] == ["low", "mid", "high"]
