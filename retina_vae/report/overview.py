"""All clusters at a glance: one table with a row each, and how each differs from the others, column by column."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

from retina_vae.cohort import Column
from retina_vae.report.cards import Share, outcome_shares
from retina_vae.report.figures.style import category_label
from retina_vae.report.stability import overall_stability
from retina_vae.report.tables import RunTables
from retina_vae.report.wording import Badge, amount, badge, number, percent
from retina_vae.words import MARK

__all__ = ["HeatCell", "HeatMap", "OverviewRow", "heat_map", "legend", "overview"]

_MOST_FEATURES = 24
_FULL_COLOUR = 2.0
"""Standardised difference from which a cell has the full colour: of two normal groups a third overlaps."""
_BEYOND = 100.0
"""Below every value that is sorted by."""


@dataclass(frozen=True)
class OverviewRow:
    """One cluster in the table of all clusters; each number as text, and as what a column is sorted by.

    Attributes:
        cluster: Its number.
        name: What it differs in.
        patients: Number and share.
        size: To sort by; -1 where it is not shown.
        outcome: Shares of the outcome; empty where there is none.
        badge: Whether it is found again.
        stability: The mean similarity that the badge judges, to sort by; -1 where there is none.
        doubtful: Share of its patients who are in doubt.
        doubt: To sort by; -1 where it is not shown.
    """

    cluster: int
    name: str
    patients: str
    size: float
    outcome: list[Share]
    badge: Badge
    stability: float
    doubtful: str
    doubt: float


@dataclass(frozen=True)
class HeatCell:
    """A standardised difference: as text, in words, and as a colour.

    Attributes:
        text: With a sign.
        words: The cluster's value and that of all others.
        level: From -1 (the cluster has least) to 1 (it has most); NaN where it is not known.
        value: To sort by; finite.
    """

    text: str
    words: str
    level: float
    value: float


@dataclass(frozen=True)
class HeatMap:
    """Clusters by columns.

    Attributes:
        heads: What each column of the map is.
        rows: Cluster, and its cells.
        left_out: How many more columns and categories there are than the map has.
    """

    heads: list[str]
    rows: list[tuple[int, list[HeatCell]]]
    left_out: int


def overview(tables: RunTables, names: Mapping[int, str]) -> list[OverviewRow]:
    """The table of all clusters, in the order of their numbers."""
    stability, outcomes = overall_stability(tables), outcome_shares(tables)
    doubt = tables.doubt.clusters.set_index("cluster")
    rows = []
    for cluster, size in ((int(str(cluster)), float(size)) for cluster, size in tables.sizes.sort_index().items()):
        share = float(doubt["doubtful"].get(cluster, math.nan)) / size
        verdict = str(stability["verdict"].get(cluster, "not measured"))
        rows.append(
            OverviewRow(
                cluster=cluster,
                name=names[cluster],
                patients=MARK if math.isnan(size) else f"{amount(size)} ({percent(size / tables.account.patients)})",
                size=_sorted(size),
                outcome=outcomes.get(cluster, []),
                badge=badge(verdict),
                stability=_sorted(float(stability["judged"].get(cluster, math.nan))),
                doubtful=MARK if math.isnan(share) else percent(share),
                doubt=_sorted(share),
            )
        )
    return rows


def legend(rows: Sequence[OverviewRow]) -> list[Share]:
    """One share of each outcome that any row has, for its name and colour; those not observed stand last."""
    return list({share.name: share for row in rows for share in row.outcome}.values())


def heat_map(tables: RunTables) -> HeatMap:
    """Standardised differences of every cluster from all other patients; those columns that differ most where many are.

    A category has a column of its own but for the first of two, a number has one. Infinite differences, where all have
    what no other patient has, get the full colour.
    """
    shown = _features(tables)
    strongest = sorted(shown, key=lambda feature: -feature.strongest)[:_MOST_FEATURES]
    kept = [feature for feature in shown if feature in strongest]
    clusters = sorted(int(str(cluster)) for cluster in tables.sizes.index)
    rows = [(cluster, [_cell(feature, cluster, tables) for feature in kept]) for cluster in clusters]
    return HeatMap([feature.label for feature in kept], rows, len(shown) - len(kept))


@dataclass(frozen=True, eq=False)
class _Feature:
    """A number or a category: its label, and by cluster its difference and what it is inside and outside."""

    column: Column
    label: str
    rows: Mapping[Hashable, Mapping[Hashable, float]]

    @property
    def strongest(self) -> float:
        """The largest absolute difference that is shown; below 0 where none is."""
        shown = (abs(row["standardized_difference"]) for row in self.rows.values())
        return max((size for size in shown if not math.isnan(size)), default=-1.0)


def _features(tables: RunTables) -> list[_Feature]:
    profiles, features = tables.meaning.profiles, []
    for column in tables.schema.inputs:
        own = profiles[profiles["column"] == column.name]
        categories: Sequence[str] = column.kind_of.described(column.categories)
        for category in categories:
            part = own[(own["category"] == category) & own["statistic"].isin(["share", "mean"])]
            label = category_label(column, category) if category else column.label
            if len(part):
                told = part.set_index("cluster")[["standardized_difference", "inside", "outside"]].astype(float)
                features.append(_Feature(column, label, told.to_dict("index")))
    return features


def _cell(feature: _Feature, cluster: int, tables: RunTables) -> HeatCell:
    if cluster not in feature.rows:
        return HeatCell(MARK, "not shown", math.nan, -_BEYOND)
    row = feature.rows[cluster]
    difference = row["standardized_difference"]
    if math.isnan(difference):
        return HeatCell(tables.gate.mark or "–", "not shown", math.nan, -_BEYOND)
    form = tables.formats.get(feature.column.name)
    inside, outside = (percent(row[side]) if form is None else form(row[side]) for side in ("inside", "outside"))
    kind = "" if form is None else "mean "
    text = number(difference, 1)
    words = f"Cluster {cluster}, {feature.label}: {kind}{inside}, others {outside}"
    signed = f"+{text}" if difference > 0 and text != "0.0" else text
    return HeatCell(signed, words, _level(difference), max(1 - _BEYOND, min(_BEYOND, difference)))


def _level(difference: float) -> float:
    return max(-1.0, min(1.0, difference / _FULL_COLOUR))


def _sorted(value: float) -> float:
    return -1.0 if math.isnan(value) else value
