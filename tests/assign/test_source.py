from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from retina_vae.assign.source import check_header, read_chunks, read_header, readable
from retina_vae.errors import InputError


def write(folder: Path, content: str | bytes, name: str = "new.csv") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize("rows", [1, 2, 100])
def test_chunks_hold_every_row_once_with_its_number(tmp_path: Path, rows: int):
    path = write(tmp_path, 'b,a\r\n1,x\r\n\r\n2,"y, ""z"""\r\n3,w')
    chunks = list(read_chunks(path, ["a", "b"], rows))
    assert [int(row) for chunk in chunks for row in chunk.rows] == [1, 3, 4]
    assert [text for chunk in chunks for text in chunk.cells["a"]] == ["x", 'y, "z"', "w"]
    assert not any(chunk.faults for chunk in chunks)
    assert chunks[-1].share == 1


def test_a_byte_order_mark_is_no_part_of_the_first_name(tmp_path: Path):
    assert read_header(write(tmp_path, "\ufeffa,b\n1,2\n")) == ["a", "b"]


def test_rows_of_another_length_are_faults(tmp_path: Path):
    (chunk,) = read_chunks(write(tmp_path, "a,b\n1,2\n3\n4,5,6\n"), ["a"], 10)
    assert [(fault.row, fault.found) for fault in chunk.faults] == [(2, "1 cell"), (3, "3 cells")]
    assert chunk.rows.tolist() == [1]


def test_parquet_comes_in_chunks_with_its_types(tmp_path: Path):
    table = pd.DataFrame({"a": ["x", None, "z"], "b": [1.5, 2.5, float("nan")], "c": 0})
    table.to_parquet(tmp_path / "new.parquet")
    chunks = list(read_chunks(tmp_path / "new.parquet", ["b", "a"], 2))
    assert [chunk.rows.tolist() for chunk in chunks] == [[1, 2], [3]]
    assert chunks[0].cells["b"].tolist() == [1.5, 2.5]
    assert read_header(tmp_path / "new.parquet") == ["a", "b", "c"]


@pytest.mark.parametrize("kind", [pa.int64(), pa.uint64(), pa.decimal128(38, 0)])
def test_whole_numbers_of_which_one_is_missing_keep_all_their_digits(tmp_path: Path, kind: pa.DataType):
    rng = np.random.default_rng(1)
    numbers = rng.integers(10**17, 10**18, size=2000).tolist()
    assert sum(int(float(number)) != number for number in numbers) > 100
    stored = pa.array([*numbers[:5], None, *numbers[5:]]).cast(kind)
    pq.write_table(pa.table({"a": stored}), tmp_path / "new.parquet")
    cells = [value for chunk in read_chunks(tmp_path / "new.parquet", ["a"], 300) for value in chunk.cells["a"]]
    assert cells.pop(5) is None
    assert cells == numbers


def test_a_column_that_pandas_wrote_as_the_index_is_read_like_any_other(tmp_path: Path):
    pd.DataFrame({"a": ["x", "y"], "b": [1, 2]}).set_index("a").to_parquet(tmp_path / "new.parquet")
    assert set(read_header(tmp_path / "new.parquet")) == {"a", "b"}
    (chunk,) = read_chunks(tmp_path / "new.parquet", ["a", "b"], 10)
    assert chunk.cells.to_dict("list") == {"a": ["x", "y"], "b": [1, 2]}


@pytest.mark.parametrize(
    ("content", "name", "message"),
    [
        ("", "new.csv", "names of the columns, found none"),
        ("\n\n", "new.csv", "names of the columns, found none"),
        ("a;b\n1;2\n", "new.csv", "separated by commas, found ';'"),
        ("a\tb\n1\t2\n", "new.csv", "separated by commas, found '\\t'"),
        ("a,é\n".encode("latin-1"), "new.csv", "header in UTF-8"),
        ("a,b\n1,2\n".encode("utf-16"), "new.csv", "header in UTF-8"),
        (b"no parquet at all", "new.parquet", "can be read"),
        (b"PAR1....PAR1", "new.parquet", "can be read"),
        ("a,b\n", "new.ods", "ends in .csv or .tsv or .parquet or .xlsx"),
        ("a,b\n1,2\n", "new.tsv", "separated by tabs, found ','"),
        ("a;b\n1;2\n", "new.tsv", "separated by tabs, found ';'"),
        ('"a,b\n1,2\n', "new.csv", "can be read"),
    ],
)
def test_a_file_that_is_no_table_is_refused(tmp_path: Path, content: str | bytes, name: str, message: str):
    with pytest.raises(InputError) as error:
        read_header(write(tmp_path, content, name))
    assert message in str(error.value)
    assert str(tmp_path / name) in str(error.value)


def test_a_missing_file_is_refused(tmp_path: Path):
    with pytest.raises(InputError, match="expected a table of patients, but there is no such file"):
        read_header(tmp_path / "new.csv")


@pytest.mark.parametrize("rows", [1, 100])
def test_columns_of_a_tsv_are_separated_by_tabs(tmp_path: Path, rows: int):
    path = write(tmp_path, 'b\ta\r\n1\tx,y\r\n2\t"p\tq"\r\n3\n', "new.tsv")
    assert read_header(path) == ["b", "a"]
    chunks = list(read_chunks(path, ["a", "b"], rows))
    assert [text for chunk in chunks for text in chunk.cells["a"]] == ["x,y", "p\tq"]
    assert [fault.row for chunk in chunks for fault in chunk.faults] == [3]


def test_an_open_quote_is_refused_with_its_line(tmp_path: Path):
    with pytest.raises(InputError, match="line 3: expected cells separated by commas"):
        list(read_chunks(write(tmp_path, 'a,b\n1,2\n"3,4\n'), ["a"], 10))


def test_header_tells_missing_repeated_and_unknown_columns():
    path = Path("new.csv")
    assert check_header(path, ["d", "b", "a", "<b>x</b>"], ["a", "b"], ["d"]) == ["<b>x</b>"]
    with pytest.raises(InputError, match=r"\['b'\] missing"):
        check_header(path, ["a", "\x1b[31m"], ["a", "b"], [])
    with pytest.raises(InputError, match=r"\['a'\] more than once"):
        check_header(path, ["a", "a"], ["a"], [])


def test_what_the_system_refuses_is_no_matter_of_the_format(tmp_path: Path):
    path = tmp_path / "new.csv"
    with pytest.raises(InputError, match=r"expected a table, but there is no such file\. Check the path\.$"):
        next(read_chunks(path, ["a"], 1))
    with pytest.raises(InputError) as error, readable(path):
        raise PermissionError(13, "Permission denied")
    assert str(error.value) == f"{path}: expected a table that can be read, found: Permission denied."
