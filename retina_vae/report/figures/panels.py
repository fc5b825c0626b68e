"""Every cluster on its own, its patients marked by the outcome where there is one."""

from __future__ import annotations

import math
from typing import Any

from matplotlib.figure import Figure
from matplotlib.gridspec import SubplotSpec

from retina_vae.report.figures.points import PatientMap
from retina_vae.report.figures.style import (
    FONT_SIZE,
    GREY,
    PAGE_WIDTH,
    Look,
    legend_handles,
    letters,
    new_figure,
    shared_style,
    wrapped,
)

__all__ = ["cluster_panel", "panels"]

_OTHERS = Look(GREY, ".")


@shared_style()
def panels(where: PatientMap) -> Figure:
    """Draw one panel per cluster, which just holds it, from the same side; the others there are light grey."""
    count = len(where.clusters)
    columns = 3 if count <= 15 else 4
    # One cell more than clusters: the legend stands in it.
    rows = math.ceil((count + 1) / columns)
    flat = where.space.dimensions < 3
    height = PAGE_WIDTH / columns * (0.85 if flat else 0.95)
    figure = new_figure(PAGE_WIDTH, height * rows, constrained=flat)
    box = {} if flat else {"left": 0.0, "right": 1.0, "bottom": 0.0, "top": 1.0, "wspace": 0.0, "hspace": 0.0}
    grid = figure.add_gridspec(rows, columns, **box)
    for (position, cluster), letter in zip(enumerate(where.clusters), letters(), strict=False):
        title = f"({letter})  Cluster {cluster}, n = {where.amount(cluster)}"
        _draw_cluster(figure, grid[position // columns, position % columns], where, cluster, title)
    _legend(figure.add_subplot(grid[count // columns, count % columns]), where)
    return figure


@shared_style()
def cluster_panel(where: PatientMap, cluster: int) -> Figure:
    """Draw the panel of one cluster alone, for its card in the report."""
    flat = where.space.dimensions < 3
    figure = new_figure(2.9, 2.7, constrained=flat)
    box = {} if flat else {"left": 0.0, "right": 1.0, "bottom": 0.0, "top": 1.0}
    _draw_cluster(figure, figure.add_gridspec(1, 1, **box)[0], where, cluster)
    return figure


def _draw_cluster(figure: Figure, cell: SubplotSpec, where: PatientMap, cluster: int, title: str | None = None) -> None:
    own = where.cluster == cluster
    space, inside = where.space.around(own)
    axes = space.add_axes(figure, cell, ticks=2, title=title)
    space.scatter(axes, [((~own)[inside], _OTHERS)], size=2.5)
    space.scatter(axes, [(mask[inside], look) for mask, look in where.marked(own)], size=7)


def _legend(axes: Any, where: PatientMap) -> None:
    axes.set_axis_off()
    if where.groups.several:
        looks, title = dict(where.groups.looks), wrapped(where.groups.title, 28, 2)
    else:
        (look,) = where.groups.looks.values()
        looks, title = {"patients of the cluster": look}, ""
    handles = legend_handles(looks | {"patients of other clusters": _OTHERS}, width=30)
    axes.legend(handles=handles, loc="center", title=title, alignment="left", handletextpad=0.2)
    if where.note:
        axes.text(0.5, 0.02, wrapped(where.note, 46, 3), ha="center", fontsize=FONT_SIZE - 1, transform=axes.transAxes)
