"""Columns of days, which become the time since another day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retina_vae.cohort.dates import DEFAULT_UNIT, UNITS, DateNotation, index_date
from retina_vae.cohort.schema import Column
from retina_vae.cohort.table_schema import SchemaField
from retina_vae.faults import quoted

__all__ = ["Elapsed", "Said", "dates_needed", "elapsed", "parse_days"]

FloatArray = NDArray[np.float64]
Mask = NDArray[np.bool_]


class Said(NamedTuple):
    """What is wrong with a cell: the column in which to look, what is expected there, and what was found."""

    column: str
    expected: str
    found: str


class Elapsed(NamedTuple):
    """The time since another day, in the field's unit, and the cells that give none.

    Attributes:
        values: Shape (patients,); NaN where there is none.
        fits: Which are values of the column, shape (patients,).
        missing: Where the day, or the one that it is measured from, is missing, shape (patients,).
        said: By place, what is wrong with those that do not fit.
    """

    values: pd.Series
    fits: Mask
    missing: Mask
    said: Mapping[int, Said]


class _Days(NamedTuple):
    """The days of a column; NaN where a cell is missing, or is none within the bounds."""

    name: str
    cells: NDArray[np.object_]
    days: FloatArray
    missing: Mask
    expectation: str

    @property
    def bad(self) -> Mask:
        return np.isnan(self.days) & ~self.missing


def elapsed(
    cells: pd.DataFrame,
    field: SchemaField,
    since: SchemaField | None,
    column: Column,
    missing: Mapping[str, Mask],
    *,
    typed: bool,
) -> Elapsed:
    """Read a column of days as the time since an index date, or since the day in another column.

    Args:
        cells: Texts of the table.
        field: Of the column; it has ``since``.
        since: The field of the other column; None of an index date.
        column: The same as the cohort has it.
        missing: By name of the two columns, which cells are missing.
        typed: Whether the file stores days as such, which are then ISO 8601, whatever the pattern of the others.
    """
    own = _days(cells, field, missing[field.name], typed)
    other = None if since is None else _days(cells, since, missing[since.name], typed)
    start = other.days if other is not None else float(_index(field).toordinal())
    numbers = (own.days - start) / UNITS[field.unit or DEFAULT_UNIT]
    fits = column.kind_of.fits(numbers, column.minimum, column.maximum)
    gone = own.missing if other is None else own.missing | (other.missing & ~own.bad)
    numbers = np.where(fits, numbers, np.nan)
    wrong = np.flatnonzero(~fits & ~own.missing)
    shown = (own.days - start) / UNITS[field.unit or DEFAULT_UNIT]
    said = {int(place): _said(int(place), field, column, own, other, shown) for place in wrong}
    return Elapsed(pd.Series(numbers), fits, gone, said)


def dates_needed(fields: Mapping[str, SchemaField], columns: list[str]) -> list[str]:
    """The columns that ``columns`` are measured from, and that are not among them."""
    named = [fields[name].since for name in columns if name in fields]
    return list(dict.fromkeys(name for name in named if name in fields and name not in columns and name is not None))


def parse_days(texts: pd.Series, notation: DateNotation) -> FloatArray:
    """The day that each text is, from the first of year 1, shape (patients,); NaN where it is none."""
    places, different = pd.factorize(texts)
    known = np.array([notation.day(str(text)) for text in different] + [np.nan])
    return known[places]


def _days(cells: pd.DataFrame, field: SchemaField, missing: Mask, typed: bool) -> _Days:
    notation = DateNotation.of(field.type, field.format, iso_too=typed)
    days = parse_days(cells[field.name], notation)
    low, high = (
        bound if isinstance(bound, date) else None for bound in (field.constraints.minimum, field.constraints.maximum)
    )
    # The last day counts to its end.
    outside = (days < low.toordinal() if low else False) | (days >= high.toordinal() + 1 if high else False)
    ends = "".join([f" from {low}" if low else "", f" to {high}" if high else ""])
    days = np.where(missing | outside, np.nan, days)
    return _Days(field.name, cells[field.name].to_numpy(dtype=object), days, missing, notation.expectation + ends)


def _index(field: SchemaField) -> date:
    day = index_date(str(field.since))
    if day is None:
        raise ValueError(f"column {field.name!r}: expected an index date, got {field.since!r}")
    return day


def _said(place: int, field: SchemaField, column: Column, own: _Days, other: _Days | None, numbers: FloatArray) -> Said:
    if own.bad[place]:
        return Said(own.name, own.expectation, quoted(own.cells[place]))
    if other is not None and other.missing[place]:
        return Said(own.name, f"a day here and in {other.name!r}", f"nothing in {other.name!r}")
    if other is not None and other.bad[place]:
        return Said(other.name, other.expectation, quoted(other.cells[place]))
    far = f"{numbers[place]:.4g} {column.unit} since {field.since}"
    return Said(own.name, f"{column.expectation} since {field.since}", f"{quoted(own.cells[place])}, which is {far}")
