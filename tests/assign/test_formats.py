"""New patients in any format: chunk by chunk the same texts that a cohort would be read from."""

import tracemalloc
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyreadstat
import pytest

from retina_vae.assign import formats
from retina_vae.assign.formats import open_patients
from retina_vae.assign.source import Chunk
from retina_vae.cohort.tables import encodings, read_raw_table
from retina_vae.errors import InputError

HEADER = ["id", "größe", " the\nnote "]
ROWS = [["007", "1,5", " x "], ["8", "", "a; b, c"], ["", " ", ""], ["9", "-99", 'say "é"'], ["10", "'=1+1", "<b>"]]


def text(separator: str) -> str:
    rows = [[f'"{cell.replace(chr(34), chr(34) * 2)}"' for cell in row] for row in (HEADER, *ROWS)]
    return "\r\n".join(separator.join(row) for row in rows) + "\r\n"


def chunks(path: Path, rows: int, columns: list[str] | None = None, sheet: str | None = None) -> list[Chunk]:
    table = open_patients(path, sheet, as_cohort=True)
    return list(table.chunks(columns or table.header, rows))


@pytest.mark.parametrize("rows", [1, 2, 100])
@pytest.mark.parametrize(
    ("name", "separator", "codec"),
    [
        ("t.csv", ",", "utf-8"),
        ("t.csv", ";", "cp1252"),
        ("t.CSV", ";", "utf-8-sig"),
        ("t.txt", "|", "utf-16"),
        ("t.tsv", "\t", "utf-16-le"),
    ],
)
def test_chunks_of_a_text_file_are_what_a_cohort_is_read_from(
    tmp_path: Path, name: str, separator: str, codec: str, rows: int
) -> None:
    path = tmp_path / name
    path.write_bytes(text(separator).encode(codec))
    expected, found = read_raw_table(path), chunks(path, rows)
    assert open_patients(path, None, as_cohort=True).header == expected.columns == ["id", "größe", "the note"]
    assert [int(row) for chunk in found for row in chunk.rows] == expected.rows.tolist() == [1, 2, 4, 5]
    pd.testing.assert_frame_equal(pd.concat([chunk.cells for chunk in found], ignore_index=True), expected.cells)
    assert not any(chunk.faults for chunk in found)
    assert found[-1].share == 1


def test_a_first_line_that_names_the_separator_is_no_header(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("sep=;\na;b\n1;2,5\n")
    (chunk,) = chunks(path, 10)
    assert chunk.cells.to_dict("list") == {"a": ["1"], "b": ["2,5"]}
    assert chunk.rows.tolist() == [1]


def test_rows_of_another_length_are_faults_and_the_others_are_read(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a;b\n1;2\n3\n;\n\n4;5;6\n7;8\n")
    (chunk,) = chunks(path, 10, ["b"])
    assert [(fault.row, fault.found) for fault in chunk.faults] == [(2, "1 cell"), (5, "3 cells")]
    assert (chunk.rows.tolist(), chunk.cells["b"].tolist()) == ([1, 6], ["2", "8"])


@pytest.mark.parametrize("rows", [1, 2, 100])
def test_chunks_of_parquet_are_what_a_cohort_is_read_from(tmp_path: Path, rows: int) -> None:
    table = pa.table(
        {
            " id ": pa.array([10**17 + 1, None, 7], pa.int64()),
            "x": pa.array([0.1, None, 2.0]),
            "text": pa.array(["007", " a ", None]).dictionary_encode(),
            "flag": pa.array([True, None, False]),
        }
    )
    pq.write_table(table, tmp_path / "t.parquet")
    expected, found = read_raw_table(tmp_path / "t.parquet"), chunks(tmp_path / "t.parquet", rows)
    pd.testing.assert_frame_equal(pd.concat([chunk.cells for chunk in found], ignore_index=True), expected.cells)
    assert all(chunk.point for chunk in found)
    assert found[0].stored_numbers.keys() == expected.stored_numbers.keys() == {"id", "x"}
    for name, mask in expected.stored_numbers.items():
        assert np.concatenate([chunk.stored_numbers[name] for chunk in found]).tolist() == mask.tolist()
    assert [int(row) for chunk in found for row in chunk.rows] == [1, 2, 3]


@pytest.mark.parametrize(
    ("kind", "numbers", "expected"),
    [(pa.float64(), [2.0**53, 2.0**53 - 1, None, 1.5], [True, False, False, False]), (pa.float32(), [2.0**24], [True])],
)
def test_numbers_that_parquet_may_have_rounded_are_marked_one_by_one(
    tmp_path: Path, kind: pa.DataType, numbers: list[float | None], expected: list[bool]
) -> None:
    pq.write_table(pa.table({"id": pa.array(numbers, kind)}), tmp_path / "t.parquet")
    found = chunks(tmp_path / "t.parquet", 1)
    assert [bool(flag) for chunk in found for flag in chunk.inexact["id"]] == expected


@pytest.mark.parametrize("as_cohort", [False, True])
def test_a_workbook_comes_in_chunks_with_its_long_numbers_marked(tmp_path: Path, as_cohort: bool) -> None:
    path = tmp_path / "t.xlsx"
    with pd.ExcelWriter(path) as book:
        pd.DataFrame({"id": [1, 12345678901234567, 3], "x": [0.5, None, 2]}).to_excel(book, sheet_name="A", index=False)
        pd.DataFrame({"other": [1]}).to_excel(book, sheet_name="B", index=False)
    table = open_patients(path, "A", as_cohort=as_cohort)
    assert table.header == ["id", "x"]
    found = list(table.chunks(["x", "id"], 2))
    assert [chunk.cells["x"].tolist() for chunk in found] == [["0.5", ""], ["2"]]
    assert [chunk.inexact["id"].tolist() for chunk in found] == [[False, True], [False]]
    assert [chunk.rows.tolist() for chunk in found] == [[1, 2], [3]]
    with pytest.raises(InputError, match=r"expected the name of a sheet \(--sheet\), because \['A', 'B'\]"):
        open_patients(path, None, as_cohort=as_cohort)


def test_files_of_statistics_programs_are_read_where_a_cohort_may_be_one(tmp_path: Path) -> None:
    pyreadstat.write_sav(pd.DataFrame({"id": ["a", "b"], "x": [1.0, np.nan]}), str(tmp_path / "t.sav"))
    (chunk,) = chunks(tmp_path / "t.sav", 10)
    assert chunk.cells.to_dict("list") == {"id": ["a", "b"], "x": ["1", ""]}
    with pytest.raises(InputError, match=r"expected a table that ends in .csv or .tsv or .parquet or .xlsx, found"):
        open_patients(tmp_path / "t.sav", None, as_cohort=False)


@pytest.mark.parametrize("as_cohort", [False, True])
@pytest.mark.parametrize(
    ("name", "content", "sheet", "message"),
    [
        ("t.csv", b"a,b\n1,2\n", "A", "expected no name of a sheet"),
        ("t.parquet", b"no parquet", None, "can be read"),
        ("t.xlsx", b"no workbook", None, "Excel workbook"),
        ("t.csv", b"", None, "names of the columns, found none"),
        ("t.csv", b"\n\n", None, "names of the columns, found none"),
        (".t-0123456789abcdef-part.xlsx", b"", None, "what a run that was killed left"),
    ],
)
def test_a_file_that_is_no_table_is_refused(
    tmp_path: Path, name: str, content: bytes, sheet: str | None, message: str, as_cohort: bool
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=message) as error:
        open_patients(tmp_path / name, sheet, as_cohort=as_cohort)
    assert str(tmp_path / name) in str(error.value)


@pytest.mark.parametrize("name", ["t.csv", "t.parquet", "t.xlsx", "t.sav"])
def test_a_missing_file_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match=r"[Nn]o such file"):
        open_patients(tmp_path / name, None, as_cohort=True)


def test_mixed_encodings_are_refused_with_both_rows(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes("a,b\n1,é\n".encode() + "2,é\n".encode("cp1252"))
    with pytest.raises(InputError, match=r"UTF-8 in line 2 \(row 1\) and another in line 3"):
        open_patients(tmp_path / "t.csv", None, as_cohort=True)


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_memory_does_not_grow_with_the_file(tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # The blocks in which a text file is looked at, smaller than the files of this test.
    monkeypatch.setattr(formats, "_SAMPLE", 2**12)
    monkeypatch.setattr(encodings, "_BLOCK", 2**12)

    def peak(rows: int) -> int:
        table = pd.DataFrame({"id": [f"N{row:012d}" for row in range(rows)], "x": "1.234,5"})
        path = tmp_path / f"t{suffix}"
        table.to_csv(path, index=False, sep=";") if suffix == ".csv" else table.to_parquet(path, row_group_size=500)
        del table
        tracemalloc.start()
        count = sum(len(chunk.rows) for chunk in open_patients(path, None, as_cohort=True).chunks(["id", "x"], 500))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert count == rows
        return peak

    assert peak(20_000) < 1.2 * peak(4_000)
