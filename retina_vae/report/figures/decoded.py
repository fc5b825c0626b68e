"""What a decoder says along a path through the latent space: probabilities on one axis, each number on its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.gridspec import SubplotSpec
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from retina_vae.cohort import CohortSchema, Column
from retina_vae.report.figures.labels import apart
from retina_vae.report.figures.style import FONT_SIZE, Look, category_label, line_look, shown_name, wrapped
from retina_vae.report.released import CohortTables
from retina_vae.words import enumerated

__all__ = ["MOST_LINES", "MOST_NUMBERS", "MOVES", "DecodedPath", "DecodedSpace", "decoded_space", "left_out"]

FloatArray = NDArray[np.float64]

MOVES = 0.1
"""A probability that changes by less than this along a path is drawn pale."""

MOST_LINES = 7
"""Columns of categories that are drawn, those that move most."""

MOST_NUMBERS = 3
"""Numbers that are drawn, those that move most for the spread that they have in the patients."""

_LABEL_SIZE = FONT_SIZE - 2
_LINE_HEIGHT = 1.4 * _LABEL_SIZE
_MARKERS_PER_LINE = 4
_LEADER = {"arrowstyle": "-", "color": "#555555", "linewidth": 0.5, "shrinkA": 0, "shrinkB": 0, "relpos": (0, 0.5)}


@dataclass(frozen=True)
class DecodedLine:
    """The probability of one category."""

    column: str
    category: str
    label: str
    look: Look


@dataclass(frozen=True, eq=False)
class DecodedPath:
    """What one decoder says along one path: ``place`` names the column of ``table`` that says where."""

    table: pd.DataFrame
    place: str

    def curve(self, column: str, category: str = "") -> tuple[FloatArray, FloatArray]:
        """Places and means of one category, or of a number, in the order of the places."""
        own = self.table[(self.table["column"] == column) & (self.table["category"] == category)]
        own = own.sort_values(self.place)
        return own[self.place].to_numpy(dtype=float), own["mean"].to_numpy(dtype=float)


@dataclass(frozen=True, eq=False)
class DecodedSpace:
    """The lines and limits that all panels of one figure share.

    Attributes:
        lines: One per column: the category that describes it, or of several the one that moves most.
        numbers: The numeric columns with the limits of their axes.
    """

    lines: list[DecodedLine]
    numbers: list[tuple[Column, tuple[float, float]]]

    @property
    def height_ratios(self) -> list[float]:
        """Heights of the rows of axes that one path needs."""
        return [3.0, *(1.0 for _ in self.numbers)]

    def add_axes(self, figure: Figure, cells: Sequence[SubplotSpec], *, named: bool) -> list[Axes]:
        """Axes for the probabilities and, below them and on the same places, for each number.

        Args:
            figure: Where to add them.
            cells: Their places in one grid of the figure, from top to bottom, as many as ``height_ratios``.
            named: Whether the vertical axes say what they show; of panels side by side the first one does.
        """
        first = figure.add_subplot(cells[0])
        all_axes = [first, *(figure.add_subplot(cell, sharex=first) for cell in cells[1:])]
        first.set(ylim=(-0.03, 1.03), yticks=[0, 0.5, 1], ylabel="Probability" if named else "")
        for axes, (column, limits) in zip(all_axes[1:], self.numbers, strict=True):
            axes.set_ylim(*limits)
            axes.locator_params(axis="y", nbins=2)
            axes.set_ylabel(wrapped(column.axis_label, 10, 3) if named else "")
        for axes in all_axes:
            axes.grid(True)
            axes.tick_params(labelleft=named, labelbottom=axes is all_axes[-1])
        return all_axes

    def draw(self, all_axes: Sequence[Axes], path: DecodedPath, *, labelled: bool = False) -> None:
        """Draw what is said along ``path``; with ``labelled``, the lines that move have their names beside them."""
        ends = []
        for line in self.lines:
            places, means = path.curve(line.column, line.category)
            moves = bool(np.ptp(means) >= MOVES)
            all_axes[0].plot(places, means, **_strokes(line.look, moves, len(places)))
            ends += [(float(means[-1]), line.label)] if moves else []
        for axes, (column, _) in zip(all_axes[1:], self.numbers, strict=True):
            axes.plot(*path.curve(column.name), color="black", linewidth=1.2)
        low, high = float(path.table[path.place].min()), float(path.table[path.place].max())
        all_axes[0].set_xlim(low - 0.025 * (high - low), high + 0.025 * (high - low))
        if labelled and ends:
            _label_ends(all_axes[0], sorted(ends))

    @property
    def handles(self) -> list[Line2D]:
        """One piece of line with its name per line, for a legend."""
        return [
            Line2D([], [], label=wrapped(shown_name(line.label), 24, 2), **_strokes(line.look, True, 1))
            for line in self.lines
        ]


def decoded_space(paths: Sequence[DecodedPath], schema: CohortSchema, cohort: CohortTables) -> DecodedSpace:
    """The lines that show best what is said along all of ``paths``, and limits that hold every number.

    Args:
        paths: What is said.
        schema: The columns; the inputs are drawn.
        cohort: How far numbers spread, so that their movements can be compared.
    """
    said = {column.name: _most_moving(paths, column) for column in schema.inputs}
    named = [column for column in schema.inputs if not column.numeric]
    numeric = [column for column in schema.inputs if column.numeric]
    moves = {column.name: _movement(paths, column, said[column.name]) for column in schema.inputs}
    for column in numeric:
        spread = cohort.spread(column.name)
        moves[column.name] /= spread if spread > 0 else 1.0
    first = len(schema.outcome.categories) if schema.outcome else 1
    lines = [
        DecodedLine(column.name, said[column.name], category_label(column, said[column.name]), line_look(first + place))
        for place, column in enumerate(_largest(named, moves, MOST_LINES))
    ]
    return DecodedSpace(lines, [(column, _limits(paths, column)) for column in _largest(numeric, moves, MOST_NUMBERS)])


def left_out(schema: CohortSchema) -> str:
    """What a caption says of the columns that are not drawn; empty where all are."""
    named = sum(not column.numeric for column in schema.inputs)
    numeric = len(schema.inputs) - named
    parts = [f"{MOST_LINES} of {named} columns of categories"] if named > MOST_LINES else []
    parts += [f"{MOST_NUMBERS} of {numeric} numbers"] if numeric > MOST_NUMBERS else []
    return f" Only {enumerated(parts)} are drawn, those that move most." if parts else ""


def _largest(own: Sequence[Column], moves: Mapping[str, float], most: int) -> list[Column]:
    """The columns that move most, in their own order."""
    kept = sorted(own, key=lambda column: -moves[column.name])[:most]
    return [column for column in own if column in kept]


def _movement(paths: Sequence[DecodedPath], column: Column, category: str) -> float:
    return max((float(np.ptp(path.curve(column.name, category)[1])) for path in paths), default=0.0)


def _most_moving(paths: Sequence[DecodedPath], column: Column) -> str:
    described = column.kind_of.described(column.categories)
    return max(described, key=lambda category: _movement(paths, column, category))


def _limits(paths: Sequence[DecodedPath], column: Column) -> tuple[float, float]:
    means = np.concatenate([path.curve(column.name)[1] for path in paths])
    # A number that hardly moves is drawn as a flat line, not as the rounding of its mean.
    margin = 0.1 * (float(np.ptp(means)) or abs(float(means[0])) or 1.0)
    return float(means.min()) - margin, float(means.max()) + margin


def _strokes(look: Look, moves: bool, places: int) -> dict[str, Any]:
    return {
        "color": look.colour,
        "linestyle": look.line,
        "linewidth": 1.4 if moves else 0.8,
        "alpha": 1.0 if moves else 0.4,
        "marker": look.marker if moves else "",
        "markersize": 3.0,
        "markevery": max(1, places // _MARKERS_PER_LINE),
    }


def _label_ends(axes: Any, ends: Sequence[tuple[float, str]]) -> None:
    """Write the names of the lines to the right of their ends; they are black, for not every colour reads as text."""
    texts = [wrapped(label, 13, 2) for _, label in ends]
    low, high = axes.get_ylim()
    line = (high - low) * _LINE_HEIGHT / 72 / (axes.get_position().height * axes.figure.get_figheight())
    heights = [line * (1 + text.count("\n")) for text in texts]
    places = apart([mean for mean, _ in ends], heights, low, high)
    for (mean, _), text, place in zip(ends, texts, places, strict=True):
        axes.annotate(
            text,
            xy=(1.0, mean),
            xytext=(1.07, place),
            xycoords=("axes fraction", "data"),
            textcoords=("axes fraction", "data"),
            fontsize=_LABEL_SIZE,
            linespacing=1.0,
            va="center",
            arrowprops=_LEADER,
            annotation_clip=False,
        )
