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
    sentences = [_figure(name, value, replicas) for name, value in reported.figures.items()]
    sentences += [f"reported clusters: {reported.detail}"] if reported.detail else []
    tested = [finding for finding in replicas if finding.holds is not None]
    sentences.append(f"holds in {sum(bool(f.holds) for f in tested)} of {len(tested)} replicas")
    if printed is not None:
        figures = [f"{name} {value:.3g}" for name, value in printed.figures.items()]
        words = ", ".join([*figures, printed.detail] if printed.detail else figures)
        sentences.append(f"printed partition: {verdict(printed)} ({words})")
    return "; ".join(sentences)


def _figure(name: str, value: float, replicas: Sequence[Finding]) -> str:
    values = np.array([finding.figures[name] for finding in replicas if name in finding.figures])
    if len(values) < 2:
        return f"{name} {value:.3g}"
    low, middle, high = np.nanmin(values), np.nanmedian(values), np.nanmax(values)
    return f"{name} {value:.3g} (median of {len(values)} replicas {middle:.3g}, range {low:.3g} to {high:.3g})"
