"""Figure 5: the latent space of each disease, and of all together."""

from __future__ import annotations

import math

import numpy as np
from matplotlib.figure import Figure

from retina_vae.cohort import CohortSchema
from retina_vae.report.figures.points import PatientMap
from retina_vae.report.figures.style import (
    FONT_SIZE,
    PAGE_WIDTH,
    disease_looks,
    legend_handles,
    letters,
    new_figure,
    shared_style,
)

__all__ = ["figure5"]


@shared_style()
def figure5(where: PatientMap, schema: CohortSchema) -> Figure:
    """Draw one panel per disease and a last one with all of them, on the same axes and from the same side."""
    looks = disease_looks(schema)
    rows = math.ceil((len(looks) + 1) / 2)
    flat = where.space.dimensions < 3
    figure = new_figure(PAGE_WIDTH, 3.3 * rows, constrained=flat)
    box = {} if flat else {"left": 0.0, "right": 1.0, "bottom": 0.01, "top": 1.0, "wspace": 0.0, "hspace": 0.0}
    grid = figure.add_gridspec(rows, 2, **box)
    groups = [*([disease] for disease in looks), list(looks)]
    for (position, diseases), letter in zip(enumerate(groups), letters(), strict=False):
        together = len(diseases) > 1
        name = "All" if together else diseases[0]
        count = int(np.isin(where.disease, diseases).sum())
        title = f"({letter})  {name}" if where.stand_ins else f"({letter})  {name}, n = {count:,}"
        axes = where.space.add_axes(figure, grid[position // 2, position % 2], title=title)
        where.space.scatter(axes, [(where.disease == disease, looks[disease]) for disease in diseases], size=7)
        if together:
            place = (
                {"loc": "lower right", "ncols": len(looks), "columnspacing": 0.6} if flat else {"loc": "upper right"}
            )
            anchor = (1.0, 1.0) if flat else (1.04, 1.0)
            handles = legend_handles(looks)
            axes.legend(handles=handles, handletextpad=0.0, borderaxespad=0.0, bbox_to_anchor=anchor, **place)
    if where.note:
        figure.text(0.01, 0.005, where.note, fontsize=FONT_SIZE - 1)
    return figure
