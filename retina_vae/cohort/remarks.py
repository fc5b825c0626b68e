"""What a cell says that no value says: a number lies beyond a limit of detection, or the value does not exist.

A column whose field allows it has a companion right behind it, ``<column> (remark)``. Where it says ``below`` or
``above``, the column's number is the limit that the measured one lies beyond; where it says ``not applicable``, there
is no value and could be none, which is another gap than a value that nobody wrote down.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = [
    "ABOVE",
    "BELOW",
    "NOT_APPLICABLE",
    "REMARKS",
    "Remarkable",
    "has_limits",
    "misplaced_remarks",
    "remark_column",
    "remark_texts",
    "remarks_of",
    "sides_of",
]

BELOW = "below"
ABOVE = "above"
NOT_APPLICABLE = "not applicable"

REMARKS = (BELOW, ABOVE, NOT_APPLICABLE)
"""What a companion column may say."""

_SUFFIX = " (remark)"

Mask = NDArray[np.bool_]
FloatArray = NDArray[np.float64]


class Remarkable(Protocol):
    """What is asked of a column of a schema."""

    @property
    def name(self) -> str:
        """The column's name."""

    @property
    def censored(self) -> bool:
        """Whether a number may be a limit."""

    @property
    def not_applicable(self) -> tuple[str, ...]:
        """The texts that say that the value does not exist."""

    @property
    def required(self) -> bool:
        """Whether every patient has a value, but for those for whom none exists."""


def remark_column(name: str) -> str:
    """The name of a column's companion.

    >>> remark_column("crp")
    'crp (remark)'
    """
    return name + _SUFFIX


def remarks_of(patients: pd.DataFrame, name: str) -> pd.Series:
    """The remarks on a column, of dtype ``str``; all missing where the table has no companion of it."""
    companion = remark_column(name)
    if companion in patients.columns:
        return patients[companion].astype("str")
    return pd.Series(None, index=patients.index, dtype="str", name=companion)


def sides_of(remarks: pd.Series) -> FloatArray:
    """Where the measured number lies: -1 below the limit, 1 above it, 0 exactly at the number; shape (patients,)."""
    return np.asarray(remarks == ABOVE, dtype=np.float64) - np.asarray(remarks == BELOW, dtype=np.float64)


def has_limits(patients: pd.DataFrame, columns: Iterable[Remarkable]) -> bool:
    """Whether a patient has a limit in place of a number in one of the columns."""
    censored = [column.name for column in columns if column.censored]
    return any(bool(remarks_of(patients, name).isin((BELOW, ABOVE)).any()) for name in censored)


def remark_texts(sides: NDArray[np.int8], not_applicable: Mask) -> pd.Series:
    """The remarks in words, of dtype ``str``; missing where there is none.

    Args:
        sides: As :func:`sides_of` has them, shape (patients,).
        not_applicable: Of whom no value exists, shape (patients,).
    """
    texts = np.full(len(sides), None, dtype=object)
    for text, place in ((BELOW, sides < 0), (ABOVE, sides > 0), (NOT_APPLICABLE, not_applicable)):
        texts[place] = text
    return pd.Series(texts, dtype="str")


def misplaced_remarks(patients: pd.DataFrame, column: Remarkable) -> Mask:
    """Which patients have a remark that contradicts the column or the value beside it, shape (patients,).

    A limit is a number of a censored column; what is not applicable has no value, and only a column that says so
    holds it; without a remark a required column has a value.
    """
    remarks, missing = remarks_of(patients, column.name), patients[column.name].isna().to_numpy()
    limit, none = remarks.isin((BELOW, ABOVE)).to_numpy(), (remarks == NOT_APPLICABLE).to_numpy()
    unknown = remarks.notna().to_numpy() & ~limit & ~none
    wrong_limit = limit & (missing | (not column.censored))
    wrong_none = none & (~missing | (not column.not_applicable))
    lacking = missing & remarks.isna().to_numpy() & column.required
    return np.asarray(unknown | wrong_limit | wrong_none | lacking)
