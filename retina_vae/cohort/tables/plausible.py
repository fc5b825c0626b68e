"""What a whole column, or a whole table, must be before a model can learn anything from it."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retina_vae.cohort.kinds import NumericKind
from retina_vae.cohort.schema import CohortSchema, Column

__all__ = ["implausible_columns", "implausible_table", "repeated_patients"]

_FREE_TEXT_CATEGORIES = 20
_FREE_TEXT_PATIENTS = 3
"""More categories than the first, held by fewer patients on average than the second, are free text."""

_LARGEST = 1e100
_SPREADS = 1e6
"""A number further from the median than this many times the range of 90 % of the patients is a slip of the pen: every
other patient would have the same z-score in single precision."""


def implausible_table(patients: pd.DataFrame, schema: CohortSchema) -> list[str]:
    """What is wrong with the table as a whole, one line each; empty where nothing is."""
    rows, columns = len(patients), len(schema.inputs)
    if rows < 2:
        return [f"expected two patients or more, found {rows}"]
    if columns >= rows:
        return [
            f"expected more patients than columns with the role 'input', found {rows} patients and {columns} columns; "
            "add patients, or leave columns out (retinaVae:role: ignore)"
        ]
    return []


def implausible_columns(patients: pd.DataFrame, schema: CohortSchema, rows: NDArray[np.int64]) -> list[str]:
    """Columns from which nothing can be learned, one line each; empty where there is none.

    Args:
        patients: Values that fit their columns, with gaps.
        schema: What they are.
        rows: Number of each patient's row in the file.
    """
    values = patients.set_index(pd.Index(rows))
    return [line for column in schema.columns if (line := _implausible(column, values[column.name]))]


def repeated_patients(patients: pd.DataFrame, schema: CohortSchema) -> int:
    """Patients whose every value another one has, too, under another identifier."""
    repeated = patients.drop(columns=schema.identifier).duplicated(keep=False)
    # Few yes/no columns make many patients alike; only numbers can tell that a row was copied.
    return int(repeated.sum()) if any(column.numeric for column in schema.columns) else 0


def _implausible(column: Column, values: pd.Series) -> str:
    known = values.dropna()
    name, remedy = f"column {column.name!r}", "say retinaVae:role: ignore"
    if known.empty:
        return f"{name}: expected a value of some patient, found none; {remedy}"
    if known.nunique() == 1:
        more = ", and gaps" if len(known) < len(values) else ""
        return f"{name}: expected values that differ, found the same for every patient{more}; {remedy}"
    if not column.numeric:
        different = known.nunique()
        if different > _FREE_TEXT_CATEGORIES and len(known) < _FREE_TEXT_PATIENTS * different:
            return (
                f"{name}: expected {column.kind_of.words}, found {different} different texts among {len(known)} "
                f"patients, which is free text; group them, or {remedy}"
            )
        return ""
    extreme = _extreme(column, known.to_numpy(dtype=np.float64))
    if extreme.any():
        rows = ", ".join(str(row) for row in known.index[extreme][:10])
        return (
            f"{name}: expected numbers of about one size, found {int(extreme.sum())} that are more than "
            f"{_SPREADS:,.0f} times as far from the middle as the others, in the rows {rows}; "
            "correct them, name them in missingValues, or bound the column by constraints"
        )
    return ""


def _extreme(column: Column, numbers: NDArray[np.float64]) -> NDArray[np.bool_]:
    kind = column.kind_of
    scaled = kind.transform(numbers) if isinstance(kind, NumericKind) else numbers
    known = scaled[np.isfinite(scaled)]
    low, middle, high = np.quantile(known, [0.05, 0.5, 0.95]) if known.size else (0.0, 0.0, 0.0)
    with np.errstate(over="ignore", invalid="ignore"):
        far = np.abs(scaled - middle) > _SPREADS * (high - low) if high > low else np.zeros(len(numbers), dtype=bool)
    return np.asarray((np.abs(numbers) > _LARGEST) | far)
