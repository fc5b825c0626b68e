import numpy as np
import pandas as pd
import pytest

from retina_vae.assign.screen import Screen
from retina_vae.assign.source import Chunk
from retina_vae.studies.macular.schema import MACULAR

GOOD = {"race": "Asian", "age": "61.5", "polyps": "present", "drusen": "absent", "srh": "absent", "sex": "male"}


def chunk(*rows: dict[str, object], first: int = 1) -> Chunk:
    records = [{"patient_id": f"N{first + i}", **GOOD, **row} for i, row in enumerate(rows)]
    return Chunk(np.arange(first, first + len(rows)), pd.DataFrame(records, dtype=object), [], 1.0)


def test_good_rows_pass_with_their_numbers():
    rows, patients, faults = Screen(MACULAR).check(chunk({}, {"age": 70}, first=8))
    assert rows.tolist() == [8, 9]
    assert patients["age"].tolist() == [61.5, 70]
    assert patients["race"].tolist() == ["Asian", "Asian"]
    assert faults == []


@pytest.mark.parametrize(
    ("column", "value", "found"),
    [
        ("race", "Martian", "'Martian'"),
        ("race", " Asian", "' Asian'"),
        ("race", "", "nothing"),
        ("race", None, "nothing"),
        ("race", float("nan"), "nothing"),
        ("race", "=cmd|'/c calc'!A1", "\"=cmd|'/c calc'!A1\""),
        ("sex", "<script>", "'<script>'"),
        ("sex", "m\udce9le", "'m\\udce9le'"),
        ("age", "sixty", "'sixty'"),
        ("age", "61,5", "'61,5'"),
        ("age", "", "nothing"),
        ("age", None, "nothing"),
        ("age", "nan", "'nan'"),
        ("age", "inf", "'inf'"),
        ("age", "-inf", "'-inf'"),
        ("age", "1e400", "'1e400'"),
        ("age", "-0.5", "'-0.5'"),
        ("age", "121", "'121'"),
        ("age", "9" * 500, "'" + "9" * 60 + "' (cut)"),
        ("patient_id", "", "nothing"),
        ("patient_id", "J\udcf6rg", "bytes that are not UTF-8"),
    ],
)
def test_a_fault_names_row_column_expected_and_found(column: str, value: object, found: str):
    rows, _, faults = Screen(MACULAR).check(chunk({}, {column: value}, {}))
    assert rows.tolist() == [1, 3]
    (fault,) = faults
    assert (fault.row, fault.column, fault.found) == (2, column, found)
    expected = {"age": "a number from 0 to 120 years", "patient_id": "a text unique to the patient"}
    assert fault.expected == expected.get(column) or fault.expected.startswith("one of [")


def test_every_fault_of_a_row_is_told():
    _, patients, faults = Screen(MACULAR).check(chunk({"age": "old", "sex": "", "race": "?"}))
    assert patients.empty
    assert sorted(fault.column for fault in faults) == ["age", "race", "sex"]


def test_a_repeated_identifier_is_refused_across_chunks_and_not_shown():
    screen = Screen(MACULAR)
    first = screen.check(chunk({"patient_id": "secret"}, {"patient_id": "secret"}))
    second = screen.check(chunk({"patient_id": "secret"}, {}, first=3))
    assert first.rows.tolist() == [1]
    assert second.rows.tolist() == [4]
    assert [fault.row for fault in (*first.faults, *second.faults)] == [2, 3]
    assert "secret" not in str(first.faults)


def test_numbers_as_identifiers_and_integers_as_ages_pass():
    rows, patients, _ = Screen(MACULAR).check(chunk({"patient_id": 17, "age": np.int64(60)}))
    assert rows.tolist() == [1]
    assert patients["patient_id"].tolist() == ["17"]


def test_an_identifier_that_may_have_been_rounded_is_refused_and_not_shown():
    stored = pd.Series([1001.0, 2.0**60, np.nan, 1002.5, 1003.0])
    good = chunk(*[{}] * 5)
    rows, patients, faults = Screen(MACULAR).check(good._replace(cells=good.cells.assign(patient_id=stored)))
    assert rows.tolist() == [1, 5]
    assert patients["patient_id"].tolist() == ["1001", "1003"]
    assert [(fault.row, fault.column, fault.found) for fault in faults] == [
        (2, "patient_id", "a floating-point number so large that it may have been rounded"),
        (3, "patient_id", "nothing"),
        (4, "patient_id", "a floating-point number that is not whole"),
    ]


def test_a_chunk_without_rows_passes():
    empty = Chunk(np.arange(0), pd.DataFrame({name: [] for name in ["patient_id", *GOOD]}, dtype=object), [], 1.0)
    assert Screen(MACULAR).check(empty).patients.empty
