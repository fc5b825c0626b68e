"""The clustering tree: how clusters split when their number grows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, PathPatch
from matplotlib.path import Path
from numpy.typing import NDArray

from retina_vae.report.figures.style import FONT_SIZE, PAGE_WIDTH, cluster_look, new_figure, shared_style
from retina_vae.words import noun_after

__all__ = ["Row", "arrange", "crossings", "tree"]

_LARGEST = 15
_SMALLEST_SHARE = 0.05
_SWEEPS = 12
_ROW_HEIGHT = 0.47  # inches
_NODE, _CHOSEN = cluster_look(0).colour, cluster_look(1).colour
_BAND = "#f6dccb"
_NOTE = (
    "Numbers go on from parent to child; they are the tree's own, not those of the clusters in the report.\n"
    f"Lines that carry less than {100 * _SMALLEST_SHARE:.0f}\N{NO-BREAK SPACE}% of a cluster's patients are left out."
)
# Areas in square points: the smaller holds two digits, the larger leaves room between two rows.
_AREAS = (120.0, 620.0)
# Of more clusters in a row, nodes and numbers are drawn smaller, so that they stay apart.
_MOST_AT_FULL_SIZE = 30
_EDGE_WIDTHS = (0.5, 4.0)
# Grey levels of an edge: 0 is black. What carries few of a cluster's patients is pale.
_EDGE_GREYS = (0.70, 0.28)

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Row:
    """The clusters of one k, from left to right.

    Attributes:
        k: Number of clusters asked for.
        clusters: Their numbers.
        sizes: Their patients.
        shares: Share of each cluster's patients that come from each cluster of the row above, shape
            (clusters above, clusters); no rows for the first row.
        places: Horizontal place of each cluster, in units of the least distance between two.
    """

    k: int
    clusters: NDArray[np.int64]
    sizes: NDArray[np.int64]
    shares: FloatArray
    places: FloatArray


@shared_style()
def tree(table: pd.DataFrame, k: int, largest: int = _LARGEST) -> Figure:
    """Draw the clusters for 1, 2, .. as rows, and from where each has its patients (Zappia and Oshlack 2018).

    Where there are more rows than ``largest``, the first are drawn, or those that end with the run's own k.

    Args:
        table: The clustering tree of one replica (``clusters/tree.py`` says what is in it).
        k: The number of clusters of the run; it is marked where it is among those of the table.
        largest: The most rows that are drawn.
    """
    rows = arrange(_chosen_rows(table, k, largest))
    figure = new_figure(PAGE_WIDTH, _ROW_HEIGHT * max(len(rows), 3) + 1.1)
    axes = figure.subplots()
    _dress(axes, rows, k)
    for above, row in pairwise(rows):
        _draw_edges(axes, above, row)
    nodes = _Nodes(int(rows[0].sizes.sum()), min(1.0, _MOST_AT_FULL_SIZE / max(len(row.places) for row in rows)))
    for row in rows:
        nodes.draw(axes, row, chosen=row.k == k)
    marked = f"this run: k = {k}" + ("" if k in [row.k for row in rows] else ", which was not compared")
    figure.legend(handles=_handles(nodes, marked), loc="outside lower center", ncols=3, labelspacing=0.9)
    return figure


def arrange(table: pd.DataFrame) -> list[Row]:
    """Order the clusters of every k so that few edges cross, and place each near those it shares patients with.

    Rows are swept down and up in turn, each row sorted by the barycentre of its neighbours in the row before (Sugiyama,
    Tagawa and Toda 1981); of all orders met, the one with the fewest crossings is kept. The last row is spread evenly,
    each row above it as near to the barycentres of its children as a distance of 1 between neighbours allows.

    Args:
        table: As for :func:`tree`; edges from above the first k are ignored.
    """
    rows: list[Row] = []
    for _, own in table.groupby("k"):
        rows.append(_read_row(own, rows[-1].clusters if rows else np.empty(0, dtype=np.int64)))
    return _place(_order(rows))


def crossings(shares: FloatArray) -> float:
    """Weight of the crossing edges between two rows: the sum, over pairs that cross, of the product of their shares.

    Args:
        shares: Share on each edge, shape (clusters above, clusters below), both from left to right.

    >>> crossings(np.array([[0.0, 1.0], [0.5, 0.0]]))
    0.5
    """
    below_left = np.zeros_like(shares)
    # Of each edge, what starts further right and ends further left.
    below_left[:-1, 1:] = shares[::-1].cumsum(axis=0)[::-1].cumsum(axis=1)[1:, :-1]
    return float((shares * below_left).sum())


def _chosen_rows(table: pd.DataFrame, k: int, largest: int) -> pd.DataFrame:
    highest = int(table["k"].max())
    last = min(max(largest, k if k <= highest else 0), highest)
    return table[table["k"].between(last - largest + 1, last)]


def _read_row(table: pd.DataFrame, above: NDArray[np.int64]) -> Row:
    """One row; a size that is not shown counts as 1 and a share that is not shown as 0."""
    sizes = table.groupby("cluster")["size"].first().fillna(1).astype(np.int64)
    shares = table.dropna(subset="parent").pivot(index="parent", columns="cluster", values="share")
    matrix = shares.reindex(index=above, columns=sizes.index).fillna(0.0).to_numpy(np.float64)
    places = np.arange(len(sizes), dtype=np.float64)
    clusters = np.asarray(sizes.index, dtype=np.int64)
    return Row(int(table["k"].iloc[0]), clusters, np.asarray(sizes, dtype=np.int64), matrix, places)


def _order(rows: list[Row]) -> list[Row]:
    """Give every row the places 0, 1, .. of its clusters' order."""
    found = [rows]
    for sweep in range(_SWEEPS):
        found.append(_sweep_down(found[-1]) if sweep % 2 == 0 else _sweep_up(found[-1]))
    return min(found, key=_total_crossings)


def _sweep_down(rows: list[Row]) -> list[Row]:
    swept = rows[:1]
    for row in rows[1:]:
        swept.append(replace(row, places=_ranks(row.shares.T @ swept[-1].places)))
    return swept


def _sweep_up(rows: list[Row]) -> list[Row]:
    swept = rows[-1:]
    for row, below in zip(rows[-2::-1], rows[:0:-1], strict=True):
        swept.append(replace(row, places=_ranks(_middle_of_children(below, swept[-1].places))))
    return swept[::-1]


def _ranks(values: FloatArray) -> FloatArray:
    return values.argsort(kind="stable").argsort().astype(np.float64)


def _middle_of_children(below: Row, places: FloatArray) -> FloatArray:
    """Barycentre of each cluster's patients in the row below, which has these places; its middle if none is shown."""
    patients = below.shares * below.sizes
    total = patients.sum(axis=1)
    return np.where(total > 0, patients @ places / np.maximum(total, 1e-9), places.mean())


def _total_crossings(rows: list[Row]) -> float:
    return sum(
        crossings(_drawn(row.shares)[np.ix_(above.places.argsort(), row.places.argsort())])
        for above, row in pairwise(rows)
    )


def _drawn(shares: FloatArray) -> FloatArray:
    """The shares whose edges are drawn, 0 for all others; the largest of a cluster always is."""
    return np.where((shares >= _SMALLEST_SHARE) | (shares == shares.max(axis=0)), shares, 0.0)


def _place(rows: list[Row]) -> list[Row]:
    """From the order in each row to places under which parents stand above their children."""
    placed = rows[-1:]
    for row, below in zip(rows[-2::-1], rows[:0:-1], strict=True):
        targets = _middle_of_children(below, placed[-1].places)
        placed.append(replace(row, places=_spread(targets, row.places.astype(np.int64), row.sizes)))
    return placed[::-1]


def _spread(targets: FloatArray, ranks: NDArray[np.int64], weights: NDArray[np.int64]) -> FloatArray:
    """Places in the order of the ranks, at least 1 apart, whose weighted squared distance from the targets is least."""
    from scipy.optimize import isotonic_regression

    order = ranks.argsort()
    # Less the rank, places at least 1 apart are places that do not fall.
    rising = isotonic_regression(targets[order] - np.arange(len(order)), weights=weights[order])
    return (rising.x + np.arange(len(order)))[ranks]


def _dress(axes: Axes, rows: list[Row], k: int) -> None:
    left, right = min(row.places.min() for row in rows), max(row.places.max() for row in rows)
    axes.set_xlim(left - 0.8, right + 0.8)
    axes.set_ylim(rows[-1].k + 0.6, rows[0].k - 0.6)
    axes.set_xticks([])
    axes.set_yticks([row.k for row in rows])
    axes.set_ylabel("Number of clusters k")
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
    axes.set_title(_NOTE, fontsize=FONT_SIZE)
    if k in [row.k for row in rows]:
        axes.axhspan(k - 0.5, k + 0.5, color=_BAND, linewidth=0, zorder=0)
        axes.get_yticklabels()[[row.k for row in rows].index(k)].set_fontweight("bold")


def _draw_edges(axes: Axes, above: Row, row: Row) -> None:
    shares = _drawn(row.shares)
    for parent, child in zip(*np.nonzero(shares), strict=True):
        start, end = (above.places[parent], above.k), (row.places[child], row.k)
        middle = (above.k + row.k) / 2
        path = Path([start, (start[0], middle), (end[0], middle), end], [Path.MOVETO, *[Path.CURVE4] * 3])
        width, grey = _edge_look(float(shares[parent, child]))
        axes.add_patch(
            PathPatch(path, facecolor="none", edgecolor=grey, linewidth=width, zorder=1 + shares[parent, child])
        )


def _edge_look(share: float) -> tuple[float, str]:
    """Width in points and grey of the edge that carries this share of a cluster's patients."""
    width = _EDGE_WIDTHS[0] + share * (_EDGE_WIDTHS[1] - _EDGE_WIDTHS[0])
    return width, str(_EDGE_GREYS[0] + share * (_EDGE_GREYS[1] - _EDGE_GREYS[0]))


@dataclass(frozen=True)
class _Nodes:
    """How clusters are drawn: circles whose area grows with their share of all patients."""

    patients: int
    scale: float

    def area(self, sizes: NDArray[np.int64] | int) -> FloatArray:
        """Areas in square points."""
        return self.scale**2 * (_AREAS[0] + np.asarray(sizes) / self.patients * (_AREAS[1] - _AREAS[0]))

    def draw(self, axes: Axes, row: Row, chosen: bool) -> None:
        """Draw the clusters of a row with their numbers; those of the run stand out."""
        colour, edge = (_CHOSEN, "black") if chosen else (_NODE, "white")
        heights = np.full(len(row.places), row.k)
        axes.scatter(
            row.places, heights, s=self.area(row.sizes), color=colour, edgecolors=edge, linewidths=0.8, zorder=3
        )
        font: dict[str, Any] = {
            "fontsize": self.scale * (FONT_SIZE - 1.5),
            "weight": "bold",
            "color": "white",
            "zorder": 4,
        }
        for place, cluster in zip(row.places, row.clusters, strict=True):
            axes.text(place, row.k, str(cluster), ha="center", va="center_baseline", **font)

    def handle(self, size: int) -> Line2D:
        """The legend's entry for clusters of this size."""
        diameter = 2 * np.sqrt(float(self.area(size)) / np.pi)
        label = f"{size:,} {noun_after(size, 'patient')}"
        return Line2D([], [], color=_NODE, marker="o", markersize=diameter, linestyle="none", label=label)


def _handles(nodes: _Nodes, marked: str) -> list[Artist]:
    few, many = (nodes.handle(_round_down(nodes.patients / part)) for part in (30, 3))
    tenth, half, whole = (_edge_handle(share) for share in (0.1, 0.5, 1.0))
    run = Patch(facecolor=_BAND, edgecolor=_CHOSEN, label=marked)
    # Filled column by column: nodes stand in the first line of the legend, edges in the second.
    return [few, tenth, many, half, run, whole]


def _edge_handle(share: float) -> Line2D:
    width, grey = _edge_look(share)
    return Line2D(
        [], [], color=grey, linewidth=width, label=f"{100 * share:.0f}\N{NO-BREAK SPACE}% of a cluster's patients"
    )


def _round_down(number: float) -> int:
    """The number's first digit, then zeros; at least 1."""
    unit = 10 ** int(np.log10(max(number, 1)))
    return max(int(number // unit) * unit, 1)
