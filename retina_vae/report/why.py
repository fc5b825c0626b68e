"""What speaks for a cluster against the one next to it, as bars with their numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

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
    parts = sorted(_parts(tables, own), key=lambda part: -part.value)
    longest = max(abs(part.value) for part in parts)
    said = [part for part in parts if not part.of_sizes and abs(part.value) >= LEAST]
    named = [*[part for part in said if part.value > 0][:NAMED], *[part for part in said if part.value < 0]]
    rest = [part for part in parts if part not in named]
    strongest, others = ([_beam(part, longest) for part in group] for group in (named, rest))
    total = signed(sum(part.value for part in parts))
    return Why(int(own["against"].iloc[0]), int(own["patients"].iloc[0]), strongest, others, total)


def signed(value: float) -> str:
    """One digit with its sign, a true minus; 0 without."""
    text = f"{value:+.1f}"
    return "0.0" if text in ("+0.0", "-0.0") else text.replace("-", "\u2212")


class _Part(NamedTuple):
    label: str
    value: float
    of_sizes: bool
    place: int


def _parts(tables: RunTables, rows: pd.DataFrame) -> list[_Part]:
    names = rows["column"].fillna("").astype(str)
    return [
        _Part(tables.schema[name].label if name else "sizes of both clusters", float(value), not name, place)
        for place, (name, value) in enumerate(zip(names, rows["contribution"], strict=True))
    ]


def _beam(part: _Part, longest: float) -> Beam:
    length = 0.0 if longest == 0 else 100 * abs(part.value) / longest
    return Beam(part.label, signed(part.value), round(length, 1), part.value > 0)
