"""Identifiers of patients as text, exactly as a table stores them."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pandas as pd

__all__ = ["identifier_texts"]

# Below this size a floating-point number holds every whole number; of pandas' and of Arrow's types.
_EXACT_BELOW = {"float16": 2**11, "halffloat[pyarrow]": 2**11, "float32": 2**24, "float[pyarrow]": 2**24}


def identifier_texts(identifiers: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Each identifier as text, and what keeps one from being given exactly as it is stored.

    Text stays as it is. A whole number becomes its digits, whatever its type, so that the same patient has the same
    identifier in a table of integers, of decimals and of floating-point numbers, which pandas makes of integers where
    one is missing. A floating-point number is taken up to the size below which it holds every whole number (2^53 for
    float64): a larger one may have been another identifier before it was rounded. A decimal number with a fraction
    keeps its digits.

    Args:
        identifiers: Of any type; missing ones are None, NaN, NA or an empty text.

    Returns:
        The texts, empty where there is none, and what is wrong in words that hold no identifier, empty where nothing
        is; both of dtype object with the index of ``identifiers``.
    """
    missing = identifiers.isna().to_numpy(dtype=bool)
    exact = _EXACT_BELOW.get(str(identifiers.dtype).lower(), 2**53)
    pairs = [
        ("", "") if gone else _text(value, exact)
        for value, gone in zip(identifiers.astype(object), missing, strict=True)
    ]
    table = pd.DataFrame(pairs, columns=["text", "fault"], index=identifiers.index, dtype=object)
    return table["text"], table["fault"]


def _text(value: object, exact: int) -> tuple[str, str]:
    """The text of one identifier, and what is wrong with it."""
    if isinstance(value, str):
        return value, ""
    if isinstance(value, int | np.integer) and not isinstance(value, bool):
        return str(int(value)), ""
    if isinstance(value, Decimal) and value.is_finite():
        return str(int(value)) if value == value.to_integral_value() else format(value, "f"), ""
    if isinstance(value, float | np.floating):
        return _digits(float(value), exact)
    return "", f"a value of the type {type(value).__name__}"


def _digits(value: float, exact: int) -> tuple[str, str]:
    if not value.is_integer():
        return "", "a floating-point number that is not whole"
    if abs(value) >= exact:
        return "", "a floating-point number so large that it may have been rounded"
    return str(int(value)), ""
