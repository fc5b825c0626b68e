"""What the cells of a table of new patients say: in the words of the run, or in those of the analyst's own table."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retina_vae.assign.source import Chunk
from retina_vae.cohort import CohortSchema, Column
from retina_vae.cohort.identifiers import identifier_texts
from retina_vae.cohort.remarks import NOT_APPLICABLE, REMARKS, remark_column, remark_texts
from retina_vae.cohort.table_schema import TableSchema
from retina_vae.cohort.tables import RawTable
from retina_vae.cohort.tables.cells import ColumnValues, missing_cells, read_column
from retina_vae.cohort.tables.dates import dates_needed
from retina_vae.cohort.tables.numbers import Notation, parse_limits

__all__ = ["CellReader", "Identifiers", "SchemaCells", "StoredCells", "companions_in", "needed_columns", "reader_of"]

Mask = NDArray[np.bool_]


class Identifiers(NamedTuple):
    """The identifiers of a chunk's rows.

    Attributes:
        texts: Of dtype object, from 0.
        missing: Which rows have none, shape (rows,).
        inexact: What keeps one from being given exactly as it is stored, in words; empty where nothing does.
    """

    texts: pd.Series
    missing: Mask
    inexact: pd.Series


class CellReader(Protocol):
    """Reads the cells of a chunk."""

    def identifiers(self, chunk: Chunk, name: str) -> Identifiers:
        """The identifiers, which stand in the column ``name``."""

    def column(self, chunk: Chunk, column: Column) -> ColumnValues:
        """The values of a column; a value that is missing does not fit."""


class StoredCells:
    """Cells hold the labels of categories and numbers with a point, as the tables of a run do.

    Text is taken as it is: a blank before a category makes it another category. An empty cell is a missing value. What
    the schema calls not applicable is so here, and limits are written as they are in an analyst's table.
    """

    def identifiers(self, chunk: Chunk, name: str) -> Identifiers:
        """Whole numbers are their digits, whatever their type."""
        cells, empty = chunk.cells[name].reset_index(drop=True), _empty(chunk.cells[name])
        if cells.dtype == object and not empty.any() and pd.api.types.infer_dtype(cells, skipna=False) == "string":
            return Identifiers(cells, empty, pd.Series("", index=cells.index, dtype=object))
        texts, inexact = identifier_texts(cells)
        return Identifiers(texts, empty, inexact)

    def column(self, chunk: Chunk, column: Column) -> ColumnValues:
        """Labels, or what pandas takes for a number."""
        kind, cells, sides = column.kind_of, chunk.cells[column.name], np.zeros(len(chunk.rows), dtype=np.int8)
        none = cells.astype(object).isin(column.not_applicable).to_numpy(dtype=bool)
        codes = kind.codes(cells if column.numeric else _texts(cells), column.categories)
        if column.censored:
            limits = parse_limits(cells.astype(object).where(cells.notna(), "").astype(str), Notation())
            sides = limits.sides
            codes = np.where(sides == 0, codes, limits.numbers)
        codes[none] = np.nan
        fits = kind.fits(codes, column.minimum, column.maximum)
        remarks = remark_texts(np.where(fits, sides, np.int8(0)), none) if column.remarked else None
        values = kind.values(codes, column.categories)
        return _with_companion(ColumnValues(values, fits, _empty(cells) | none, none, remarks), chunk, column)


class SchemaCells:
    """Cells are read by the Table Schema by which the run's cohort was read; a category may also be its label.

    Args:
        document: That schema.
    """

    def __init__(self, document: TableSchema) -> None:
        self._document = document
        self._fields = {field.name: field for field in document.fields}

    def identifiers(self, chunk: Chunk, name: str) -> Identifiers:
        """The texts as they stand there."""
        texts = chunk.cells[name].astype(object).reset_index(drop=True)
        missing = missing_cells(chunk.cells[name], self._fields[name], self._document)
        return Identifiers(texts, missing, pd.Series("", index=texts.index, dtype=object))

    def column(self, chunk: Chunk, column: Column) -> ColumnValues:
        """As a cohort's column, but by label, too."""
        raw = RawTable("", chunk.cells, chunk.rows, chunk.point, comma=True, stored_numbers=chunk.stored_numbers)
        read = read_column(raw, self._fields[column.name], column, self._document, labels=True)
        codes = column.kind_of.codes(read.values, column.categories)
        values, fits = column.kind_of.values(codes, column.categories), read.fits & ~read.missing
        return _with_companion(read._replace(values=values, fits=fits), chunk, column)


def reader_of(document: TableSchema | None) -> CellReader:
    """What reads the cells: by the schema of the analyst's table, or as a run stores them where there is none."""
    return StoredCells() if document is None else SchemaCells(document)


def needed_columns(schema: CohortSchema, document: TableSchema | None) -> list[str]:
    """The identifier, the inputs, and the days that inputs are measured from: what a table of patients must have."""
    names = [schema.identifier, *(column.name for column in schema.inputs)]
    if document is None:
        return names
    return names + dates_needed({field.name: field for field in document.fields}, names)


def companions_in(header: Collection[str], schema: CohortSchema) -> list[str]:
    """The companions of inputs that a table has, as the tables of a run have them."""
    names = (remark_column(column.name) for column in schema.inputs if column.remarked)
    return [name for name in names if name in header]


def _with_companion(read: ColumnValues, chunk: Chunk, column: Column) -> ColumnValues:
    """What a companion in the table says, as the tables of a run have one, added to what the cells say."""
    name = remark_column(column.name)
    if read.remarks is None or name not in chunk.cells:
        return read
    said = chunk.cells[name].astype(object).reset_index(drop=True)
    empty = _empty(said)
    remarks = read.remarks.where(empty, said.astype("str"))
    none = (remarks == NOT_APPLICABLE).to_numpy()
    allowed = (*REMARKS[:2],) * column.censored + (NOT_APPLICABLE,) * bool(column.not_applicable)
    # A limit needs a number beside it, and what does not exist has none.
    fits = read.fits & (empty | (said.isin(allowed).to_numpy() & ~none))
    return read._replace(
        fits=fits, missing=read.missing & (empty | none), not_applicable=none & ~read.fits, remarks=remarks
    )


def _empty(cells: pd.Series) -> Mask:
    texts = cells.astype(object)
    return (texts.isna() | (texts == "")).to_numpy(dtype=bool)


def _texts(cells: pd.Series) -> pd.Series:
    """The texts of categories; a whole number is its digits, as in an identifier."""
    texts = cells.astype(object)
    if pd.api.types.infer_dtype(texts, skipna=True) in ("string", "empty"):
        return texts
    digits, faults = identifier_texts(texts)
    return digits.mask(faults != "", texts.astype("str"))
