"""What of a column of stored values is a number."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["taken_for_numbers"]

_NUMBERS_AND_TEXTS = ("string", "integer", "floating", "decimal", "mixed-integer-float", "empty")


def taken_for_numbers(values: pd.Series) -> NDArray[np.bool_]:
    """Which values pandas would take for numbers although they are none, shape (patients,).

    Those are truth values (0 and 1), days and times (nanoseconds since 1970) and durations. Texts may be numbers.

    >>> taken_for_numbers(pd.Series([True, 1, 1.5, "2", pd.Timestamp(2020, 1, 1), None], dtype=object)).tolist()
    [True, False, False, False, True, False]
    """
    if values.dtype.kind in "iuf" or isinstance(values.dtype, pd.StringDtype):
        return np.zeros(len(values), dtype=np.bool_)
    if values.dtype.kind in "bmM":
        return values.notna().to_numpy(dtype=np.bool_)
    objects = values.astype(object)
    if pd.api.types.infer_dtype(objects, skipna=True) in _NUMBERS_AND_TEXTS:
        return np.zeros(len(values), dtype=np.bool_)
    return np.array([not _number_or_text(value) for value in objects], dtype=np.bool_) & objects.notna().to_numpy()


def _number_or_text(value: object) -> bool:
    known = str | int | float | Decimal | np.integer | np.floating
    return isinstance(value, known) and not isinstance(value, bool)
