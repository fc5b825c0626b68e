"""Row by row: which patients the model can read, and what is wrong with the others."""

from __future__ import annotations

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


class Screened(NamedTuple):
    """The good patients of a chunk with the numbers of their rows, and the faults of the others in order of rows."""

    rows: NDArray[np.int64]
    patients: pd.DataFrame
    faults: list[Fault]


class Screen:
    """Checks chunk after chunk against a schema; remembers identifiers, so one screen serves one file.

    Text is taken as it is: a blank before a category makes it another category.
    """

    def __init__(self, schema: CohortSchema) -> None:
        self._schema, self._repeats = schema, Repeats()

    def check(self, chunk: Chunk) -> Screened:
        """Split a chunk into patients and faults. A row that repeats an identifier is refused, the first is kept."""
        faults, name = list(chunk.faults), self._schema.identifier
        identifiers, good = self._identifiers(chunk, faults)
        table = {name: identifiers}
        for column in self._schema.inputs:
            check = _numbers if column.numeric else _categories
            table[column.name], fits = check(column, chunk.cells[column.name])
            _report(faults, chunk, column, ~fits)
            good &= fits
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


def _categories(column: Column, values: pd.Series) -> tuple[pd.Series, Mask]:
    texts = values.astype(object)
    codes = pd.Index(column.categories, dtype=object).get_indexer(pd.Index(texts, dtype=object))
    named = pd.Categorical.from_codes(codes, categories=pd.Index(column.categories))
    return pd.Series(named, index=values.index), codes >= 0


def _numbers(column: Column, values: pd.Series) -> tuple[pd.Series, Mask]:
    numbers = pd.to_numeric(values, errors="coerce").astype(np.float64)
    low, high = _bounds(column)
    # What is not a number lies between no bounds.
    fits = numbers.between(low, high) & ~numbers.isin([np.inf, -np.inf])
    return numbers, fits.to_numpy(dtype=bool)


def _bounds(column: Column) -> tuple[float, float]:
    low = -np.inf if column.minimum is None else column.minimum
    return low, np.inf if column.maximum is None else column.maximum


def _report(faults: list[Fault], chunk: Chunk, column: Column, mask: Mask) -> None:
    if not mask.any():
        return
    expected, values = _expectation(column), chunk.cells[column.name][mask]
    for row, value, missing in zip(chunk.rows[mask], values, _missing(values), strict=True):
        faults.append(Fault(int(row), column.name, expected, "nothing" if missing else quoted(value)))


def _expectation(column: Column) -> str:
    if not column.numeric:
        return f"one of {list(column.categories)}"
    low, high = _bounds(column)
    unit = f" {column.unit}" if column.unit else ""
    if np.isinf(low) and np.isinf(high):
        return f"a finite number{unit}"
    return f"a number from {low:g} to {high:g}{unit}"
