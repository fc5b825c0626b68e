"""The map of the latent space, every cluster marked and numbered."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from retina_vae.report.figures.points import PatientMap
from retina_vae.report.figures.style import (
    FONT_SIZE,
    PAGE_WIDTH,
    cluster_look,
    legend_handles,
    new_figure,
    shared_style,
)

__all__ = ["all_clusters", "spread_labels"]

FloatArray = NDArray[np.float64]

_MOST_LEGEND_ROWS = 25
_LABEL_WIDTH = 0.25  # inches


def spread_labels(places: FloatArray, distance: float, rounds: int = 200) -> FloatArray:
    """Move labels apart until no two are closer than ``distance``, or as far as ``rounds`` rounds get them.

    Args:
        places: Where the labels would stand, shape (labels, 2).
        distance: Smallest distance between two labels, in the unit of ``places``.
        rounds: Rounds of pushing every close pair apart.
    """
    moved = places.astype(float).copy()
    for _ in range(rounds):
        gaps = moved[:, None] - moved[None]
        lengths = np.linalg.norm(gaps, axis=2)
        close = np.argwhere(np.triu(lengths < distance, 1))
        if not len(close):
            break
        for i, j in close:
            # Two labels on one spot have no direction to part in; the first goes up.
            direction = gaps[i, j] / lengths[i, j] if lengths[i, j] > 0 else np.array([0.0, 1.0])
            push = 0.51 * (distance - lengths[i, j]) * direction
            moved[i] += push
            moved[j] -= push
    return moved


@shared_style()
def all_clusters(where: PatientMap) -> Figure:
    """Draw all patients, each cluster with its own marker, and its number at its centre."""
    columns = max(1, math.ceil(len(where.clusters) / _MOST_LEGEND_ROWS))
    legend_width = 1.15 * columns
    figure = new_figure(PAGE_WIDTH - 1.15 + legend_width, 5.4, constrained=False)
    right = 1 - legend_width / figure.get_figwidth()
    flat = where.space.dimensions < 3
    margins = (0.09, right - 0.02, 0.09, 0.97) if flat else (0.0, right, 0.0, 1.0)
    grid = figure.add_gridspec(1, 1, **dict(zip(("left", "right", "bottom", "top"), margins, strict=True)))
    axes = where.space.add_axes(figure, grid[0])
    looks = {cluster: cluster_look(position) for position, cluster in enumerate(where.clusters)}
    where.space.scatter(axes, [(where.cluster == cluster, look) for cluster, look in looks.items()], size=9)
    _number_clusters(axes, where)
    handles = legend_handles({f"{cluster}  (n = {where.amount(cluster)})": look for cluster, look in looks.items()})
    figure.legend(
        handles=handles, loc="center right", title="Cluster", ncols=columns, handletextpad=0.1, alignment="left"
    )
    if where.note:
        figure.text(0.01, 0.01, where.note, fontsize=FONT_SIZE - 1)
    return figure


def _number_clusters(axes: Any, where: PatientMap) -> None:
    centers = where.space.on_page(axes, where.space.centers)
    # viewLim is the window on the page, of flat and of 3-D axes; labels are kept apart in inches.
    inches = np.array(axes.get_position().size) * axes.figure.get_size_inches()
    unit = np.array(axes.viewLim.size) / inches
    labels = spread_labels(centers / unit, _LABEL_WIDTH) * unit
    for cluster, center, place in zip(where.clusters, centers, labels, strict=True):
        axes.annotate(
            str(cluster),
            xy=tuple(center),
            xytext=tuple(place),
            ha="center",
            va="center",
            fontsize=FONT_SIZE,
            weight="bold",
            bbox={"boxstyle": "circle,pad=0.18", "facecolor": "white", "edgecolor": "black", "linewidth": 0.7},
            arrowprops={"arrowstyle": "-", "linewidth": 0.7, "shrinkA": 0, "shrinkB": 0},
            zorder=1000,
        )
