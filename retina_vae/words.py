"""Words in a row, and words that several parts of the package share."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["ALL_PATIENTS", "MARK", "NOT_OBSERVED", "enumerated"]

MARK = "n/s"
"""What a reader sees in the place of a number or a text that is not shown."""

ALL_PATIENTS = "all patients"
"""The one group of patients without an outcome."""

NOT_OBSERVED = "not observed"
"""The group of the patients whose outcome is missing."""


def enumerated(words: Sequence[str], last: str = "and") -> str:
    """Words in a row, the last one after ``last``; empty where there are none.

    >>> enumerated(["a"]), enumerated(["a", "b"]), enumerated(["a", "b", "c"], "or"), enumerated([])
    ('a', 'a and b', 'a, b or c', '')
    """
    *first, final = words or [""]
    return f"{', '.join(first)} {last} {final}" if first else final
