"""Words in a row."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["enumerated"]


def enumerated(words: Sequence[str], last: str = "and") -> str:
    """Words in a row, the last one after ``last``; empty where there are none.

    >>> enumerated(["a"]), enumerated(["a", "b"]), enumerated(["a", "b", "c"], "or"), enumerated([])
    ('a', 'a and b', 'a, b or c', '')
    """
    *first, final = words or [""]
    return f"{', '.join(first)} {last} {final}" if first else final
