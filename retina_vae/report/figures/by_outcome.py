"""The latent space by outcome: each group of patients, and all together."""

from __future__ import annotations

import math

import numpy as np
from matplotlib.figure import Figure

from retina_vae.report.figures.points import PatientMap
from retina_vae.report.figures.style import (
    FONT_SIZE,
    PAGE_WIDTH,
    legend_handles,
    letters,
    new_figure,
    shared_style,
    wrapped,
)

__all__ = ["by_outcome"]


@shared_style()
def by_outcome(where: PatientMap) -> Figure:
    """Draw one panel per group and a last one with all of them, on the same axes and from the same side."""
    looks = where.groups.looks
    rows = math.ceil((len(looks) + 1) / 2)
    flat = where.space.dimensions < 3
    figure = new_figure(PAGE_WIDTH, 3.3 * rows, constrained=flat)
    box = {} if flat else {"left": 0.0, "right": 1.0, "bottom": 0.01, "top": 1.0, "wspace": 0.0, "hspace": 0.0}
    grid = figure.add_gridspec(rows, 2, **box)
    panels = [*([name] for name in looks), list(looks)]
    for (position, names), letter in zip(enumerate(panels), letters(), strict=False):
        together = position == len(looks)
        count = int(np.isin(where.group, names).sum())
        title = f"({letter})  {'All' if together else wrapped(names[0], 40, 1)}"
        title = title if where.stand_ins else f"{title}, n = {count:,}"
        axes = where.space.add_axes(figure, grid[position // 2, position % 2], title=title)
        where.space.scatter(axes, [(where.group == name, looks[name]) for name in names], size=7)
        if together:
            anchor = (1.0, 1.0) if flat else (1.04, 1.0)
            place = {"loc": "lower right", "ncols": 3, "columnspacing": 0.6} if flat else {"loc": "upper right"}
            handles = legend_handles(looks)
            axes.legend(handles=handles, handletextpad=0.0, borderaxespad=0.0, bbox_to_anchor=anchor, **place)
    if where.note:
        figure.text(0.01, 0.005, where.note, fontsize=FONT_SIZE - 1)
    return figure
