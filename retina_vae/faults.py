"""What is wrong with a row of an analyst's table, in words that let the analyst find and fix it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

__all__ = ["Fault", "describe_faults", "quoted"]

_LONGEST = 60


class Fault(NamedTuple):
    """One cell, or one row, that cannot be used.

    ``row`` is the data row as in the file, counted from 1, the header not counted and blank lines counted; ``column``
    is empty where the whole row is meant; ``found`` never holds an identifier.
    """

    row: int
    column: str
    expected: str
    found: str


def quoted(value: object) -> str:
    """A value as a message shows it: in quotes, control characters and bytes that are no text escaped, cut if long.

    The quotes also keep a spreadsheet from running it as a formula.

    >>> quoted("=1+1")
    "'=1+1'"
    """
    text = str(value)
    shown = repr(text[:_LONGEST]).encode("utf-8", "backslashreplace").decode()
    return f"{shown} (cut)" if len(text) > _LONGEST else shown


def describe_faults(faults: Sequence[Fault], most: int = 10) -> str:
    """One line per fault, at most ``most``."""
    lines = [
        f"  row {fault.row}{f', column {fault.column!r}' if fault.column else ''}: expected {fault.expected}, "
        f"found {fault.found}"
        for fault in faults[:most]
    ]
    return "\n".join(lines) + (f"\n  and {len(faults) - most} more" if len(faults) > most else "")
