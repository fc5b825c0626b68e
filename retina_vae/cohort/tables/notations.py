"""How the numbers of a column are written: with a point or a comma, in groups of three, with a unit behind."""

from __future__ import annotations

import re
from typing import Any

import pandas as pd

from retina_vae.cohort.tables.numbers import Notation
from retina_vae.cohort.tables.raw import RawTable

__all__ = ["notation_of", "uses_decimal_commas"]

_COMMA = re.compile(r"[+-]?\d*,\d+")
_COMMA_CERTAIN = re.compile(r"[+-]?(0|\d{4,})?,\d+|[+-]?\d*,(\d{1,2}|\d{4,})")
"""A comma that cannot stand before a group of three digits."""
_GROUPED_COMMA = re.compile(r"[+-]?\d{1,3}(\.\d{3})+,\d+")
_GROUPED_POINT = re.compile(r"[+-]?\d{1,3}(,\d{3})+\.\d+")
_SUFFIX = re.compile(r"[+-]?[\d.,]+\s*([^\d\s.,][^\d]*)")


def uses_decimal_commas(raw: RawTable) -> bool:
    """Whether some number of the table has a comma that can only be a decimal comma."""
    if not raw.comma or raw.point:
        return False
    return any(any(_COMMA_CERTAIN.fullmatch(text) for text in raw.cells[name].unique()) for name in raw.columns)


def notation_of(known: pd.Series, raw: RawTable, decimal_commas: bool) -> tuple[Notation, dict[str, Any] | None]:
    """How a column's numbers are written, and the properties of the field that say so.

    Args:
        known: Its texts that are not missing.
        raw: The table that it stands in.
        decimal_commas: As from :func:`uses_decimal_commas`.

    Returns:
        The notation; the properties by the names of a field's attributes, or None where 1,234 may be 1.234 and 1234.
    """
    texts = [str(text) for text in known.unique()]
    suffixes = {match[1].strip() for text in texts if (match := _SUFFIX.fullmatch(text))}
    plain = texts
    properties: dict[str, Any] = {}
    if len(suffixes) == 1 and all(_SUFFIX.fullmatch(text) for text in texts):
        unit = suffixes.pop()
        properties = {"bare_number": False, "unit": unit}
        plain = [text.removesuffix(unit).strip() for text in texts]
    bare = not properties
    if any(_GROUPED_POINT.fullmatch(text) for text in plain):
        return Notation(".", ",", bare, raw.point), {**properties, "group_char": ","}
    if any(_GROUPED_COMMA.fullmatch(text) for text in plain):
        return Notation(",", ".", bare, raw.point), {**properties, "decimal_char": ",", "group_char": "."}
    with_comma = [text for text in plain if _COMMA.fullmatch(text)]
    if raw.comma and with_comma:
        certain = decimal_commas or any(_COMMA_CERTAIN.fullmatch(text) for text in with_comma)
        return Notation(",", None, bare, raw.point), {**properties, "decimal_char": ","} if certain else None
    return Notation(".", None, bare, raw.point), properties
