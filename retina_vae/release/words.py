"""What readers are told of the gate."""

from __future__ import annotations

__all__ = ["FOOTNOTE"]

FOOTNOTE = "n/s: not shown, because it counts fewer than {floor} patients or would let such a count be computed."
"""What the mark means; ``FOOTNOTE.format(floor=floor)``."""
