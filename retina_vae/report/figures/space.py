"""The latent space on paper: one frame, one view and the same axes for every panel that a reader compares."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.gridspec import SubplotSpec
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import Bbox
from mpl_toolkits.mplot3d import proj3d  # type: ignore[import-untyped]
from numpy.typing import NDArray

from retina_vae.report.figures.style import FONT_SIZE, GREY, Look

__all__ = ["LatentSpace", "latent_space"]

FloatArray = NDArray[np.float64]
Mask = NDArray[np.bool_]

_LAYERS = 8


@dataclass(frozen=True, eq=False)
class LatentSpace:
    """Points of at most three dimensions with their axes.

    Attributes:
        points: Shape (patients, 1 to 3).
        labels: Name of each axis.
        centers: Points, shape (any, 1 to 3), that the view should keep apart, such as cluster centres.
        held: Points, shape (any, 1 to 3), that the axes hold; those of the space where there are none.
        seen_from: Elevation and azimuth; by default those from which the centres lie farthest apart.
    """

    points: FloatArray
    labels: tuple[str, ...]
    centers: FloatArray
    held: FloatArray | None = None
    seen_from: tuple[float, float] | None = None

    @property
    def dimensions(self) -> int:
        """Number of axes that are shown."""
        return self.points.shape[1]

    @cached_property
    def limits(self) -> list[tuple[float, float]]:
        """Lower and upper limit of each axis: all that it holds and a margin of 3 %; 0 and 1 of no point."""
        held = self.points if self.held is None else self.held
        if not len(held):
            return [(0.0, 1.0)] * self.dimensions
        low, high = held.min(axis=0), held.max(axis=0)
        margin = 0.03 * np.where(high > low, high - low, 1.0)
        return [(float(a), float(b)) for a, b in zip(low - margin, high + margin, strict=True)]

    @cached_property
    def view(self) -> tuple[float, float]:
        """Elevation and azimuth, in degrees, from which the centres lie farthest apart on the page."""
        if self.seen_from is not None:
            return self.seen_from
        # From these quarters matplotlib puts the vertical axis on the right, where its labels have room.
        azimuths = (-65, -55, -45, -35, -25, 115, 125, 135, 145, 155)
        candidates = [(float(elevation), float(azimuth)) for elevation in (15, 22, 30, 38) for azimuth in azimuths]
        centers = self._scaled(self.centers)
        return max(candidates, key=lambda candidate: _smallest_distance(centers, *candidate))

    def around(self, shown: Mask) -> tuple[LatentSpace, Mask]:
        """The part that just holds these points, seen from the same side, and which of all points lie in it."""
        part = replace(self, held=self.points[shown], seen_from=self.view)
        low, high = np.array(part.limits).T
        inside: Mask = ((self.points >= low) & (self.points <= high)).all(axis=1)
        return replace(part, points=self.points[inside]), inside

    def _scaled(self, points: FloatArray) -> FloatArray:
        """Points in the box's own lengths."""
        low, high = np.array(self.limits).T
        return (points - low) / (high - low) * np.array(self._box)

    @property
    def _box(self) -> list[float]:
        """Side lengths of the 3-D box: true to scale, but no side shorter than 0.6 of the longest."""
        spans = np.array([high - low for low, high in self.limits])
        return [float(side) for side in np.maximum(spans / spans.max(), 0.6)]

    def add_axes(self, figure: Figure, cell: SubplotSpec, *, ticks: int = 5, title: str | None = None) -> Any:
        """Add the empty axes of this space to ``figure`` at ``cell`` of its grid."""
        axes = figure.add_subplot(cell, projection="3d" if self.dimensions == 3 else None)
        if self.dimensions == 3:
            self._dress_box(axes)
        else:
            axes.grid(True)
        for name, limit, label in zip("xyz", self.limits, self.labels, strict=False):
            getattr(axes, f"set_{name}lim")(*limit)
            getattr(axes, f"set_{name}label")(label)
            getattr(axes, f"{name}axis").set_major_locator(MaxNLocator(ticks, steps=[1, 2, 5, 10]))
        if self.dimensions == 1:
            axes.set_yticks([])
            axes.set_ylim(-0.05, 1.05)
            axes.grid(True, axis="x")
        if self.dimensions == 3:
            self._fit_box(axes, cell.get_position(figure), title)
        elif title:
            axes.set_title(title)
        return axes

    def _dress_box(self, axes: Any) -> None:
        axes.set_proj_type("ortho")
        axes.computed_zorder = False
        axes.view_init(*self.view)
        axes.patch.set_visible(False)
        axes.tick_params(pad=-2, labelsize=FONT_SIZE - 1)
        for axis in (axes.xaxis, axes.yaxis, axes.zaxis):
            axis.pane.set_facecolor("white")
            axis.pane.set_edgecolor("#bbbbbb")
            axis.labelpad = -3.5
            axis._axinfo["grid"].update(color="#e4e4e4", linewidth=0.4)

    def _fit_box(self, axes: Any, cell: Bbox, title: str | None) -> None:
        """Give the box all of its cell but the margins that tick and axis labels need; matplotlib leaves it small."""
        figure = axes.figure
        width, height = figure.get_figwidth(), figure.get_figheight()
        place = Bbox([[cell.x0 * width, cell.y0 * height], [cell.x1 * width, cell.y1 * height]])
        side = max(place.width, place.height)
        left, right, bottom, top = (margin * FONT_SIZE / 72 for margin in (2.2, 4.4, 3.0, 2.2 if title else 0.8))
        # With the camera at a fixed distance, the box's picture grows in proportion to the zoom.
        axes.set_box_aspect(self._box, zoom=1.0)
        low, high = self._page_extent(axes) * side
        zoom = min((place.width - left - right) / (high - low)[0], (place.height - bottom - top) / (high - low)[1])
        axes.set_box_aspect(self._box, zoom=zoom)
        low, high = low * zoom, high * zoom
        x = (place.x0 + left + place.x1 - right - low[0] - high[0]) / 2
        y = (place.y0 + bottom + place.y1 - top - low[1] - high[1]) / 2
        axes.set_position(((x - side / 2) / width, (y - side / 2) / height, side / width, side / height))
        if title:
            figure.text((place.x0 + 0.06) / width, (place.y1 - 0.03) / height, title, va="top", fontsize=FONT_SIZE + 1)

    def _page_extent(self, axes: Any) -> FloatArray:
        """Lower left and upper right corner of the box's picture, in widths of the square axes around their centre."""
        corners = self.on_page(axes, np.array(list(itertools.product(*self.limits))))
        # Of 3-D axes, viewLim is the window on the flat page.
        low, high = np.array([axes.viewLim.intervalx, axes.viewLim.intervaly]).T
        places = (corners - low) / (high - low) - 0.5
        return np.stack([places.min(axis=0), places.max(axis=0)])

    @cached_property
    def layers(self) -> NDArray[np.int_]:
        """The layer in which each point is printed, shape (patients,): from back to front, or mixed on flat axes.

        Groups that are printed one after the other would hide each other; printed layer by layer they mix.
        """
        if self.dimensions < 3:
            return np.arange(len(self.points)) % _LAYERS
        up, turn = np.deg2rad(self.view)
        towards = np.array([np.cos(up) * np.cos(turn), np.cos(up) * np.sin(turn), np.sin(up)])
        depth = self._scaled(self.points) @ towards
        return depth.argsort(kind="stable").argsort(kind="stable") * _LAYERS // len(depth)

    def scatter(self, axes: Any, groups: Iterable[tuple[Mask, Look]], *, size: float) -> None:
        """Mark the points of every group; they are rasterised, so that an SVG stays small."""
        pairs = list(groups)
        if len(pairs) == 1:
            # A lone group hides no other, and matplotlib sorts the points of one group by depth itself.
            self._scatter_one(axes, *pairs[0], size, 0)
            return
        for layer in range(_LAYERS):
            for mask, look in pairs:
                self._scatter_one(axes, mask & (self.layers == layer), look, size, layer)

    def _scatter_one(self, axes: Any, mask: Mask, look: Look, size: float, layer: int) -> None:
        if not mask.any():
            return
        coordinates = list(self.points[mask].T)
        if self.dimensions == 1:
            # The height means nothing in one dimension: even spacing keeps neighbours from printing over each other.
            coordinates.append((np.flatnonzero(mask) * 0.6180339887498949) % 1.0)
        axes.scatter(
            *coordinates,
            s=size,
            **look.marks,
            alpha=0.25 if look.colour == GREY else 0.7,
            rasterized=True,
            zorder=2 + layer / _LAYERS,
            **({"depthshade": False} if self.dimensions == 3 else {}),
        )

    def on_page(self, axes: Any, points: FloatArray) -> FloatArray:
        """Where ``points`` fall in the data coordinates of the flat page, shape (points, 2)."""
        if self.dimensions == 3:
            x, y, _ = proj3d.proj_transform(*points.T, axes.get_proj())
            return np.stack([np.asarray(x), np.asarray(y)], axis=1)
        if self.dimensions == 1:
            return np.stack([points[:, 0], np.full(len(points), 0.5)], axis=1)
        return points


def latent_space(draws: FloatArray, centers: FloatArray | None = None) -> LatentSpace:
    """The space of draws of shape (patients, latent dimensions); of more than three, the principal components.

    Args:
        draws: One draw from q(z | x) per patient.
        centers: Points of shape (any, latent dimensions) that the view should keep apart.
    """
    centers = draws[:1] if centers is None else centers
    if draws.shape[1] <= 3 or not len(draws):
        names = tuple(f"z{dimension}" for dimension in range(1, min(draws.shape[1], 3) + 1))
        return LatentSpace(draws[:, :3], names, centers[:, :3])
    mean = draws.mean(axis=0)
    _, singular, rotation = np.linalg.svd(draws - mean, full_matrices=False)
    # The sign of a component is arbitrary; its largest loading is made positive, so that two runs agree.
    largest = np.abs(rotation).argmax(axis=1)
    rotation = rotation * np.sign(rotation[np.arange(len(rotation)), largest])[:, None]
    shares = singular**2 / (singular**2).sum()
    names = tuple(f"PC{i + 1} ({100 * shares[i]:.0f}\N{NO-BREAK SPACE}%)" for i in range(3))
    return LatentSpace((draws - mean) @ rotation[:3].T, names, (centers - mean) @ rotation[:3].T)


def _smallest_distance(points: FloatArray, elevation: float, azimuth: float) -> float:
    """Smallest distance between two points after an orthographic projection along the view direction."""
    if points.shape[0] < 2 or points.shape[1] < 3:
        return 0.0
    up, turn = np.deg2rad(elevation), np.deg2rad(azimuth)
    right = np.array([-np.sin(turn), np.cos(turn), 0.0])
    upward = np.array([-np.sin(up) * np.cos(turn), -np.sin(up) * np.sin(turn), np.cos(up)])
    flat = points @ np.stack([right, upward], axis=1)
    distances = np.linalg.norm(flat[:, None] - flat[None], axis=2)
    return float(distances[np.triu_indices(len(flat), 1)].min())
