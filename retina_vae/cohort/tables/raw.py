"""A table as it stands in a file: cells as text, before anybody says what they mean."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retina_vae.errors import InputError
from retina_vae.faults import quoted

__all__ = [
    "Cells",
    "RawTable",
    "cell_text",
    "clean_name",
    "column_letters",
    "file_source",
    "make_raw_table",
    "may_be_rounded",
    "stored_numbers",
]

_EXACT = 2**53
"""From here on a floating-point number no longer holds every whole number."""


_MOST_COLUMNS = 5_000
"""More columns than any table of patients has that a model could learn from."""

_NUMBERS = (int, float, Decimal)


@dataclass(frozen=True)
class RawTable:
    """A table of text cells.

    Attributes:
        source: The file, and the sheet where there are several, as messages name it.
        cells: Texts without blanks at their ends; the empty text is the empty cell. Names of columns are clean and
            unique.
        rows: Number of each row in the file, counted from 1, the header not counted and blank lines counted.
        point: Whether the format itself stores numbers, so that a number's text has a point whatever the country.
        comma: Whether a comma may be a decimal comma, because nothing else in the file is separated by it.
        titles: What a column is called in words, where the format says it.
        labels: What values of a column mean, where the format says it.
        stored_numbers: By column, which cells the format stores as numbers, whatever the texts of others mean, shape
            (rows,); columns without any are left out.
        inexact: Columns with whole numbers so large that the format may have rounded them.
        notes: What a reader should know of how the file was read.
    """

    source: str
    cells: pd.DataFrame
    rows: NDArray[np.int64]
    point: bool
    comma: bool
    titles: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    stored_numbers: Mapping[str, NDArray[np.bool_]] = field(default_factory=dict)
    inexact: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()

    @property
    def columns(self) -> list[str]:
        """The names of the columns."""
        return [str(name) for name in self.cells.columns]


class Cells(NamedTuple):
    """What a reader finds in a file: the header as it stands, and the columns below it, each of as many texts."""

    header: Sequence[str]
    columns: Sequence[Sequence[str]]
    rows: Sequence[int]


def make_raw_table(source: str, found: Cells, *, point: bool, comma: bool, notes: Sequence[str] = ()) -> RawTable:
    """Put cells into a table, once every column has one name.

    Line breaks and several blanks within a name become one blank, and blanks at its ends are dropped. A column without
    a name and without any cell is dropped.

    Raises:
        InputError: A column has no name, or two have the same; or there is no row.
    """
    names = [clean_name(name) for name in found.header]
    if len(names) > _MOST_COLUMNS:
        raise InputError(
            f"{source}: expected at most {_MOST_COLUMNS} columns, found {len(names)}. Drop those that are not wanted."
        )
    kept = [place for place, name in enumerate(names) if name or any(found.columns[place])]
    unnamed = [place for place in kept if not names[place]]
    if unnamed:
        raise InputError(
            f"{source}: expected a name in the first row of every column, found none in {_places(unnamed)}. Give each "
            "column a name; the names must be the first row of the table, with no title above them. A column that only "
            "numbers the rows may be deleted."
        )
    twice = {
        name: [place for place in kept if names[place] == name] for name in names if names.count(name) > 1 and name
    }
    if twice:
        shown = "; ".join(f"{quoted(name)} in {_places(places)}" for name, places in twice.items())
        raise InputError(f"{source}: expected a name of its own for each column, found {shown}. Rename or delete one.")
    changed = [name for name, written in zip(names, found.header, strict=True) if name and name != written]
    said = [f"names of columns without line breaks and blanks at their ends: {changed}"] if changed else []
    if not found.rows:
        raise InputError(f"{source}: expected one row per patient below the names of the columns, found no row.")
    texts = {names[place]: pd.array([cell.strip() for cell in found.columns[place]], dtype="str") for place in kept}
    return RawTable(source, pd.DataFrame(texts), np.asarray(found.rows), point, comma, notes=(*notes, *said))


def clean_name(written: str) -> str:
    r"""The name of a column without line breaks and blanks at its ends, and one blank where there are several.

    >>> clean_name(" serum\n  ferritin ")
    'serum ferritin'
    """
    return " ".join(written.split())


def cell_text(value: object) -> str:
    """A stored value as text: whole numbers as digits, dates as ISO 8601 says, nothing as the empty text.

    >>> [cell_text(value) for value in (7.0, 0.1, None, True, date(2020, 1, 2), Decimal("1.50"))]
    ['7', '0.1', '', 'true', '2020-01-02', '1.50']
    """
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, float):
        # Beyond 1e16 the digits would be made up.
        return str(int(value)) if value.is_integer() and abs(value) < 1e16 else repr(float(value))
    if isinstance(value, datetime):
        # A day without a time of day is a date.
        return value.date().isoformat() if value.time() == time() and value.tzinfo is None else value.isoformat(" ")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    return str(value)


def may_be_rounded(values: Sequence[object], digits: float = _EXACT) -> bool:
    """Whether some floating-point number is whole and so large that it may have been rounded."""
    return any(isinstance(value, float) and value.is_integer() and abs(value) >= digits for value in values)


def stored_numbers(names: Sequence[str], columns: Sequence[Sequence[object]]) -> dict[str, NDArray[np.bool_]]:
    """By name of a column, which of its values are numbers; columns without any are left out."""
    masks = {
        clean_name(name): np.array([isinstance(value, _NUMBERS) and not isinstance(value, bool) for value in column])
        for name, column in zip(names, columns, strict=True)
    }
    return {name: mask for name, mask in masks.items() if mask.any()}


def column_letters(place: int) -> str:
    """The name that a spreadsheet gives to a column, counted from 0.

    >>> [column_letters(place) for place in (0, 25, 26, 701, 702)]
    ['A', 'Z', 'AA', 'ZZ', 'AAA']
    """
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def file_source(path: Path, sheet: str | None = None) -> str:
    """How messages name a file, or a sheet in it."""
    return str(path) if sheet is None else f"{path}, sheet {sheet!r}"


def _places(places: Sequence[int], most: int = 10) -> str:
    shown = ", ".join(f"column {place + 1} ({column_letters(place)})" for place in places[:most])
    return shown + (f" and {len(places) - most} more" if len(places) > most else "")
