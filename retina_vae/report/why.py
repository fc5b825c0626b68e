"""What speaks for a cluster against the one next to it, as bars with their numbers."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from retina_vae.report.tables import RunTables

__all__ = ["Beam", "Why", "why_cluster"]

NAMED = 3
"""Columns that are named before the fold."""

LEAST = 0.05
"""What is less has no digit."""


@dataclass(frozen=True)
class Beam:
    """A contribution: its label, the number in words, the length of its bar from the middle in per cent of the half."""

    label: str
    text: str
    length: float
    speaks_for: bool


@dataclass(frozen=True)
class Why:
    """What speaks for a cluster: against which other one, the beams that say most, the rest, and their sum in words."""

    against: int
    patients: int
    strongest: list[Beam]
    rest: list[Beam]
    total: str


def why_cluster(tables: RunTables, cluster: int) -> Why | None:
    """What speaks for a cluster; None where the model has no density, or the cluster is not told of."""
    if tables.contributions is None:
        return None
    own = tables.contributions[tables.contributions["cluster"] == cluster]
    own = own[own["contribution"].notna() & own["against"].notna()]
    if own.empty:
        return None
    numbers = {
        _label(tables, name): float(value) for name, value in zip(own["column"], own["contribution"], strict=True)
    }
    longest = max(abs(value) for value in numbers.values())
    beams = [_beam(label, value, longest) for label, value in sorted(numbers.items(), key=lambda item: -item[1])]
    columns = [beam for beam in beams if beam.label != SIZES]
    speaking = [beam for beam in columns if beam.speaks_for and abs(numbers[beam.label]) >= LEAST][:NAMED]
    opposing = [beam for beam in columns if not beam.speaks_for and abs(numbers[beam.label]) >= LEAST]
    strongest = [*speaking, *opposing]
    rest = [beam for beam in beams if beam not in strongest]
    total = signed(sum(numbers.values()))
    return Why(int(own["against"].iloc[0]), int(own["patients"].iloc[0]), strongest, rest, total)


SIZES = "sizes of both clusters"


def signed(value: float) -> str:
    """One digit with its sign, a true minus; 0 without."""
    text = f"{value:+.1f}"
    return "0.0" if text in ("+0.0", "-0.0") else text.replace("-", "\u2212")


def _beam(label: str, value: float, longest: float) -> Beam:
    length = 0.0 if longest == 0 else 100 * abs(value) / longest
    return Beam(label, signed(value), round(length, 1), value > 0)


def _label(tables: RunTables, name: object) -> str:
    if pd.isna(name) or name == "":
        return SIZES
    return tables.schema[str(name)].label
