"""Grids of pictures."""

import numpy as np
import pandas as pd
import pytest

from retina_vae.cohort.image_shape import ImageShape
from retina_vae.drawing.figures import draw_pictures
from retina_vae.drawing.pictures import cluster_pictures, model_pictures, picture_table, plane_pictures
from tests.small_images import SHAPE, images, known_model, member

NAMES = {"d2": "VAE (d2)", "ae": "autoencoder (ae)"}


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    own = images()
    made = [member("ae", own), member("d2", own)]
    clusters = np.repeat([1, 3], 20)
    return picture_table(
        iter(
            [
                *cluster_pictures(own, clusters, made[1], np.zeros((3, 2))),
                *model_pictures(own, ["a", "b"] * 20, made, seed=1),
                *plane_pictures("d2", known_model(), side=4),
            ]
        )
    )


def drawn(figure) -> list[np.ndarray]:
    """What each block of a figure shows, darkness from 0 to 1."""
    return [np.asarray(axes.images[0].get_array()) for axes in figure.axes]


def test_every_set_is_a_figure_and_what_is_not_there_is_none(table: pd.DataFrame) -> None:
    figures = draw_pictures(table, SHAPE, NAMES, {})
    assert set(figures) == {"clusters", "prior", "reconstructions", "paths", "traversals", "plane"}
    some = table[table["set"].isin(["prior", "plane"])]
    assert set(draw_pictures(some, SHAPE, NAMES, {})) == {"prior", "plane"}


def test_each_picture_stands_in_its_row_and_place(table: pd.DataFrame) -> None:
    plane = table[table["set"] == "plane"]
    (canvas,) = drawn(draw_pictures(plane, SHAPE, NAMES, {})["plane"])
    cell = np.array(canvas.shape) // 4
    values = plane.filter(like="value_").to_numpy().reshape(4, 4, 2, 3)
    for row in range(4):
        for place in range(4):
            own = canvas[row * cell[0] : (row + 1) * cell[0], place * cell[1] : (place + 1) * cell[1]]
            # The middle of each of the 2 x 3 pixels, of which 16 of 17 parts are the picture and one the gap.
            high, wide = np.array(own.shape) * 16 // 17
            shown = own[high // 4 :: high // 2, wide // 6 :: wide // 3][:2, :3]
            np.testing.assert_allclose(shown, values[row, place], rtol=1e-6)
            assert (own[high:] == 0).all()


def test_pictures_are_as_tall_as_they_are_high(table: pd.DataFrame) -> None:
    figure = draw_pictures(table[table["set"] == "plane"], SHAPE, NAMES, {})["plane"]
    box = figure.axes[0].get_position()
    width, height = figure.get_size_inches()
    assert (box.height * height) / (box.width * width) == pytest.approx(2 / 3)
    assert 0 <= box.x0 < box.x1 <= 1
    assert 0 <= box.y0 < box.y1 <= 1


def test_rows_of_clusters_and_blocks_of_models_are_named(table: pd.DataFrame) -> None:
    figures = draw_pictures(table, SHAPE, NAMES, {1: "1: 20\n90 % a", 3: "3: 20"})
    said = [text.get_text() for text in figures["clusters"].texts]
    assert [text for text in said if text] == ["mean", "decoded", "nearest to the centre", "1: 20\n90 % a", "3: 20"]
    said = [text.get_text() for text in figures["prior"].texts if text.get_text()]
    assert said == ["Autoencoder (ae)", "VAE (d2)"]
    said = [text.get_text() for text in figures["reconstructions"].texts if text.get_text()]
    assert said == ["images", "autoencoder (ae)", "VAE (d2)"]


def test_three_channels_are_colours_on_white_paper() -> None:
    shape = ImageShape(height=2, width=2, channels=3)
    red = np.concatenate([np.ones(4), np.zeros(8)])
    about = {"set": "plane", "model": "m", "row": 1, "place": 1, "caption": ""}
    table = pd.DataFrame([about | {f"value_{i}": value for i, value in enumerate(red, start=1)}])
    (canvas,) = drawn(draw_pictures(table, shape, {"m": "m"}, {})["plane"])
    np.testing.assert_array_equal(canvas[0, 0], [1, 0, 0])
    np.testing.assert_array_equal(canvas[-1, -1], [1, 1, 1])


def test_traversals_of_several_models_are_blocks_that_say_what_each_coordinate_carries() -> None:
    own = images()
    made = [member("ae", own), member("d2", own)]
    table = picture_table(model_pictures(own, ["a", "b"] * 20, made, seed=1, traversed=["ae"]))
    figure = draw_pictures(table, SHAPE, NAMES, {}, {("d2", "z1"): "Size 41 %"})["traversals"]
    said = [text.get_text() for text in figure.texts]
    assert len(figure.axes) == 2
    assert {"Autoencoder (ae)", "VAE (d2)"} < set(said)
    # The coordinate of the other model has the same name, and carries nothing that is known.
    assert said.count("z1\nSize 41 %") == 1
    assert said.count("z1") == 1
