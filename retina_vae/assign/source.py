"""Reading a table of patients in chunks, CSV, TSV or Parquet, without ever holding all of it."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from operator import itemgetter
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
from numpy.typing import NDArray

from retina_vae.atomic import is_temporary
from retina_vae.cohort.tables.arrow_columns import require_plain_columns
from retina_vae.errors import InputError
from retina_vae.faults import Fault, quoted
from retina_vae.files import require_regular_file, said_of, unescape_formula
from retina_vae.words import amount_of

__all__ = [
    "Chunk",
    "TextTable",
    "check_header",
    "read_chunks",
    "read_header",
    "readable",
    "require_whole",
    "text_chunks",
    "unescaped",
]

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
        cells: Their values in the columns that were asked for: text, or as stored from Parquet.
        faults: Rows that have too few or too many cells, and are not in ``cells``.
        share: How much of the file has been read up to here, 0 to 1.
        point: Whether the format itself stores numbers, so that a number's text has a point whatever the country.
        stored_numbers: By column, which cells the format stores as numbers.
        inexact: By column, which cells hold a whole number so long that the file may have rounded it.
    """

    rows: NDArray[np.int64]
    cells: pd.DataFrame
    faults: list[Fault]
    share: float
    point: bool = False
    stored_numbers: Mapping[str, NDArray[np.bool_]] = MappingProxyType({})
    inexact: Mapping[str, NDArray[np.bool_]] = MappingProxyType({})


class TextTable(NamedTuple):
    """A text file that has been opened and read up to the end of its header.

    Attributes:
        source: The file, as messages name it.
        header: The names of its columns.
        records: The rows below, each a list of cells.
        separated_by: What separates the cells, in words.
        share: How much of the file has been read.
    """

    source: str
    header: list[str]
    records: Iterator[list[str]]
    separated_by: str
    share: Callable[[], float]


def require_whole(path: Path) -> None:
    """Refuse what a killed process has left of a table.

    Raises:
        InputError: The file has the name of one.
    """
    if is_temporary(path):
        raise InputError(f"{path}: expected a whole table, found what a run that was killed left of one. Name another.")


def read_header(path: Path) -> list[str]:
    """Names of the table's columns.

    Raises:
        InputError: The file is missing, empty, half-written, no table, not UTF-8, or separates its columns by something
            else.
    """
    require_whole(path)
    require_regular_file(path, "a table of patients")
    suffixes = (*_SEPARATORS, ".parquet")
    if path.suffix not in suffixes:
        known = " or ".join((*suffixes, ".xlsx"))
        raise InputError(f"{path}: expected a table that ends in {known}, found {path.suffix!r}. {_SAVE_AS}")
    with readable(path):
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
    with readable(path):
        yield from (_parquet_chunks if path.suffix == ".parquet" else _text_chunks)(path, columns, rows)


def _parquet_chunks(path: Path, columns: Sequence[str], rows: int) -> Iterator[Chunk]:
    table, first = pq.ParquetFile(path, pre_buffer=False), 1
    require_plain_columns(table.schema_arrow, columns, str(path))
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
        table = TextTable(
            str(path), next(reader), reader, _NAMES[_SEPARATORS[path.suffix]], lambda: min(binary.tell() / size, 1.0)
        )
        yield from text_chunks(table, columns, rows, lambda cells: not cells)


def text_chunks(
    table: TextTable, columns: Sequence[str], rows: int, is_blank: Callable[[list[str]], bool]
) -> Iterator[Chunk]:
    """Yield the rows of a text file in chunks; those that are blank are left out and counted.

    Raises:
        InputError: A quote is not closed, or stands where none may.
    """
    width, first = len(table.header), 1
    places = [table.header.index(name) for name in columns]
    while batch := _records(table, rows):
        whole = np.array([len(cells) == width and not is_blank(cells) for cells in batch])
        numbers = np.arange(first, first + len(batch))
        kept = batch if whole.all() else [cells for cells, fits in zip(batch, whole, strict=True) if fits]
        texts = {
            name: pd.Series(_unescaped_all(list(map(itemgetter(place), kept))), dtype=object)
            for name, place in zip(columns, places, strict=True)
        }
        faults = [
            Fault(
                int(numbers[at]), "", f"{amount_of(width, 'cell')}, as in the header", amount_of(len(batch[at]), "cell")
            )
            for at in np.flatnonzero(~whole)
            if not is_blank(batch[at])
        ]
        first += len(batch)
        yield Chunk(numbers[whole], pd.DataFrame(texts), faults, table.share())


def unescaped(text: str) -> str:
    """A cell as it was before a CSV file of this package made it harmless."""
    return unescape_formula(text) if text.startswith("'") else text


def _unescaped_all(texts: list[str]) -> list[str]:
    # Most columns have no apostrophe at all, which one look at the whole tells.
    return [unescaped(text) for text in texts] if "'" in "".join(texts) else texts


def _reader(stream: io.TextIOWrapper, path: Path) -> Iterator[list[str]]:
    return csv.reader(stream, delimiter=_SEPARATORS[path.suffix], strict=True)


def _records(table: TextTable, rows: int) -> list[list[str]]:
    try:
        return list(islice(table.records, rows))
    except csv.Error as error:
        line = getattr(table.records, "line_num", 0)
        raise InputError(
            f"{table.source}: line {line}: expected cells separated by {table.separated_by}, found: {error}. "
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
def readable(path: Path) -> Iterator[None]:
    """Say which file could not be read, and why."""
    try:
        yield
    # Of pyarrow's own errors, some are ValueErrors.
    except (OSError, ValueError, csv.Error) as error:
        if isinstance(error, FileNotFoundError):
            require_regular_file(path, "a table")
        # What the system refuses is no matter of the format.
        if isinstance(error, OSError) and error.errno is not None:
            raise InputError(f"{path}: expected a table that can be read, found: {said_of(error)}.") from None
        raise InputError(f"{path}: expected a table that can be read, found: {said_of(error)}. {_SAVE_AS}") from None
