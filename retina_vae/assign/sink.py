"""Writing the assigned patients as they come, and the faults beside them; a file is there whole or not at all."""

from __future__ import annotations

import csv
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import TextIO

import pandas as pd
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from retina_vae.errors import ConfigurationError
from retina_vae.faults import Fault
from retina_vae.files import atomic_path, escape_formula, escape_formulas

__all__ = ["append_rows", "remove", "write_cells", "write_faults", "write_rows", "write_stream"]


@contextmanager
def write_stream(
    path: Path, metadata: Mapping[bytes, bytes] = MappingProxyType({})
) -> Iterator[Callable[[pd.DataFrame], None]]:
    """Yield a function that appends a table; CSV or Parquet by the suffix. The file appears when the block ends well.

    Texts that a spreadsheet would run are escaped in CSV, and left as they are in Parquet.

    Args:
        path: Of the file.
        metadata: More entries of a Parquet file's schema.
    """
    with write_rows(path) as write:

        def append(table: pd.DataFrame) -> None:
            shown = escape_formulas(table) if path.suffix == ".csv" else table
            rows = pa.Table.from_pandas(shown, preserve_index=False)
            write(rows.replace_schema_metadata({**rows.schema.metadata, **metadata}))

        yield append


@contextmanager
def write_cells(path: Path, numbers: Collection[str]) -> Iterator[Callable[[pd.DataFrame], None]]:
    """The same for the cells of an analyst's table, in which a chunk may have nothing in a column.

    Args:
        path: Of the file.
        numbers: Columns that hold numbers only, which are left as they are also where they are texts: -3,5 is no
            formula.
    """
    with write_rows(path) as write:

        def append(table: pd.DataFrame) -> None:
            texts = {str(name): cells.astype("str") for name, cells in table.items() if cells.dtype == object}
            table = table.assign(**texts)
            if path.suffix == ".csv":
                kept = {escape_formula(str(name)): table[name] for name in table if name in numbers}
                table = escape_formulas(table).assign(**kept)
            write(pa.Table.from_pandas(table, preserve_index=False))

        yield append


@contextmanager
def write_rows(path: Path) -> Iterator[Callable[[pa.Table], None]]:
    """The same for rows as they stand in the file."""
    with atomic_path(path) as temporary, append_rows(temporary) as append:
        yield append


@contextmanager
def append_rows(path: Path) -> Iterator[Callable[[pa.Table], None]]:
    """Yield a function that writes rows into a file that is there already and empty."""
    writer: pq.ParquetWriter | pa_csv.CSVWriter | None = None

    def append(rows: pa.Table) -> None:
        nonlocal writer
        if writer is None:
            writer = (pa_csv.CSVWriter if path.suffix == ".csv" else pq.ParquetWriter)(str(path), rows.schema)
        writer.write_table(rows)

    try:
        yield append
    finally:
        if writer is not None:
            writer.close()


@contextmanager
def write_faults(path: Path, *, always: bool = False) -> Iterator[Callable[[Sequence[Fault]], None]]:
    """Yield a function that appends faults to a CSV file; without any fault there is no file, not even an old one.

    Args:
        path: Of the file.
        always: Write the file without any fault, too.

    Raises:
        ConfigurationError: The file cannot be written, or the old one not be removed.
    """
    with ExitStack() as opened:
        stream: TextIO | None = None

        def append(faults: Sequence[Fault]) -> None:
            nonlocal stream
            if (faults or always) and stream is None:
                temporary = opened.enter_context(atomic_path(path))
                stream = opened.enter_context(temporary.open("w", encoding="utf-8", newline=""))
                csv.writer(stream, lineterminator="\n").writerow(Fault._fields)
            if stream is not None:
                csv.writer(stream, lineterminator="\n").writerows(_harmless(fault) for fault in faults)

        append([])
        yield append
    if stream is None:
        remove(path)


def _harmless(fault: Fault) -> Fault:
    # What was found is in words or in quotes, which already keep it from being run.
    return fault._replace(column=escape_formula(fault.column), expected=escape_formula(fault.expected))


def remove(path: Path) -> None:
    """Remove a file where there is one.

    Raises:
        ConfigurationError: It cannot be removed.
    """
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise ConfigurationError(
            f"{path}: expected no file, or one that can be removed, got: {error.strerror or error}. Remove it."
        ) from error
