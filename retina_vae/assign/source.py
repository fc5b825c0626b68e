"""Reading a table of patients in chunks, CSV, TSV or Parquet, without ever holding all of it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
from numpy.typing import NDArray

from retina_vae.assign.faults import Fault, quoted
from retina_vae.atomic import is_temporary
from retina_vae.errors import InputError
from retina_vae.files import unescape_formula

__all__ = ["Chunk", "check_header", "read_chunks", "read_header"]

_SAVE_AS = (
    "Save the table as CSV with commas, in UTF-8 (in a spreadsheet: 'CSV UTF-8, comma separated'), or as Parquet."
)

_SEPARATORS = {".csv": ",", ".tsv": "\t"}
"""What separates the columns of a text file, by its suffix."""

_NAMES = {",": "commas", "\t": "tabs"}


class Chunk(NamedTuple):
    """Some rows of the file.

    Attributes:
        rows: Their numbers in the file, from 1.
        cells: Their values in the columns that were asked for: text from CSV and TSV, as stored from Parquet.
        faults: Rows that have too few or too many cells, and are not in ``cells``.
        share: How much of the file has been read up to here, 0 to 1.
    """

    rows: NDArray[np.int64]
    cells: pd.DataFrame
    faults: list[Fault]
    share: float


def read_header(path: Path) -> list[str]:
    """Names of the table's columns.

    Raises:
        InputError: The file is missing, empty, half-written, no table, not UTF-8, or separates its columns by something
            else.
    """
    if is_temporary(path):
        raise InputError(f"{path}: expected a whole table, found what a run that was killed left of one. Name another.")
    suffixes = (*_SEPARATORS, ".parquet")
    if path.suffix not in suffixes:
        raise InputError(
            f"{path}: expected a table that ends in {' or '.join(suffixes)}, found {path.suffix!r}. {_SAVE_AS}"
        )
    with _readable(path):
        if path.suffix == ".parquet":
            return list(pq.ParquetFile(path).schema_arrow.names)
        with _text(path) as (stream, _):
            header = next(_reader(stream, path), [])
    if not any(header):
        raise InputError(f"{path}: expected a first row with the names of the columns, found none. {_SAVE_AS}")
    if any("\udc80" <= sign <= "\udcff" or sign == "\0" for name in header for sign in name):
        raise InputError(f"{path}: expected a header in UTF-8, found other bytes. {_SAVE_AS}")
    separator = _SEPARATORS[path.suffix]
    found = next((sign for sign in ";\t|," if sign in header[0] and sign != separator), None)
    if len(header) == 1 and found is not None:
        between = f"columns separated by {_NAMES[separator]}, found {quoted(found)} between"
        raise InputError(f"{path}: expected {between}. {_SAVE_AS}")
    return header


def check_header(path: Path, header: Sequence[str], needed: Iterable[str], ignored: Iterable[str]) -> list[str]:
    """Check that every needed column is there once; their order does not matter.

    Args:
        path: Of the table, for the message.
        header: The table's columns.
        needed: The identifier and the inputs of the model.
        ignored: Columns that may be there and are not read.

    Returns:
        Columns that are neither needed nor ignored.

    Raises:
        InputError: A needed column is missing or there twice.
    """
    needed = list(needed)
    shown = "[" + ", ".join(quoted(name) for name in header) + "]"
    missing = [name for name in needed if name not in header]
    if missing:
        raise InputError(f"{path}: expected the columns {needed}, found {shown}: {missing} missing. Name them so.")
    twice = [name for name in needed if header.count(name) > 1]
    if twice:
        raise InputError(f"{path}: expected each column once, found {twice} more than once. Keep one of each.")
    return [name for name in header if name not in {*needed, *ignored}]


def read_chunks(path: Path, columns: Sequence[str], rows: int) -> Iterator[Chunk]:
    """Yield the table in chunks of at most ``rows`` rows.

    Raises:
        InputError: The file is missing or damaged; the message says where.
    """
    with _readable(path):
        yield from (_parquet_chunks if path.suffix == ".parquet" else _text_chunks)(path, columns, rows)


def _parquet_chunks(path: Path, columns: Sequence[str], rows: int) -> Iterator[Chunk]:
    table, first = pq.ParquetFile(path, pre_buffer=False), 1
    for batch in table.iter_batches(batch_size=rows, columns=list(columns)):
        numbers = np.arange(first, first + batch.num_rows)
        first += batch.num_rows
        # Else integers of which one is missing would become floating-point numbers, and lose their last digits; and a
        # column that pandas wrote as the index of its table would be no column.
        cells = batch.to_pandas(integer_object_nulls=True, ignore_metadata=True)[list(columns)]
        yield Chunk(numbers, cells, [], (first - 1) / max(table.metadata.num_rows, 1))


def _text_chunks(path: Path, columns: Sequence[str], rows: int) -> Iterator[Chunk]:
    size = max(path.stat().st_size, 1)
    with _text(path) as (stream, binary):
        reader = _reader(stream, path)
        header, first = next(reader), 1
        places = [header.index(name) for name in columns]
        while batch := _records(reader, rows, path):
            whole = np.array([len(cells) == len(header) for cells in batch])
            numbers = np.arange(first, first + len(batch))
            kept = batch if whole.all() else [cells for cells, fits in zip(batch, whole, strict=True) if fits]
            texts = {
                name: pd.Series([_unescaped(cells[place]) for cells in kept], dtype=object)
                for name, place in zip(columns, places, strict=True)
            }
            faults = [
                Fault(int(row), "", f"{len(header)} cells, as in the header", f"{len(cells)} cells")
                for row, cells, fits in zip(numbers, batch, whole, strict=True)
                if not fits and cells
            ]
            first += len(batch)
            yield Chunk(numbers[whole], pd.DataFrame(texts), faults, min(binary.tell() / size, 1.0))


def _unescaped(text: str) -> str:
    """A cell as it was before a CSV file of this package made it harmless."""
    return unescape_formula(text) if text.startswith("'") else text


def _reader(stream: io.TextIOWrapper, path: Path) -> Iterator[list[str]]:
    return csv.reader(stream, delimiter=_SEPARATORS[path.suffix], strict=True)


def _records(reader: Iterator[list[str]], rows: int, path: Path) -> list[list[str]]:
    try:
        return list(islice(reader, rows))
    except csv.Error as error:
        line = getattr(reader, "line_num", 0)
        raise InputError(
            f"{path}: line {line}: expected cells separated by {_NAMES[_SEPARATORS[path.suffix]]}, found: {error}. "
            "Look at the quotes up to that line."
        ) from None


@contextmanager
def _text(path: Path) -> Iterator[tuple[io.TextIOWrapper, io.BufferedReader]]:
    """The file as text and as bytes; a byte-order mark is skipped, and bytes that are no UTF-8 become surrogates."""
    with (
        path.open("rb") as binary,
        io.TextIOWrapper(binary, encoding="utf-8-sig", errors="surrogateescape", newline="") as stream,
    ):
        yield stream, binary


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Say which file could not be read, and why."""
    try:
        yield
    # Of pyarrow's own errors, some are ValueErrors.
    except (OSError, ValueError, csv.Error) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"{path}: expected a table that can be read, found: {reason}. {_SAVE_AS}") from None
