"""What a test of one claim finds, and how it is put into words with its spread over replicas."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

__all__ = ["CANNOT_BE_TESTED", "DOES_NOT_HOLD", "HOLDS", "ClaimResult", "in_words", "verdict"]

HOLDS, DOES_NOT_HOLD, CANNOT_BE_TESTED = "holds", "does not hold", "cannot be tested"


@dataclass(frozen=True)
class ClaimResult:
    """One test of a claim on one partition: whether it holds (None: untestable), its figures, and words on them."""

    holds: bool | None
    figures: dict[str, float] = field(default_factory=dict)
    detail: str = ""


def verdict(result: ClaimResult) -> str:
    """The verdict of a result, in the words of ``claims.csv``."""
    if result.holds is None:
        return CANNOT_BE_TESTED
    return HOLDS if result.holds else DOES_NOT_HOLD


def in_words(reported: ClaimResult, replicas: Sequence[ClaimResult], printed: ClaimResult | None = None) -> str:
    """The reported result's figures, each with its range over the replicas, and in how many of these it holds.

    Args:
        reported: The result in the reported clusters.
        replicas: The result in each replica, the reported one included.
        printed: The result in the printed table's own partition, where the patients are the paper's.
    """
    spread = f" [range over {len(replicas)} replicas]" if len(replicas) > 1 else ""
    figures = [_figure(name, value, replicas) for name, value in reported.figures.items()]
    words = [f"Reported clusters{spread}: {_list(figures, reported.detail)}."]
    tested = [result for result in replicas if result.holds is not None]
    words.append(f"Holds in {sum(bool(result.holds) for result in tested)} of {len(tested)} replicas.")
    if printed is not None:
        figures = [_figure(name, value, []) for name, value in printed.figures.items()]
        words.append(f"Printed partition, {verdict(printed)}: {_list(figures, printed.detail)}.")
    return " ".join(words)


def _figure(name: str, value: float, replicas: Sequence[ClaimResult]) -> str:
    values = np.array([result.figures[name] for result in replicas if name in result.figures])
    if len(values) < 2:
        return f"{name} {_number(value)}"
    return f"{name} {_number(value)} [{_number(values.min())} to {_number(values.max())}]"


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else f"{value:.3g}"


def _list(figures: list[str], detail: str) -> str:
    return "; ".join([*figures, detail] if detail else figures)
