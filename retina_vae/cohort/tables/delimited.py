"""Reading CSV and TSV, whatever separates their columns."""

from __future__ import annotations

import csv
import io
import re
from itertools import islice
from pathlib import Path

from retina_vae.cohort.tables.encodings import decode
from retina_vae.cohort.tables.raw import Cells, RawTable, make_raw_table
from retina_vae.errors import InputError
from retina_vae.faults import Fault, describe_faults
from retina_vae.files import unescape_formula
from retina_vae.words import amount_of

__all__ = ["SEPARATORS", "read_delimited", "recognise_separator"]

SEPARATORS = {"\t": "tab", ";": "';'", "|": "'|'", ",": "','"}
"""What may separate columns, with its name; of two that fit as well, the earlier is taken."""

_SAMPLE = 200
"""Records by which the separator is judged."""

_DECLARED = re.compile(r"sep=([,;|\t])\r?\n", re.IGNORECASE)
"""A first line by which a spreadsheet says how columns are separated."""


def read_delimited(path: Path) -> RawTable:
    """Read a table whose columns are separated by commas, semicolons, tabs or bars.

    Encoding and separator are recognised. Blank rows are left out and counted. The apostrophe that CSV files of this
    package put before texts that a spreadsheet would run is taken away.

    Raises:
        InputError: The file is empty, is no text, mixes encodings, or a row has more or fewer cells than the header.
    """
    source = str(path)
    text, encoding = decode(path.read_bytes(), source)
    separator, start = recognise_separator(text)
    records = _records(text[start:], separator, source)
    header = records[0] if records else []
    if not any(cell.strip() for cell in header):
        raise InputError(f"{source}: expected a first row with the names of the columns, found none.")
    rows = [(row, cells) for row, cells in enumerate(records[1:], start=1) if any(cell.strip() for cell in cells)]
    faults = [
        Fault(row, "", f"{amount_of(len(header), 'cell')}, as in the header", amount_of(len(cells), "cell"))
        for row, cells in rows
        if len(cells) != len(header)
    ]
    if faults:
        raise InputError(
            f"{source}: expected as many cells in every row as in the header, separated by {SEPARATORS[separator]}.\n"
            f"{describe_faults(faults)}\n  Put cells that hold {SEPARATORS[separator]} or a line break into quotes."
        )
    columns = [[_unescaped(cells[place]) for _, cells in rows] for place in range(len(header))]
    found = Cells([_unescaped(name) for name in header], columns, [row for row, _ in rows])
    notes = [f"{encoding}, columns separated by {SEPARATORS[separator]}"]
    if encoding in ("Windows-1252", "Latin-1"):
        notes.append("if special characters look wrong, save the table in UTF-8")
    return make_raw_table(source, found, point=False, comma=separator != ",", notes=notes)


def recognise_separator(text: str) -> tuple[str, int]:
    """What separates the columns of a table that starts with this text, and where its header begins.

    A first line such as ``sep=;``, by which a spreadsheet says so, is no part of the table.
    """
    declared = _DECLARED.match(text)
    return (declared.group(1), declared.end()) if declared else (_separator(text), 0)


def _separator(text: str) -> str:
    """The separator that cuts the first records into the most columns, and all of them into as many."""
    best, columns = ",", 1
    for separator in SEPARATORS:
        try:
            sample = [cells for cells in islice(csv.reader(io.StringIO(text), delimiter=separator), _SAMPLE) if cells]
        except csv.Error:
            continue
        width = len(sample[0]) if sample else 1
        # A row or two of another length are faults of the table, which the reader names.
        agree = sum(len(cells) == width for cells in sample)
        if width > columns and agree >= 0.5 * len(sample):
            best, columns = separator, width
    return best


def _records(text: str, separator: str, source: str) -> list[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        return list(reader)
    except csv.Error as error:
        raise InputError(
            f"{source}: line {reader.line_num}: expected cells separated by {SEPARATORS[separator]}, found: {error}. "
            "Look at the quotes up to that line."
        ) from None


def _unescaped(text: str) -> str:
    return unescape_formula(text) if text.startswith("'") else text
