"""One sweep of each terrain, in metres, with what stands there."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Rectangle
from numpy.typing import NDArray

from retina_vae.report.figures.style import PAGE_WIDTH, new_figure, shared_style
from retina_vae.studies.terrain.posterior import terrain_posterior
from retina_vae.studies.terrain.scenes import HALF_ROBOT, ROW_THICKNESS, ROW_WIDTH, TERRAINS, Scenes, draw_scenes
from retina_vae.studies.terrain.sweeps import ANGLES, LEVELS, REACH, STEP, draw_sweeps

__all__ = ["draw_terrains"]

IntArray = NDArray[np.int64]

_BEAM, _RETURN, _ROW, _OBSTACLE, _ROBOT = "#9ecae1", "#00335c", "#b8a36a", "#e0a100", "#d55e00"


@shared_style()
def draw_terrains(seed: int) -> Figure:
    """A sweep of each terrain, drawn anew with the seed: beams, returns, rows, obstacle, and the probabilities."""
    rng = np.random.default_rng([seed, 7])
    scenes = draw_scenes(np.arange(len(TERRAINS)), rng)
    levels = draw_sweeps(scenes, rng)
    probability = terrain_posterior(levels).probability
    figure = new_figure(PAGE_WIDTH, 3.1)
    axes = np.atleast_1d(figure.subplots(1, len(TERRAINS), sharey=True))
    for place, (own, name) in enumerate(zip(axes, TERRAINS, strict=True)):
        _draw(own, scenes.take(np.array([place])), levels[place])
        own.set_title(f"{name}\np = {probability[place, place]:.2f}")
    axes[0].set_ylabel("Ahead (m)")
    figure.supxlabel("To the right (m)")
    return figure


def _draw(axes: Axes, scene: Scenes, levels: IntArray) -> None:
    """In the robot's frame: its course points up."""
    ranges = np.where(levels >= LEVELS, REACH, (levels + 0.5) * STEP)
    right, ahead = -ranges * np.sin(ANGLES), ranges * np.cos(ANGLES)
    axes.plot(np.stack([0 * right, right]), np.stack([0 * ahead, ahead]), color=_BEAM, linewidth=0.5, zorder=1)
    found = levels < LEVELS
    axes.plot(right[found], ahead[found], "o", color=_RETURN, markersize=2, zorder=4)
    for side in (-1, 1):
        axes.add_patch(_row(side, float(scene.offset[0]), float(scene.heading[0])))
    if scene.radius[0] > 0:
        middle = -float(scene.aside[0]), float(scene.distance[0])
        axes.add_patch(Circle(middle, float(scene.radius[0]), color=_OBSTACLE, alpha=0.5, linewidth=0, zorder=2))
    axes.add_patch(Rectangle((-HALF_ROBOT, -0.2), 2 * HALF_ROBOT, 0.2, color=_ROBOT, zorder=3))
    axes.set_aspect("equal")
    axes.set_xlim(-1, 1)
    axes.set_ylim(-0.25, 2.6)


def _row(side: int, offset: float, heading: float) -> Rectangle:
    """The leaves to the left (1) or to the right (-1), turned as the robot sees them."""
    near = side * ROW_WIDTH / 2 - offset
    left = max(near, near + side * ROW_THICKNESS)
    turned = Rectangle((-left, -5), ROW_THICKNESS, 10, color=_ROW, alpha=0.5, linewidth=0, zorder=0)
    turned.set_angle(-np.degrees(heading))
    turned.rotation_point = (0, 0)
    return turned
