"""What a test of one claim finds, and how it is put into words with its spread over replicas."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

__all__ = ["CANNOT_BE_TESTED", "DOES_NOT_HOLD", "HOLDS", "Finding", "describe", "verdict"]

HOLDS, DOES_NOT_HOLD, CANNOT_BE_TESTED = "holds", "does not hold", "cannot be tested"


@dataclass(frozen=True)
class Finding:
    """One test of a claim on one partition: whether it holds (None: untestable), its figures, and words on them."""

    holds: bool | None
    figures: dict[str, float] = field(default_factory=dict)
    detail: str = ""


def verdict(finding: Finding) -> str:
    """The verdict of a finding, in the words of ``claims.csv``."""
    if finding.holds is None:
        return CANNOT_BE_TESTED
    return HOLDS if finding.holds else DOES_NOT_HOLD


def describe(reported: Finding, replicas: Sequence[Finding], printed: Finding | None = None) -> str:
    """The reported finding's figures, each with its range over the replicas, and in how many of these it holds.

    Args:
        reported: The finding in the reported clusters.
        replicas: The finding in each replica, the reported one included.
        printed: The finding in the printed table's own partition, where the patients are the paper's.
    """
    spread = f" [range over {len(replicas)} replicas]" if len(replicas) > 1 else ""
    figures = [_figure(name, value, replicas) for name, value in reported.figures.items()]
    words = [f"Reported clusters{spread}: {_list(figures, reported.detail)}."]
    tested = [finding for finding in replicas if finding.holds is not None]
    words.append(f"Holds in {sum(bool(finding.holds) for finding in tested)} of {len(tested)} replicas.")
    if printed is not None:
        figures = [_figure(name, value, []) for name, value in printed.figures.items()]
        words.append(f"Printed partition, {verdict(printed)}: {_list(figures, printed.detail)}.")
    return " ".join(words)


def _figure(name: str, value: float, replicas: Sequence[Finding]) -> str:
    values = np.array([finding.figures[name] for finding in replicas if name in finding.figures])
    if len(values) < 2:
        return f"{name} {_number(value)}"
    return f"{name} {_number(value)} [{_number(values.min())} to {_number(values.max())}]"


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else f"{value:.3g}"


def _list(figures: list[str], detail: str) -> str:
    return "; ".join([*figures, detail] if detail else figures)
