"""How the cohort looks: every column by itself, group by group."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from retina_vae.cohort import CohortSchema, Column
from retina_vae.report.figures.distributions import PICTURES, Picture
from retina_vae.report.figures.grouped import GroupedPatients
from retina_vae.report.figures.style import PAGE_WIDTH, letters, new_figure, shared_style, shown_name, wrapped
from retina_vae.report.released import CohortTables

__all__ = ["columns", "pictured_columns"]

_ROW_HEIGHT = 2.15
_MOST_IN_PAIRS = 12
_MOST_BARS_IN_A_CELL = 30


class Panel(NamedTuple):
    """One picture: its columns, and how many cells of its row it takes."""

    columns: list[Column]
    picture: Picture
    cells: int


def pictured_columns(schema: CohortSchema) -> list[Column]:
    """The inputs, then what the model does not see but for the outcome that makes the groups."""
    return [*schema.inputs, *(column for column in schema.tested if column != schema.outcome)]


@shared_style()
def columns(tables: CohortTables, schema: CohortSchema) -> Figure:
    """Draw every column as its kind is drawn; columns of two categories stand a few to a panel.

    Args:
        tables: The bars and curves. In the place of a bar that is not shown stands a hatched note.
        schema: Names, categories and units of the columns.
    """
    cohort = GroupedPatients(tables)
    shown = pictured_columns(schema)
    width = 2 if len(shown) <= _MOST_IN_PAIRS else 3
    panels = _panels(cohort, shown, width)
    places = list(_places(panels, width))
    rows = places[-1][0] + 1
    figure = new_figure(PAGE_WIDTH, _ROW_HEIGHT * rows + 0.25)
    grid = figure.add_gridspec(rows, width)
    for panel, (row, cell, cells), letter in zip(panels, places, letters(), strict=False):
        axes = figure.add_subplot(grid[row, cell : cell + cells])
        panel.picture.draw(axes, panel.columns, cohort)
        axes.set_title(f"({letter})  {_title(panel, cohort)}")
    if cohort.groups.several:
        _add_legend(figure, cohort)
    return figure


def _panels(cohort: GroupedPatients, shown: Sequence[Column], width: int) -> list[Panel]:
    """A panel per column, and at the end the columns that share one; where three stand in a row, fewer share."""
    alone, shared = list[Panel](), dict[str, list[Column]]()
    for column in shown:
        name = column.kind_of.picture
        if PICTURES[name].most > 1:
            shared.setdefault(name, []).append(column)
        else:
            alone.append(Panel([column], PICTURES[name], 2 if _is_wide(cohort, column) else 1))
    for name, own in shared.items():
        panels = math.ceil(len(own) / (PICTURES[name].most - 2 * (width > 2)))
        alone += [Panel(list(part), PICTURES[name], 1) for part in _even_parts(own, panels)]
    return alone


def _is_wide(cohort: GroupedPatients, column: Column) -> bool:
    if column.numeric:
        return False
    return len(cohort.bar_names(column)) * len(cohort.names) > _MOST_BARS_IN_A_CELL


def _even_parts(own: Sequence[Column], count: int) -> Iterator[Sequence[Column]]:
    edges = np.linspace(0, len(own), count + 1).round().astype(int)
    yield from (own[start:end] for start, end in pairwise(edges))


def _places(panels: Sequence[Panel], width: int) -> Iterator[tuple[int, int, int]]:
    """Row, first cell and cells of every panel, one after the other; a wide one takes what is left of its row."""
    row, cell = 0, 0
    following = [*(min(panel.cells, width) for panel in panels[1:]), width]
    for panel, after in zip(panels, following, strict=True):
        cells = min(panel.cells, width)
        if cell + cells > width:
            row, cell = row + 1, 0
        if panel.cells > 1 and cell + cells + after > width:
            cells = width - cell
        yield row, cell, cells
        cell += cells


def _title(panel: Panel, cohort: GroupedPatients) -> str:
    if len(panel.columns) > 1 or panel.picture.most > 1:
        return "Findings" if all(column.finding for column in panel.columns) else "Columns of two categories"
    (column,) = panel.columns
    observed = cohort.observed(column)
    label = wrapped(column.label, 40, 2)
    return f"{label}, {observed} observed" if observed else label


def _add_legend(figure: Figure, cohort: GroupedPatients) -> None:
    looks = cohort.groups.looks.items()
    handles = [
        Patch(color=look.colour, label=wrapped(f"{shown_name(name)} (n = {cohort.amount(name)})", 40, 2))
        for name, look in looks
    ]
    title = wrapped(cohort.groups.title, 60, 1)
    figure.legend(handles=handles, title=title, loc="outside upper left", ncols=min(len(handles), 4), alignment="left")
