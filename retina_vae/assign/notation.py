"""From values to the cells of a table: in the words of the run, or in those of the analyst's own table."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retina_vae.cohort import Column
from retina_vae.cohort.table_schema import SchemaField, TableSchema

__all__ = ["CellWriter", "number_text"]


class CellWriter:
    """Writes values as the cells of a table hold them.

    Args:
        document: The Table Schema of the analyst's table; None writes labels of categories, and numbers with a point.
        as_text: Whether numbers are texts in the notation of their column, as in CSV, or stored as numbers.
    """

    def __init__(self, document: TableSchema | None, *, as_text: bool) -> None:
        self._fields: Mapping[str, SchemaField] = {}
        if document is not None:
            self._fields = {field.name: field for field in document.fields}
        self._as_text = as_text

    def write(self, column: Column, values: pd.Series) -> pd.Series:
        """Values of a column as cells; missing ones stay missing."""
        if column.numeric:
            return self._numbers(column, values)
        labels = values.astype(object)
        return labels.map(self._cell_of(column)).where(labels.notna(), None)

    def write_set(self, column: Column, sets: NDArray[np.bool_]) -> pd.Series:
        """Sets of categories, shape (patients, categories), as texts with a bar between categories."""
        cells = self._cell_of(column)
        names = np.array([cells[category] for category in column.categories], dtype=object)
        return pd.Series([" | ".join(names[held]) for held in sets], dtype=object)

    def complete(self, column: Column, values: pd.Series, cells: pd.Series, filled: NDArray[np.bool_]) -> pd.Series:
        """A column whose filled cells hold the values and whose other cells stay as they were read.

        Where the cells are days, of which the model knows the time since others, all hold that time.

        Args:
            column: Which.
            values: What every cell says, and what was put into the filled ones.
            cells: As they were read.
            filled: Which were filled, shape (patients,).
        """
        written = self.write(column, values)
        field = self._fields.get(column.name)
        if column.numeric and (not self._as_text or (field is not None and field.since is not None)):
            return written
        kept = cells.astype(object).reset_index(drop=True)
        texts = kept.map(lambda cell: cell if isinstance(cell, str) else number_text(cell))
        return texts.where(~filled, written).astype(object)

    def _numbers(self, column: Column, values: pd.Series) -> pd.Series:
        numbers = values.astype(float)
        if not self._as_text:
            return numbers
        field = self._fields.get(column.name)
        decimal = "." if field is None else field.decimal_char
        return numbers.map(lambda value: number_text(value, decimal)).astype(object)

    def _cell_of(self, column: Column) -> dict[str, str]:
        """The cell that says each category; of several the first."""
        field = self._fields.get(column.name)
        if field is None:
            return {category: category for category in column.categories}
        cells: dict[str, str] = {}
        for value, label in field.labels.items():
            cells.setdefault(label, value)
        return cells


def number_text(value: object, decimal: str = ".") -> str:
    """A number as a text, without an exponent; an empty one where it is missing.

    >>> number_text(1234.5, ","), number_text(3.0), number_text(float("nan"))
    ('1234,5', '3', '')
    """
    if pd.isna(value):  # type: ignore[call-overload]
        return ""
    if not isinstance(value, float | np.floating):
        return str(value)
    return np.format_float_positional(value, trim="-").replace(".", decimal)
