"""Opening a table of new patients of any format, as chunks; CSV, TSV and Parquet are never held as a whole."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from retina_vae.assign.source import (
    Chunk,
    TextTable,
    read_chunks,
    read_header,
    readable,
    require_whole,
    text_chunks,
    unescaped,
)
from retina_vae.cohort.tables import RawTable, read_raw_table
from retina_vae.cohort.tables.arrow_columns import plain_values, require_plain_columns
from retina_vae.cohort.tables.delimited import SEPARATORS, recognise_separator
from retina_vae.cohort.tables.encodings import Encoding, recognise_encoding
from retina_vae.cohort.tables.numbers import Notation, parse_numbers
from retina_vae.cohort.tables.raw import cell_text, clean_name
from retina_vae.errors import InputError
from retina_vae.files import require_regular_file

__all__ = ["NewPatients", "open_patients", "raw_chunks"]

_DELIMITED = (".csv", ".tsv", ".txt")
_WORKBOOKS = (".xlsx", ".xlsm")

_SAMPLE = 2**20
"""Characters by which the separator is judged."""

_SPREADSHEET_DIGITS = 1e15
"""The least exact of the formats that are read as a whole keeps 15 digits of a number."""

_EXACT_BELOW = {16: 2**11, 32: 2**24, 64: 2**53}
"""By its bits, the size below which a floating-point number holds every whole number."""


class NewPatients(NamedTuple):
    """A table that has been opened.

    Attributes:
        header: The names of its columns.
        chunks: From the columns that are wanted, and the most rows of a chunk, to its rows.
    """

    header: list[str]
    chunks: Callable[[Sequence[str], int], Iterator[Chunk]]


def open_patients(path: Path, sheet: str | None, *, as_cohort: bool) -> NewPatients:
    """Open a table of new patients.

    Args:
        path: CSV or TSV with commas or tabs in UTF-8, Parquet, or an Excel workbook.
        sheet: Which sheet of a workbook; not needed where only one holds anything.
        as_cohort: Take whatever a cohort is read from: text files of any encoding and separator, and the formats of
            statistics programs, too. All cells are texts without blanks at their ends.

    Raises:
        InputError: The file is missing or cannot be read as such a table.
    """
    suffix = path.suffix.lower() if as_cohort else path.suffix
    require_whole(path)
    require_regular_file(path, "a table of patients")
    if sheet is not None or suffix in _WORKBOOKS or (as_cohort and suffix not in (*_DELIMITED, ".parquet")):
        raw = read_raw_table(path, sheet)
        return NewPatients(raw.columns, partial(raw_chunks, raw))
    if not as_cohort:
        return NewPatients(read_header(path), partial(read_chunks, path))
    with readable(path):
        if suffix == ".parquet":
            stored = pq.ParquetFile(path).schema_arrow.names
            header = [clean_name(name) for name in stored]
            return NewPatients(header, partial(_parquet_chunks, path, dict(zip(header, stored, strict=True))))
        layout = _layout(path)
        with _open_text(path, layout) as table:
            header = table.header
    if not any(header):
        raise InputError(f"{path}: expected a first row with the names of the columns, found none.")
    return NewPatients(header, partial(_delimited_chunks, path, layout))


def raw_chunks(raw: RawTable, columns: Sequence[str], rows: int) -> Iterator[Chunk]:
    """A table that has been read as a whole, piece by piece."""
    whole = raw.cells[list(columns)]
    inexact = {name: _long(whole[name]) for name in columns if name in raw.inexact}
    for start in range(0, len(whole), rows):
        piece = slice(start, start + rows)
        yield Chunk(
            raw.rows[piece],
            whole.iloc[piece].reset_index(drop=True),
            [],
            min((start + rows) / len(whole), 1.0),
            point=raw.point,
            stored_numbers={name: mask[piece] for name, mask in raw.stored_numbers.items()},
            inexact={name: mask[piece] for name, mask in inexact.items()},
        )


def _long(cells: pd.Series) -> NDArray[np.bool_]:
    return np.asarray(np.abs(parse_numbers(cells, Notation())) >= _SPREADSHEET_DIGITS)


def _parquet_chunks(path: Path, names: dict[str, str], columns: Sequence[str], rows: int) -> Iterator[Chunk]:
    """Like a Parquet table that a cohort is read from; ``names`` are those of its columns as they stand there."""
    with readable(path):
        table, first = pq.ParquetFile(path, pre_buffer=False), 1
        require_plain_columns(table.schema_arrow, [names[name] for name in columns], str(path))
        for batch in table.iter_batches(batch_size=rows, columns=[names[name] for name in columns]):
            stored = {name: batch.column(names[name]) for name in columns}
            values = {name: plain_values(cells, name, str(path)) for name, cells in stored.items()}
            texts = {name: _column([cell_text(value) for value in own]) for name, own in values.items()}
            inexact = {name: _rounded(cells) for name, cells in stored.items() if pa.types.is_floating(cells.type)}
            stored_numbers = {name: ~_nulls(cells) for name, cells in stored.items() if _is_number(cells.type)}
            numbers = np.arange(first, first + batch.num_rows)
            first += batch.num_rows
            share = (first - 1) / max(table.metadata.num_rows, 1)
            cells = pd.DataFrame(texts)
            yield Chunk(numbers, cells, [], share, point=True, stored_numbers=stored_numbers, inexact=inexact)


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind))


def _nulls(cells: pa.Array) -> NDArray[np.bool_]:
    return np.asarray(cells.is_null().to_numpy(zero_copy_only=False))


def _rounded(cells: pa.Array) -> NDArray[np.bool_]:
    numbers = cells.cast(pa.float64()).to_numpy(zero_copy_only=False)
    return np.asarray(np.abs(numbers) >= _EXACT_BELOW[cells.type.bit_width])


class _Layout(NamedTuple):
    """How a text file is written; its header begins after ``start`` characters."""

    encoding: Encoding
    separator: str
    start: int


def _layout(path: Path) -> _Layout:
    with path.open("rb") as binary:
        encoding = recognise_encoding(binary, str(path))
        binary.seek(encoding.mark)
        with io.TextIOWrapper(binary, encoding=encoding.codec, newline="") as stream:
            return _Layout(encoding, *recognise_separator(stream.read(_SAMPLE)))


@contextmanager
def _open_text(path: Path, layout: _Layout) -> Iterator[TextTable]:
    size = max(path.stat().st_size, 1)
    with path.open("rb") as binary:
        binary.seek(layout.encoding.mark)
        with io.TextIOWrapper(binary, encoding=layout.encoding.codec, newline="") as stream:
            stream.read(layout.start)
            reader = csv.reader(stream, delimiter=layout.separator, strict=True)
            header = [clean_name(unescaped(name)) for name in next(reader, [])]
            share = partial(_share, binary, size)
            yield TextTable(str(path), header, reader, SEPARATORS[layout.separator], share)


def _share(binary: io.BufferedReader, size: int) -> float:
    return min(binary.tell() / size, 1.0)


def _delimited_chunks(path: Path, layout: _Layout, columns: Sequence[str], rows: int) -> Iterator[Chunk]:
    with readable(path), _open_text(path, layout) as table:
        for chunk in text_chunks(table, columns, rows, _is_blank):
            texts = {name: _column(chunk.cells[name].tolist()) for name in columns}
            yield chunk._replace(cells=pd.DataFrame(texts))


def _is_blank(cells: Sequence[str]) -> bool:
    return not any(cell.strip() for cell in cells)


def _column(texts: Sequence[str]) -> pd.Series:
    return pd.Series([text.strip() for text in texts], dtype="str")
