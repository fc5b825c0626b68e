"""A file of new patients as a finished run reads it: which of its columns are read, and which are not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

from retina_vae.assign.cells import companions_in, needed_columns
from retina_vae.assign.formats import open_patients
from retina_vae.assign.source import Chunk, check_header
from retina_vae.cohort import CohortSchema
from retina_vae.cohort.table_schema import TableSchema
from retina_vae.errors import InputError

__all__ = ["OpenedPatients", "open_by_schema"]


class OpenedPatients(NamedTuple):
    """A file whose header was checked.

    Attributes:
        chunks: From a number of rows to chunks of at most so many, with the columns that are read.
        ignored: Columns that nobody asks for.
    """

    chunks: Callable[[int], Iterator[Chunk]]
    ignored: tuple[str, ...]


def open_by_schema(
    source: Path, sheet: str | None, schema: CohortSchema, document: TableSchema | None, *, strict: bool
) -> OpenedPatients:
    """Open a file of patients for a run.

    Args:
        source: The file.
        sheet: Which sheet of a workbook.
        schema: Of the run's cohort.
        document: Of the analyst's table that the cohort came from, if it came from one.
        strict: Refuse a column that nobody asks for.

    Raises:
        InputError: The file cannot be read, lacks a column, has one twice, or one too many with ``strict``.
    """
    columns = needed_columns(schema, document)
    unread = [column.name for column in schema.tested] if document is None else [f.name for f in document.fields]
    table = open_patients(source, sheet, as_cohort=document is not None)
    read = [*columns, *companions_in(table.header, schema)]
    ignored = check_header(source, table.header, read, unread)
    if strict and ignored:
        raise InputError(
            f"{source}: expected only the columns {columns} with --strict, found also {ignored}. Drop them."
        )
    return OpenedPatients(partial(table.chunks, read), tuple(ignored))
