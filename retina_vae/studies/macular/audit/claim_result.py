"""What a test of one claim finds, and how it is put into words with its spread over replicas."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

__all__ = [
    "CANNOT_BE_TESTED",
    "DOES_NOT_APPLY",
    "DOES_NOT_HOLD",
    "HOLDS",
    "UNDECIDED",
    "VERDICTS",
    "ClaimResult",
    "in_words",
    "verdict",
]

HOLDS, DOES_NOT_HOLD = "holds", "does not hold"
UNDECIDED = "undecided"
"""It was tested, and the spread of what was measured leaves it open."""
CANNOT_BE_TESTED = "cannot be tested"
"""What the test needs is not there."""
DOES_NOT_APPLY = "does not apply"
"""It speaks of fourteen clusters, and there are others."""
VERDICTS = (HOLDS, DOES_NOT_HOLD, UNDECIDED, CANNOT_BE_TESTED, DOES_NOT_APPLY)


@dataclass(frozen=True)
class ClaimResult:
    """One test of a claim on one partition.

    Attributes:
        holds: Whether it does; None where that is open.
        figures: What was measured, by name.
        detail: Words on it.
        miss: By how much the claim is missed, or why it is open, in words; empty where it holds.
        open: Why it is open: one of the last three :data:`VERDICTS`.
    """

    holds: bool | None
    figures: dict[str, float] = field(default_factory=dict)
    detail: str = ""
    miss: str = ""
    open: str = CANNOT_BE_TESTED


def verdict(result: ClaimResult) -> str:
    """The verdict of a result, in the words of ``claims.csv``."""
    if result.holds is None:
        return result.open
    return HOLDS if result.holds else DOES_NOT_HOLD


def in_words(reported: ClaimResult, replicas: Sequence[ClaimResult] = ()) -> str:
    """The reported result's figures, each with its range over the replicas; empty where nothing was measured.

    Args:
        reported: The result in the reported clusters, or in the paper's own.
        replicas: The result in each replica, the reported one included; none of the paper's own.
    """
    figures = [_figure(name, value, replicas) for name, value in reported.figures.items()]
    words = _list(figures, reported.detail)
    spread = f" [range over {len(replicas)} replicas]" if len(replicas) > 1 and figures else ""
    return f"{words}{spread}"


def _figure(name: str, value: float, replicas: Sequence[ClaimResult]) -> str:
    values = np.array([result.figures[name] for result in replicas if name in result.figures])
    if len(values) < 2:
        return f"{name} {_number(value)}"
    return f"{name} {_number(value)} [{_number(values.min())} to {_number(values.max())}]"


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else f"{value:.3g}"


def _list(figures: list[str], detail: str) -> str:
    return "; ".join([*figures, detail] if detail else figures)
