"""The posteriors of models with a plane for a latent space: what the KL divergence does to the codes."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import EllipseCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Circle
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from retina_vae.cohort import CohortSchema
from retina_vae.report.figures.decoded import DecodedPath, decoded_space
from retina_vae.report.figures.groups import PatientGroups
from retina_vae.report.figures.style import (
    FONT_SIZE,
    PAGE_WIDTH,
    legend_handles,
    letters,
    new_figure,
    nobody_drawn,
    shared_style,
    wrapped,
)
from retina_vae.report.released import CohortTables
from retina_vae.report.tables import DecodedModel

__all__ = ["MOST_ELLIPSES", "ellipses", "path_ends", "posteriors"]

FloatArray = NDArray[np.float64]

MOST_ELLIPSES = 200
"""Patients of whom the posterior is drawn; more ellipses would only cover each other."""

_PER_ROW = 3
_PRIOR = {"color": "#222222", "linestyle": (0, (4, 2)), "linewidth": 0.9}


def ellipses(covariance: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Ellipses of one standard deviation: the points whose Mahalanobis distance to the mean is 1.

    Args:
        covariance: Shape (patients, 2, 2).

    Returns:
        Full length of the longer and of the shorter axis, and the angle of the longer one with the first coordinate
        in degrees, each of shape (patients,): twice the square roots of the eigenvalues, and the direction of the
        first eigenvector.
    """
    values, vectors = np.linalg.eigh(covariance)
    lengths = 2 * np.sqrt(np.maximum(values, 0.0))
    angles = np.degrees(np.arctan2(vectors[:, 1, 1], vectors[:, 0, 1]))
    return lengths[:, 1], lengths[:, 0], angles


def path_ends(cohort: CohortTables, schema: CohortSchema) -> tuple[str, str]:
    """Between whose codes the decoder is asked: the central patients of the first and the last outcome that occur.

    Without an outcome, the ends of the line have no names.
    """
    if schema.outcome is None:
        return "start", "end"
    return cohort.occurring[0], cohort.occurring[-1]


@shared_style()
def posteriors(models: Mapping[str, DecodedModel], cohort: CohortTables, schema: CohortSchema, total: int) -> Figure:
    """Draw each model's posteriors in its latent plane, and below what its decoder says along a line through it.

    Args:
        models: Models with two latent dimensions, by the titles of their panels.
        cohort: The groups and the spread of the patients.
        schema: Names of the outcome and of the inputs.
        total: Patients of the cohort. Where none of them may be drawn, because a code can be decoded into one, a
            sentence says so; the line goes from one patient to another.
    """
    if not any(len(model.posterior) for model in models.values()):
        return nobody_drawn()
    columns = min(len(models), _PER_ROW)
    rows = math.ceil(len(models) / columns)
    paths = {title: DecodedPath(model.interpolation, "step") for title, model in models.items()}
    said = decoded_space(list(paths.values()), schema, cohort)
    ratios = [4.6, *said.height_ratios]
    figure = new_figure(PAGE_WIDTH * max(columns, 2) / _PER_ROW, 4.75 * rows + 0.6)
    grid = figure.add_gridspec(rows * len(ratios), columns, height_ratios=ratios * rows)
    for (position, (title, model)), letter in zip(enumerate(models.items()), letters(), strict=False):
        line, column = len(ratios) * (position // columns), position % columns
        plane = figure.add_subplot(grid[line, column])
        plane.set_title(f"({letter})  {title}")
        _draw_plane(plane, model, cohort, schema)
        cells = [grid[line + below, column] for below in range(1, len(ratios))]
        lower = said.add_axes(figure, cells, named=column == 0)
        said.draw(lower, paths[title])
        _name_ends(lower[-1], path_ends(cohort, schema))
    note = f"{min(total, MOST_ELLIPSES):,} of {total:,} patients are shown"
    _legends(figure, cohort.groups, said.handles, note)
    return figure


def _draw_plane(axes: Axes, model: DecodedModel, cohort: CohortTables, schema: CohortSchema) -> None:
    drawn = model.posterior
    line = model.interpolation.sort_values("step")[["z_1", "z_2"]].to_numpy(dtype=float)[[0, -1]]
    shown = drawn.iloc[_spread_rows(len(drawn))]
    ends = [(float(low), float(high)) for low, high in zip(line.min(axis=0), line.max(axis=0), strict=True)]
    _set_limits(axes, shown, ends)
    _draw_ellipses(axes, shown, cohort.groups)
    for radius in (1, 2):
        axes.add_patch(Circle((0, 0), radius, fill=False, zorder=3, **_PRIOR))
    axes.plot(*line.T, color="white", linewidth=3.0, zorder=4)
    axes.plot(*line.T, color="black", linewidth=1.4, zorder=5)
    for place, name in zip(line, path_ends(cohort, schema), strict=True):
        _mark_end(axes, place, name, line.mean(axis=0))


def _spread_rows(count: int) -> NDArray[np.int_]:
    """Evenly spaced rows in a mixed order, so that no group is printed over the others."""
    rows = np.unique(np.linspace(0, count - 1, min(count, MOST_ELLIPSES)).round().astype(int))
    return rows[np.argsort((np.arange(len(rows)) * 0.6180339887498949) % 1.0, kind="stable")]


def _set_limits(axes: Axes, shown: pd.DataFrame, line: list[tuple[float, float]]) -> None:
    """A square that holds the prior's circles, the line and all ellipses, on the same scale both ways."""
    means = shown[["mean_1", "mean_2"]].to_numpy(dtype=float)
    scales = np.sqrt(shown[["covariance_1_1", "covariance_2_2"]].to_numpy(dtype=float))
    corners = np.vstack([means - scales, means + scales, np.array(line).T])
    low, high = np.minimum(corners.min(axis=0), -2.0), np.maximum(corners.max(axis=0), 2.0)
    middle, half = (low + high) / 2, 0.53 * float((high - low).max())
    axes.set(xlim=(middle[0] - half, middle[0] + half), ylim=(middle[1] - half, middle[1] + half))
    axes.set_aspect("equal")
    axes.set(xlabel="z1", ylabel="z2")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    axes.grid(True)


def _draw_ellipses(axes: Axes, shown: pd.DataFrame, groups: PatientGroups) -> None:
    looks, group = groups.looks, groups.of(shown["outcome"])
    means = shown[["mean_1", "mean_2"]].to_numpy(dtype=float)
    first, both, second = (shown[f"covariance_{name}"].to_numpy(dtype=float) for name in ("1_1", "2_1", "2_2"))
    covariance = np.stack([np.stack([first, both], axis=1), np.stack([both, second], axis=1)], axis=1)
    colours = [looks[name].colour for name in group]
    if (covariance > 0).any():
        axes.add_collection(
            EllipseCollection(
                *ellipses(covariance),
                units="xy",
                offsets=means,
                offset_transform=axes.transData,
                facecolors=[(colour, 0.05) for colour in colours],
                edgecolors=[(colour, 0.35) for colour in colours],
                linewidths=0.5,
                zorder=2,
            ),
            autolim=False,
        )
    for name, look in looks.items():
        own = group == name
        axes.scatter(means[own, 0], means[own, 1], s=5, alpha=0.9, zorder=2.5, **look.marks)


def _mark_end(axes: Axes, place: FloatArray, name: str, middle: FloatArray) -> None:
    below = place[1] < middle[1]
    axes.plot(*place, color="white", marker="o", markersize=5, markeredgecolor="black", zorder=6)
    axes.annotate(
        wrapped(name, 18, 1),
        xy=tuple(place),
        xytext=(0, -6 if below else 6),
        textcoords="offset points",
        ha="center",
        va="top" if below else "bottom",
        fontsize=FONT_SIZE - 1,
        weight="bold",
        bbox={"boxstyle": "round,pad=0.12", "facecolor": "white", "edgecolor": "none", "alpha": 0.8},
        zorder=7,
    )


def _name_ends(axes: Axes, ends: tuple[str, str]) -> None:
    axes.set_xticks([0, 0.5, 1], [wrapped(ends[0], 12, 1), "halfway", wrapped(ends[1], 12, 1)])
    # Else the names at the edges of neighbouring panels would touch.
    axes.get_xticklabels()[0].set_horizontalalignment("left")
    axes.get_xticklabels()[-1].set_horizontalalignment("right")
    axes.set_xlabel("Along the line in the plane above")


def _legends(figure: Figure, groups: PatientGroups, lines: list[Line2D], note: str) -> None:
    ellipse = Line2D(
        [],
        [],
        linestyle="none",
        marker="o",
        markersize=9,
        fillstyle="none",
        color="#555555",
        label="1 standard deviation",
    )
    prior = Line2D([], [], label="prior N(0, I), 1 and 2 standard deviations", **_PRIOR)  # type: ignore[arg-type]
    upper = [*legend_handles(groups.looks), ellipse, prior]
    figure.legend(
        handles=upper,
        loc="outside upper left",
        ncols=min(len(upper), 5),
        title=f"Posteriors q(z | x): {note}",
        alignment="left",
        columnspacing=1.2,
        handletextpad=0.4,
    )
    figure.legend(handles=lines, loc="outside lower left", ncols=min(len(lines), 5) or 1, columnspacing=1.2)
