"""Sweeps from above."""

from __future__ import annotations

import numpy as np

from retina_vae.studies.terrain.figures import draw_terrains
from retina_vae.studies.terrain.scenes import TERRAINS
from retina_vae.studies.terrain.sweeps import BEAMS, LEVELS
from retina_vae.studies.terrain.views import SIDE, from_above, sweep_views


def view(levels: np.ndarray) -> np.ndarray:
    """Red, green and blue, shape (side, side, 3)."""
    return from_above(levels[None] / LEVELS)[0].reshape(3, SIDE, SIDE).transpose(1, 2, 0)


def test_a_ring_of_returns_is_free_inside_and_unseen_outside() -> None:
    found = view(np.full(BEAMS, 10))
    middle = SIDE // 2
    assert (found[SIDE - 10, middle] == 1).all()
    ring = found[:, middle, 0]
    assert (ring == 0).any()
    assert (found[0, 0] == found[0, 0, 0]).all()
    assert 0 < found[0, 0, 0] < 1
    assert found[SIDE - 1, middle, 0] > found[SIDE - 1, middle, 2]


def test_beams_that_do_not_return_leave_all_free() -> None:
    found = view(np.full(BEAMS, LEVELS))
    assert (found[: SIDE - 4] == 1).all()


def test_what_is_on_the_left_of_the_robot_is_on_the_left_of_the_view() -> None:
    levels = np.full(BEAMS, LEVELS)
    levels[BEAMS // 2 :] = 3
    found = view(levels)
    assert (found[5, 2] < 1).all()
    assert (found[5, SIDE - 3] == 1).all()


def test_views_are_pictures_of_three_colours() -> None:
    views = sweep_views()
    assert views.shape.axes == (3, SIDE, SIDE)
    assert views.draw(np.zeros((2, BEAMS))).shape == (2, views.shape.pixels)


def test_one_sweep_of_each_terrain_is_drawn_in_metres() -> None:
    figure = draw_terrains(1)
    assert [axes.get_title(loc="left").splitlines()[0] for axes in figure.axes] == list(TERRAINS)
    assert "(m)" in figure.axes[0].get_ylabel()
