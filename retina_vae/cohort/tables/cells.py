"""From the cells of a table to the values of patients, by the fields of a Table Schema."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import count
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retina_vae.cohort.remarks import remark_column, remark_texts
from retina_vae.cohort.schema import CohortSchema, Column
from retina_vae.cohort.table_schema import SchemaField, TableSchema
from retina_vae.cohort.tables.dates import Said, elapsed
from retina_vae.cohort.tables.numbers import Limits, Notation, parse_limits, parse_numbers, whole_number_texts
from retina_vae.cohort.tables.raw import RawTable
from retina_vae.errors import InputError
from retina_vae.faults import Fault, quoted

__all__ = [
    "ColumnValues",
    "Values",
    "missing_cells",
    "notation",
    "read_column",
    "read_values",
    "require_same_columns",
]

Mask = NDArray[np.bool_]


class ColumnValues(NamedTuple):
    """What the cells of one column say.

    Attributes:
        values: A category's label, or a number; missing where the cell is, or holds none. Of a limit, the limit.
        fits: Which cells hold a value of the column, shape (patients,).
        missing: Which cells say that there is none, shape (patients,).
        not_applicable: Which of these say that there could be none, shape (patients,).
        remarks: What the cells say beside a value, as a companion column holds it; None of a column without remarks.
        said: By place, what to say of a cell that does not fit, where the column's own words are not enough.
    """

    values: pd.Series
    fits: Mask
    missing: Mask
    not_applicable: Mask
    remarks: pd.Series | None
    said: Mapping[int, Said] = MappingProxyType({})


class Values(NamedTuple):
    """Values of the schema's columns, one row per row of the table, and the cells that hold none of their column.

    Attributes:
        patients: Identifier, then the columns with their companions; a category is its label, a gap is missing.
        faults: Cells that cannot be used; one patient may have several.
    """

    patients: pd.DataFrame
    faults: list[Fault]


def require_same_columns(raw: RawTable, document: TableSchema, schema_source: str) -> None:
    """Check that schema and table have the same columns, in whatever order.

    Raises:
        InputError: One has a column that the other lacks.
    """
    names = [field.name for field in document.fields]
    lacking = [name for name in names if name not in raw.columns]
    unknown = [name for name in raw.columns if name not in names]
    lines = []
    if lacking:
        lines.append(f"  {lacking}: in the schema, not in the table; the table has {raw.columns}")
    if unknown:
        lines.append(f"  {unknown}: in the table, not in the schema; say retinaVae:role: ignore of what is not wanted")
    if lines:
        raise InputError(
            f"{raw.source}: expected the columns of the schema {schema_source}, found others.\n" + "\n".join(lines)
        )


def read_values(raw: RawTable, document: TableSchema, schema: CohortSchema) -> Values:
    """Read every cell as the value that its field says it is."""
    fields = {field.name: field for field in document.fields}
    patients, faults = {}, []
    identifier = fields[schema.identifier]
    texts, repeats = _identifiers(raw, missing_cells(raw.cells[identifier.name], identifier, document), identifier)
    patients[schema.identifier] = texts
    faults += repeats
    for column in schema.columns:
        read = read_column(raw, fields[column.name], column, document)
        patients[column.name] = read.values
        if read.remarks is not None:
            patients[remark_column(column.name)] = read.remarks
        wrong = ~read.fits & ~(read.not_applicable if column.required else read.missing)
        faults += _faults(raw, column, wrong, read)
    # Two columns may be measured from the same bad day.
    return Values(pd.DataFrame(patients), _first_of_each_column_first(list(dict.fromkeys(faults))))


def read_column(
    raw: RawTable, field: SchemaField, column: Column, document: TableSchema, *, labels: bool = False
) -> ColumnValues:
    """Read the cells of one column.

    Args:
        raw: The table.
        field: What the schema says of the column.
        column: The same as the cohort has it.
        document: The schema, for its missing values.
        labels: Whether a cell may also hold the label of a category; only where no label is the value of another
            category, or stands for a missing value.
    """
    cells = raw.cells[field.name]
    none = _named(cells, field, frozenset(field.not_applicable))
    missing = missing_cells(cells, field, document) | none
    sides = np.zeros(len(cells), dtype=np.int8)
    said: Mapping[int, Said] = MappingProxyType({})
    if field.since is not None:
        since = next((other for other in document.fields if other.name == field.since), None)
        gaps = {} if since is None else {since.name: missing_cells(raw.cells[since.name], since, document)}
        values, fits, missing, said = elapsed(
            raw.cells, field, since, column, gaps | {field.name: missing}, typed=raw.point
        )
    elif column.numeric:
        values, fits, sides = _numbers(raw, field, column, missing)
    else:
        values, fits = _labels(raw, field, missing, _unmistakable_labels(field, document) if labels else [])
    remarks = remark_texts(np.where(fits, sides, np.int8(0)), none) if column.remarked else None
    return ColumnValues(values, fits, missing, none, remarks, said)


def notation(field: SchemaField, raw: RawTable) -> Notation:
    """How the numbers of a column are written."""
    return Notation(field.decimal_char, field.group_char, field.bare_number, raw.point)


def missing_cells(cells: pd.Series, field: SchemaField, document: TableSchema) -> Mask:
    """Which cells are missing: the empty ones and those with a missing value of the schema, shape (patients,).

    Of numbers 99 means 99.0, too.
    """
    return _named(cells, field, document.missing(field))


def _named(cells: pd.Series, field: SchemaField, codes: frozenset[str]) -> Mask:
    """Which cells are one of these texts, or of numbers one of these numbers, shape (patients,)."""
    named = cells.isin(codes).to_numpy()
    numbers = {number for code in codes if not np.isnan(number := Notation().number(code))}
    if not numbers or field.type not in ("integer", "number"):
        return named
    return named | np.isin(parse_numbers(cells, Notation()), list(numbers))


def _identifiers(raw: RawTable, missing: Mask, field: SchemaField) -> tuple[pd.Series, list[Fault]]:
    texts = raw.cells[field.name]
    expected = "a text that is unique to the patient"
    if field.name in raw.inexact:
        rounded = "whole numbers so long that the file may have rounded them; store identifiers as text"
        return texts, [Fault(int(raw.rows[0]), field.name, expected, rounded)]
    first = pd.Series(raw.rows).groupby(texts.to_numpy()).transform("first").to_numpy()
    repeated = ~missing & (first != raw.rows)
    faults = [Fault(int(row), field.name, expected, "nothing") for row in raw.rows[missing]]
    for row, earlier in zip(raw.rows[repeated], first[repeated], strict=True):
        faults.append(Fault(int(row), field.name, expected, f"the identifier of row {earlier}"))
    return texts, faults


def _numbers(
    raw: RawTable, field: SchemaField, column: Column, missing: Mask
) -> tuple[pd.Series, Mask, NDArray[np.int8]]:
    """The numbers, which of them fit, and on which side of them the measured ones lie."""
    numbers, sides = _written(raw.cells[field.name], notation(field, raw), column)
    if field.name in raw.stored_numbers:
        plain = parse_numbers(raw.cells[field.name], Notation())
        numbers = np.where(raw.stored_numbers[field.name], plain, numbers)
    numbers[missing] = np.nan
    return pd.Series(numbers), column.kind_of.fits(numbers, column.minimum, column.maximum), sides


def _written(cells: pd.Series, notation: Notation, column: Column) -> Limits:
    if column.censored:
        return parse_limits(cells, notation)
    return Limits(parse_numbers(cells, notation), np.zeros(len(cells), dtype=np.int8))


def _labels(raw: RawTable, field: SchemaField, missing: Mask, shown: Sequence[str]) -> tuple[pd.Series, Mask]:
    cells, labels = raw.cells[field.name], field.labels
    if field.type == "integer":
        digits = whole_number_texts(cells.unique())
        cells, labels = cells.replace(digits), _by_digits(labels)
    known = cells.map(labels).astype("str")
    if shown:
        written = raw.cells[field.name]
        known = known.fillna(written.where(written.isin(shown)))
    known = known.mask(missing)
    return known, known.notna().to_numpy()


def _unmistakable_labels(field: SchemaField, document: TableSchema) -> list[str]:
    """The labels of a column; none where one of them, as the text of a cell, would say something else."""
    labels, digits = field.labels, dict[str, str]()
    if field.type == "integer":
        labels, digits = _by_digits(field.labels), whole_number_texts(field.labels.values())
    mistakable = any(labels.get(digits.get(label, label), label) != label for label in labels.values())
    return [] if mistakable or document.missing(field) & set(labels.values()) else list(labels.values())


def _by_digits(labels: Mapping[str, str]) -> dict[str, str]:
    digits = whole_number_texts(labels)
    return {digits.get(value, value): label for value, label in labels.items()}


def _faults(raw: RawTable, column: Column, wrong: Mask, read: ColumnValues) -> Iterable[Fault]:
    cells = raw.cells[column.name].to_numpy()
    for place in np.flatnonzero(wrong):
        found = "nothing" if read.missing[place] else quoted(cells[place])
        yield Fault(int(raw.rows[place]), *read.said.get(int(place), (column.name, column.expectation, found)))


def _first_of_each_column_first(faults: Sequence[Fault]) -> list[Fault]:
    """The faults in an order in which a message that shows some of them shows as many columns as it can."""
    counters: dict[str, count[int]] = {}
    turns = [next(counters.setdefault(fault.column, count())) for fault in faults]
    return [fault for _, fault in sorted(zip(turns, faults, strict=True), key=lambda pair: pair[0])]
