"""Row by row: which patients the model can read, and what is wrong with the others."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retina_vae.assign.cells import CellReader, StoredCells
from retina_vae.assign.repeats import Repeats
from retina_vae.assign.source import Chunk
from retina_vae.cohort import CohortSchema, Column
from retina_vae.cohort.remarks import remark_column
from retina_vae.cohort.tables.cells import ColumnValues
from retina_vae.faults import Fault, quoted

__all__ = ["Screen", "Screened"]

Mask = NDArray[np.bool_]

_STORED = StoredCells()

_ROUNDED = "a number so long that the file may have rounded it"

_NOTHING = ("a value in at least one of the columns that the model reads", "nothing in any of them")


class Screened(NamedTuple):
    """The good patients of a chunk with the numbers of their rows, and the faults of the others in order of rows."""

    rows: NDArray[np.int64]
    patients: pd.DataFrame
    faults: list[Fault]


class Screen:
    """Checks chunk after chunk against a schema; remembers identifiers, so one screen serves one file.

    Only columns with gaps may have missing values.

    Args:
        schema: What a patient is.
        gaps: Names of the inputs that patients of the training cohort lacked.
        cells: Says what a cell holds.
        not_applicable: Names of the inputs that did not exist for patients of the training cohort.
    """

    def __init__(
        self,
        schema: CohortSchema,
        gaps: Collection[str] = (),
        cells: CellReader = _STORED,
        not_applicable: Collection[str] = (),
    ) -> None:
        self._schema, self._gaps, self._cells, self._repeats = schema, gaps, cells, Repeats()
        self._not_applicable = not_applicable

    def check(self, chunk: Chunk) -> Screened:
        """Split a chunk into patients and faults. A row that repeats an identifier is refused, the first is kept."""
        faults, name = list(chunk.faults), self._schema.identifier
        identifiers, good = self._identifiers(chunk, faults)
        table, observed = {name: identifiers}, np.zeros(len(good), dtype=bool)
        for column in self._schema.inputs:
            read = self._cells.column(chunk, column)
            table[column.name] = read.values
            if read.remarks is not None:
                table[remark_column(column.name)] = read.remarks
            accepted = read.fits | self._gaps_accepted(column, read)
            faults += _faults(chunk, column, ~accepted, read)
            good &= accepted
            observed |= ~read.missing
        faults += [Fault(int(row), "", *_NOTHING) for row in chunk.rows[good & ~observed]]
        good &= observed
        patients = pd.DataFrame(table)[good].reset_index(drop=True)
        return Screened(chunk.rows[good], patients, sorted(dict.fromkeys(faults), key=lambda fault: fault.row))

    def _gaps_accepted(self, column: Column, read: ColumnValues) -> Mask:
        """Which patients lack a value as patients of the training cohort did, shape (rows,)."""
        none = read.not_applicable
        unwritten = read.missing & ~none & (column.name in self._gaps)
        return np.asarray(unwritten | (none & (column.name in self._not_applicable)))

    def pass_over(self, chunk: Chunk) -> None:
        """Remember the identifiers of a chunk that another process checks."""
        self._identifiers(chunk, [])

    def _identifiers(self, chunk: Chunk, faults: list[Fault]) -> tuple[pd.Series, Mask]:
        name = self._schema.identifier
        texts, missing, inexact = self._cells.identifiers(chunk, name)
        inexact = inexact.mask(chunk.inexact.get(name, np.zeros(len(texts), dtype=bool)) & (inexact == ""), _ROUNDED)
        # Arrow, behind the text columns of pandas, takes no surrogates, so they are looked for here.
        foreign = _with_surrogates(texts.tolist())
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


def _with_surrogates(texts: list[str]) -> Mask:
    if "".join(texts).isascii():
        return np.zeros(len(texts), dtype=bool)
    return np.array([any("\ud800" <= sign <= "\udfff" for sign in text) for text in texts], dtype=bool)


def _faults(chunk: Chunk, column: Column, wrong: Mask, read: ColumnValues) -> Iterator[Fault]:
    cells = chunk.cells[column.name].to_numpy(dtype=object)
    for place in np.flatnonzero(wrong):
        found = quoted(cells[place])
        if read.not_applicable[place]:
            found = "what says that it does not apply, and it applied to every patient of the training cohort"
        elif read.missing[place]:
            found = "nothing, and no patient of the training cohort lacked it"
        yield Fault(int(chunk.rows[place]), *read.said.get(int(place), (column.name, column.expectation, found)))
