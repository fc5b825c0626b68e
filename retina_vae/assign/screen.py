"""Row by row: which patients the model can read, and what is wrong with the others."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retina_vae.assign.faults import Fault, quoted
from retina_vae.assign.repeats import Repeats
from retina_vae.assign.source import Chunk
from retina_vae.cohort import CohortSchema, Column
from retina_vae.cohort.identifiers import identifier_texts

__all__ = ["Screen", "Screened"]

Mask = NDArray[np.bool_]

_NOTHING = ("a value in at least one of the columns that the model reads", "nothing in any of them")


class Screened(NamedTuple):
    """The good patients of a chunk with the numbers of their rows, and the faults of the others in order of rows."""

    rows: NDArray[np.int64]
    patients: pd.DataFrame
    faults: list[Fault]


class Screen:
    """Checks chunk after chunk against a schema; remembers identifiers, so one screen serves one file.

    Text is taken as it is: a blank before a category makes it another category. An empty cell is a missing value, which
    only columns with gaps may have.

    Args:
        schema: What a patient is.
        gaps: Names of the inputs that patients of the training cohort lacked.
    """

    def __init__(self, schema: CohortSchema, gaps: Collection[str] = ()) -> None:
        self._schema, self._gaps, self._repeats = schema, gaps, Repeats()

    def check(self, chunk: Chunk) -> Screened:
        """Split a chunk into patients and faults. A row that repeats an identifier is refused, the first is kept."""
        faults, name = list(chunk.faults), self._schema.identifier
        identifiers, good = self._identifiers(chunk, faults)
        table, observed = {name: identifiers}, np.zeros(len(good), dtype=bool)
        for column in self._schema.inputs:
            cells = chunk.cells[column.name]
            table[column.name], fits = _values(column, cells)
            missing = _missing(cells)
            accepted = fits | missing if column.name in self._gaps else fits
            _report(faults, chunk.rows[~accepted], column, cells[~accepted])
            good &= accepted
            observed |= ~missing
        faults += [Fault(int(row), "", *_NOTHING) for row in chunk.rows[good & ~observed]]
        good &= observed
        patients = pd.DataFrame(table)[good].reset_index(drop=True)
        return Screened(chunk.rows[good], patients, sorted(faults, key=lambda fault: fault.row))

    def _identifiers(self, chunk: Chunk, faults: list[Fault]) -> tuple[pd.Series, Mask]:
        name = self._schema.identifier
        missing = _missing(chunk.cells[name])
        texts, inexact = identifier_texts(chunk.cells[name].reset_index(drop=True))
        # Arrow, behind the text columns of pandas, takes no surrogates, so they are looked for here.
        foreign = np.array([_has_surrogates(text) for text in texts], dtype=bool)
        usable = ~missing & ~foreign & (inexact == "").to_numpy(dtype=bool)
        repeated = np.zeros(len(texts), dtype=bool)
        repeated[usable] = self._repeats.repeated(texts[usable])
        for mask, found in (
            (missing, "nothing"),
            (foreign, "bytes that are not UTF-8"),
            (repeated, "an identifier that an earlier row has"),
            *(((inexact == words).to_numpy(dtype=bool), words) for words in inexact[inexact != ""].unique()),
        ):
            faults += [Fault(int(row), name, "a text unique to the patient", found) for row in chunk.rows[mask]]
        return texts, usable & ~repeated


def _has_surrogates(text: str) -> bool:
    return not text.isascii() and any("\ud800" <= sign <= "\udfff" for sign in text)


def _missing(values: pd.Series) -> Mask:
    texts = values.astype(object)
    return (texts.isna() | (texts == "")).to_numpy(dtype=bool)


def _values(column: Column, cells: pd.Series) -> tuple[pd.Series, Mask]:
    """The values of a column's cells, missing where there is none, and which cells hold one."""
    kind = column.kind_of
    codes = kind.codes(_numbers(cells) if column.numeric else _texts(cells), column.categories)
    return kind.values(codes, column.categories), kind.fits(codes, column.minimum, column.maximum)


def _numbers(cells: pd.Series) -> pd.Series:
    # pandas would take a date as the number of nanoseconds since 1970.
    return cells.astype(object) if cells.dtype.kind in "mM" else cells


def _texts(cells: pd.Series) -> pd.Series:
    """The texts of categories; a whole number is its digits, as in an identifier."""
    texts = cells.astype(object)
    if pd.api.types.infer_dtype(texts, skipna=True) in ("string", "empty"):
        return texts
    digits, faults = identifier_texts(texts)
    return digits.mask(faults != "", texts.astype("str"))


def _report(faults: list[Fault], rows: NDArray[np.int64], column: Column, cells: pd.Series) -> None:
    for row, cell, missing in zip(rows, cells, _missing(cells), strict=True):
        found = "nothing, and no patient of the training cohort lacked it" if missing else quoted(cell)
        faults.append(Fault(int(row), column.name, column.expectation, found))
