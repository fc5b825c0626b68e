"""Reading formats that store values with their types: Parquet, SPSS, Stata and SAS."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pyreadstat

from retina_vae.cohort.tables.arrow_columns import plain_values, require_plain_columns
from retina_vae.cohort.tables.raw import (
    Cells,
    RawTable,
    cell_text,
    clean_name,
    make_raw_table,
    may_be_rounded,
    stored_numbers,
)
from retina_vae.errors import InputError
from retina_vae.files import said_of

__all__ = ["STATISTICS_FILES", "read_parquet", "read_statistics_file", "typed_table"]

STATISTICS_FILES: dict[str, Callable[..., Any]] = {
    ".sav": pyreadstat.read_sav,
    ".zsav": pyreadstat.read_sav,
    ".por": pyreadstat.read_por,
    ".dta": pyreadstat.read_dta,
    ".sas7bdat": pyreadstat.read_sas7bdat,
    ".xpt": pyreadstat.read_xport,
}
"""What reads a file of SPSS, Stata or SAS, by its suffix."""


def read_parquet(path: Path) -> RawTable:
    """Read a Parquet table; integers of any size keep their digits, whether or not one of them is missing.

    Raises:
        InputError: The file is no Parquet table, or a column holds lists, structures or bytes.
    """
    try:
        file = pq.ParquetFile(path)
        require_plain_columns(file.schema_arrow, file.schema_arrow.names, str(path))
        table = file.read()
    # Of pyarrow's own errors, some are ValueErrors.
    except (OSError, ValueError, pa.ArrowException) as error:
        raise InputError(f"{path}: expected a Parquet table, found: {said_of(error)}.") from None
    columns = zip(table.column_names, table.columns, strict=True)
    values = [plain_values(column, name, str(path)) for name, column in columns]
    return typed_table(str(path), table.column_names, values)


def read_statistics_file(path: Path) -> RawTable:
    """Read a file of SPSS, Stata or SAS: value labels are kept, values that the file declares missing are empty.

    Raises:
        InputError: The file is damaged or is none of these.
    """
    reader = STATISTICS_FILES[path.suffix.lower()]
    try:
        values, meta = reader(str(path), output_format="dict")
        declared = _declared_missing(path, reader)
    # Of a damaged file it raises whatever comes: its own errors, and those of dates and encodings.
    except Exception as error:
        raise InputError(f"{path}: expected a file of SPSS, Stata or SAS, found: {said_of(error)}.") from None
    raw = typed_table(str(path), list(values), list(values.values()))
    labels = {
        name: {cell_text(value): str(label) for value, label in labelled.items() if not _within(value, declared, name)}
        for name, labelled in meta.variable_value_labels.items()
    }
    titles = {name: title for name, title in meta.column_names_to_labels.items() if title}
    return replace(raw, labels=labels, titles=titles)


def typed_table(source: str, names: Sequence[str], columns: Sequence[Sequence[Any]]) -> RawTable:
    """A table of values that have a type, as texts.

    Args:
        source: Where it comes from, for error messages.
        names: Of the columns.
        columns: The values of each; None where there is none.

    Raises:
        InputError: As :func:`~retina_vae.cohort.tables.raw.make_raw_table`.
    """
    texts = [[cell_text(value) for value in column] for column in columns]
    rows = range(1, len(texts[0]) + 1) if texts else range(0)
    raw = make_raw_table(source, Cells(list(names), texts, list(rows)), point=True, comma=True)
    rounded = {clean_name(name) for name, column in zip(names, columns, strict=True) if may_be_rounded(column)}
    return replace(raw, inexact=frozenset(rounded), stored_numbers=stored_numbers(names, columns))


def _declared_missing(path: Path, reader: Callable[..., Any]) -> Mapping[str, Any]:
    """The ranges of values that an SPSS file declares missing, by column."""
    if reader is not pyreadstat.read_sav:
        return {}
    _, meta = reader(str(path), metadataonly=True, user_missing=True)
    return dict[str, Any](meta.missing_ranges)


def _within(value: Any, ranges: Mapping[str, Any], name: str) -> bool:
    return any(type(part["lo"]) is type(value) and part["lo"] <= value <= part["hi"] for part in ranges.get(name, []))
