"""Files that call themselves tables: good ones, strange ones and damaged ones, of every format that is read."""

import csv
import gzip
import io
import tempfile
from datetime import date
from pathlib import Path
from typing import Any
from zlib import crc32

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyreadstat
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from tests.assign.clinic import as_clinic_writes, clinic_patients

NASTY = [
    *("", " ", "NA", "nan", "inf", "-inf", "1e999", "-1", "0", "01", "1.0", "1,5", "1.234", "1.234,5", "45 %", "<5"),
    *("=1+1", "@x", "\t", "\r", "\n", "'", '"', "\0", "\ufeff", "ü", "一", "\u202e", "😀", "٣", "½", "+", "-", "."),
    *("true", "FALSE", "yes", "2020-01-31", "31.1.2020", "10:30", "9" * 400, "x" * 300, "{}", "{{x}}", "</script>"),
    *("[1, 2]", "b'x'", "None", "null", "~", "*a", "&a", "!!int 1", "a: b", "%d", "\\", "$(ls)", "../../x", "A", "1"),
]
NAMES = ["id", "patient_id", "age", "sex", "death", "date", "ward", "record", "x", "", " ", "cluster", "a.b", "ü" * 5]

CELLS = st.one_of(st.sampled_from(NASTY), st.text(max_size=8), st.integers(-10, 200).map(str), st.floats().map(str))
HEADERS = st.one_of(st.sampled_from(NAMES), st.text(max_size=6))


@st.composite
def grids(draw: DrawFn) -> list[list[str]]:
    """A header and rows, mostly as long as the header."""
    width, height = draw(st.integers(0, 5)), draw(st.integers(0, 6))
    header = draw(st.lists(HEADERS, min_size=width, max_size=width))
    row = st.lists(CELLS, min_size=width, max_size=width)
    rows = draw(st.lists(st.one_of(row, row, row, st.lists(CELLS, max_size=6)), min_size=height, max_size=height))
    return [header, *rows * draw(st.sampled_from([1, 1, 1, 10]))]


@st.composite
def clinic_grids(draw: DrawFn) -> list[list[str]]:
    """The table of a clinic with some cells changed."""
    patients = clinic_patients(draw(st.sampled_from([1, 9, 30, 30])), seed=draw(st.integers(0, 3)))
    if draw(st.booleans()):
        table = as_clinic_writes(patients, codes=draw(st.booleans()))
    else:
        # As the tables of a run have them.
        table = patients.drop(columns="site")
    table = table.astype("object").fillna("")
    grid = [list(table.columns), *table.astype(str).to_numpy().tolist()]
    for _ in range(draw(st.integers(0, 4))):
        row = draw(st.integers(0, len(grid) - 1))
        grid[row][draw(st.integers(0, len(grid[row]) - 1))] = draw(CELLS)
    return grid


def as_text(grid: list[list[str]], separator: str, encoding: str) -> bytes:
    stream = io.StringIO()
    try:
        csv.writer(stream, delimiter=separator, lineterminator="\n").writerows(grid)
    except csv.Error:
        return b""
    return stream.getvalue().encode(encoding, "replace")


@st.composite
def delimited(draw: DrawFn) -> tuple[str, bytes]:
    grid = draw(st.one_of(grids(), clinic_grids(), clinic_grids()))
    encoding = draw(st.sampled_from(["utf-8", "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "latin-1", "cp1252"]))
    suffix = draw(st.sampled_from([".csv", ".csv", ".tsv", ".txt", ".CSV"]))
    usual = "\t" if suffix == ".tsv" else ","
    return suffix, as_text(grid, draw(st.sampled_from([usual, usual, *",;\t|"])), encoding)


@st.composite
def plain(draw: DrawFn) -> tuple[str, bytes]:
    """The table of a clinic as it should be, but for a few cells."""
    suffix = draw(st.sampled_from([".csv", ".tsv"]))
    return suffix, as_text(draw(clinic_grids()), "," if suffix == ".csv" else "\t", "utf-8")


@st.composite
def workbooks(draw: DrawFn) -> tuple[str, bytes]:
    book = openpyxl.Workbook()
    sheet = book.active
    values = st.one_of(
        *(CELLS, st.none(), st.booleans(), st.integers(-(2**60), 2**60), st.floats(allow_nan=False)),
        *(st.dates().map(lambda day: max(day, date(1900, 3, 1))), st.sampled_from(["=1/0", "=A1", "#DIV/0!"])),
    )
    for y, row in enumerate(draw(st.one_of(grids(), clinic_grids())), start=1):
        for x, text in enumerate(row, start=1):
            value = draw(values) if draw(st.integers(0, 9)) == 0 else text
            try:
                sheet.cell(y, x, value)
            except (ValueError, openpyxl.utils.exceptions.IllegalCharacterError):
                continue
    if draw(st.integers(0, 9)) == 0:
        sheet.merge_cells("A1:B2")
    if draw(st.integers(0, 9)) == 0:
        sheet.cell(1_048_576, 16_384, 1)
    if draw(st.integers(0, 9)) == 0:
        book.create_sheet("other").append(["a"])
    stream = io.BytesIO()
    book.save(stream)
    return draw(st.sampled_from([".xlsx", ".xlsm"])), stream.getvalue()


def column_types() -> SearchStrategy[pa.DataType]:
    plain = st.sampled_from(
        [
            *(pa.null(), pa.bool_(), pa.int8(), pa.uint64(), pa.int64(), pa.float16(), pa.float32(), pa.float64()),
            *(pa.string(), pa.large_string(), pa.binary(), pa.binary(2), pa.large_binary(), pa.date32(), pa.date64()),
            *(pa.timestamp("s"), pa.timestamp("ms"), pa.timestamp("ns"), pa.timestamp("us", "Europe/Berlin")),
            *(pa.timestamp("us", "No/Where"), pa.time32("s"), pa.time64("ns"), pa.duration("s"), pa.duration("ns")),
            *(pa.decimal128(10, 2), pa.decimal256(60, 5), pa.decimal128(5, -2)),
        ]
    )
    nested = plain.map(pa.list_) | plain.map(lambda kind: pa.struct([("a", kind)]))
    mapped = plain.map(lambda kind: pa.map_(pa.string(), kind))
    return st.one_of(plain, plain, plain, nested, mapped, st.just(pa.dictionary(pa.int32(), pa.string())))


VALUES = st.one_of(
    *(CELLS, st.none(), st.booleans(), st.integers(-(2**63), 2**63 - 1), st.integers(0, 120), st.floats()),
    *(st.binary(max_size=4), st.dates(), st.datetimes(), st.timedeltas(), st.decimals(allow_nan=False, places=2)),
)


def array(values: list[Any], kind: pa.DataType) -> pa.Array:
    """The values as a column of a type; where one is none of it, gaps or numbers."""
    try:
        return pa.array(values, kind)
    except (pa.ArrowException, ValueError, TypeError, OverflowError):
        pass
    try:
        return pa.array([crc32(str(value).encode("utf-8", "replace")) for value in values]).cast(kind, safe=False)
    except (pa.ArrowException, ValueError):
        return pa.nulls(len(values), kind)


@st.composite
def parquet(draw: DrawFn) -> tuple[str, bytes]:
    if draw(st.integers(0, 3)) == 0:
        header, *rows = draw(clinic_grids())
        columns = [pa.array([row[place] for row in rows]) for place in range(len(header))]
        changed = draw(st.integers(0, len(header) - 1))
        columns[changed] = array(draw(st.lists(VALUES, min_size=len(rows), max_size=len(rows))), draw(column_types()))
    else:
        width, height = draw(st.integers(0, 5)), draw(st.integers(0, 12))
        header = draw(st.lists(HEADERS, min_size=width, max_size=width))
        cells = st.lists(VALUES, min_size=height, max_size=height)
        columns = [array(draw(cells), draw(column_types())) for _ in range(width)]
    stream = io.BytesIO()
    try:
        pq.write_table(pa.table(columns, names=header), stream)
    except (pa.ArrowException, ValueError, OSError):
        return ".parquet", b"PAR1"
    return ".parquet", stream.getvalue()


@st.composite
def statistics_files(draw: DrawFn) -> tuple[str, bytes]:
    suffix = draw(st.sampled_from([".sav", ".zsav", ".dta", ".xpt", ".por"]))
    header, *rows = draw(st.one_of(grids(), clinic_grids()))
    names = [f"v{place}" if not name.isascii() or not name.isalnum() else name[:8] for place, name in enumerate(header)]
    names = [f"{name[:5]}{place}" for place, name in enumerate(names)]
    table = pd.DataFrame([row[: len(names)] + [""] * (len(names) - len(row)) for row in rows], columns=names)
    for name in names:
        if draw(st.booleans()):
            table[name] = pd.to_numeric(table[name], errors="coerce")
    labels = {name: {1.0: "one", 2.0: "two"} for name in names if table[name].dtype.kind == "f"}
    writers = {".dta": pyreadstat.write_dta, ".xpt": pyreadstat.write_xport, ".por": pyreadstat.write_por}
    write = writers.get(suffix, pyreadstat.write_sav)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"t{suffix}"
        more = {"variable_value_labels": labels} if suffix in (".sav", ".dta") else {}
        try:
            write(table, str(path), **more)
        except Exception:
            return suffix, b"$FL2@(#)"
        return suffix, path.read_bytes()


@st.composite
def damaged(draw: DrawFn, tables: SearchStrategy[tuple[str, bytes]]) -> tuple[str, bytes]:
    """A file with some bytes changed, cut off, doubled or put in."""
    suffix, data = draw(tables)
    for _ in range(draw(st.integers(1, 3))):
        # Not of its length, which differs by the time of day that some formats hold.
        at = draw(st.integers(0, 2**20)) * len(data) >> 20
        piece = draw(st.binary(min_size=1, max_size=8))
        way = draw(st.sampled_from(["change", "cut", "put in", "double"]))
        if way == "change":
            data = data[:at] + piece + data[at + len(piece) :]
        elif way == "cut":
            data = data[:at]
        elif way == "put in":
            data = data[:at] + piece + data[at:]
        else:
            data = data[:at] + data[at : at + 100] + data[at:]
    return suffix, data


@st.composite
def packed(draw: DrawFn, tables: SearchStrategy[tuple[str, bytes]]) -> tuple[str, bytes]:
    """A compressed file, called by what is in it or by what it is."""
    suffix, data = draw(tables)
    return suffix + draw(st.sampled_from(["", ".gz"])), gzip.compress(data)


SUFFIXES = [".csv", ".tsv", ".xlsx", ".parquet", ".sav", ".dta", ".sas7bdat", ".xpt", ".por", ".xls", ""]

GOOD = st.one_of(delimited(), delimited(), parquet(), parquet(), workbooks(), statistics_files())

TABLES = st.one_of(
    *(
        plain(),
        plain(),
        GOOD,
        GOOD,
        GOOD,
        damaged(GOOD),
        damaged(GOOD),
        packed(GOOD),
        st.tuples(st.sampled_from(SUFFIXES), st.binary(max_size=60)),
    ),
    # Of one format, called like another.
    st.tuples(st.sampled_from(SUFFIXES), GOOD).map(lambda pair: (pair[0], pair[1][1])),
)
"""A suffix and the bytes of a file."""
