"""Figures 4, 5 and 6: who is drawn where."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex

from retina_vae.report.figures import PatientMap, cluster_panel, figure4, figure5, figure6, png_bytes
from retina_vae.report.figures.figure4 import spread_labels
from retina_vae.report.figures.space import latent_space
from retina_vae.report.figures.style import GREY, cluster_look, disease_looks
from retina_vae.report.tables import RunTables


def _points(axes: Axes, grey: bool) -> Counter[tuple[float, ...]]:
    found: Counter[tuple[float, ...]] = Counter()
    for collection in axes.collections:
        if (to_hex(collection.get_facecolor()[0]) == GREY) is grey:
            coordinates = getattr(collection, "_offsets3d", None)
            points = np.stack(coordinates, axis=1) if coordinates else collection.get_offsets()
            found.update(tuple(np.round(np.asarray(point, dtype=float), 9)) for point in points)
    return found


def _panels(figure: object) -> list[Axes]:
    return [axes for axes in figure.axes if axes.collections]  # type: ignore[attr-defined]


def _all(where: PatientMap) -> Counter[tuple[float, ...]]:
    return Counter(tuple(np.round(point, 9)) for point in where.space.points)


def test_every_patient_is_drawn_once_over_the_panels_of_figure_6(where: PatientMap, tables: RunTables) -> None:
    panels = _panels(figure6(where, tables.schema))
    drawn: Counter[tuple[float, ...]] = Counter()
    for axes in panels:
        own = _points(axes, grey=False)
        assert own + _points(axes, grey=True) == _all(where)
        drawn += own
    assert len(panels) == 6
    assert drawn == _all(where)


def test_every_patient_is_drawn_once_in_figure_4_and_in_the_last_panel_of_figure_5(
    where: PatientMap, tables: RunTables
) -> None:
    assert _points(_panels(figure4(where))[0], grey=False) == _all(where)
    *diseases, together = _panels(figure5(where, tables.schema))
    assert _points(together, grey=False) == _all(where)
    assert sum((_points(axes, grey=False) for axes in diseases), Counter()) == _all(where)


def test_panels_share_axes_and_view(where: PatientMap, tables: RunTables) -> None:
    panels = [*_panels(figure5(where, tables.schema)), *_panels(figure6(where, tables.schema))]
    assert len({(axes.get_xlim(), axes.get_ylim(), axes.get_zlim(), axes.azim, axes.elev) for axes in panels}) == 1


def test_colours_and_markers_say_the_disease(where: PatientMap, tables: RunTables) -> None:
    axes = _panels(figure5(where, tables.schema))[1]
    (colour,) = {to_hex(collection.get_facecolor()[0]) for collection in axes.collections}
    assert colour.upper() == disease_looks(tables.schema)["CSCR"].colour
    looks = disease_looks(tables.schema).values()
    assert len({look.colour for look in looks}) == len({look.marker for look in looks}) == 3


def test_fourteen_clusters_have_fourteen_markers() -> None:
    assert len({cluster_look(position).marker for position in range(14)}) == 14
    assert len({(cluster_look(i).marker, cluster_look(i).colour) for i in range(100)}) == 100


def test_figure_4_numbers_every_cluster_near_its_centre(where: PatientMap) -> None:
    axes = _panels(figure4(where))[0]
    assert [text.get_text() for text in axes.texts] == [str(number) for number in range(1, 7)]
    centers = where.space.on_page(axes, where.space.centers)
    np.testing.assert_allclose([text.xy for text in axes.texts], centers)


@pytest.mark.parametrize("dimensions", [1, 2, 3, 5])
def test_any_number_of_dimensions_is_drawn(where: PatientMap, tables: RunTables, dimensions: int) -> None:
    rng = np.random.default_rng(dimensions)
    draws = rng.normal(0, 1, (len(where.cluster), dimensions))
    centers = rng.normal(0, 1, (6, dimensions))
    moved = PatientMap(latent_space(draws, centers), where.disease, where.cluster, where.sizes, where.total)
    assert moved.space.dimensions == min(dimensions, 3)
    assert png_bytes(figure4(moved), 30) != png_bytes(cluster_panel(moved, tables.schema, 1), 30)
    assert len(figure6(moved, tables.schema).axes) == 7
    assert ("PC" in moved.note) is (dimensions > 3)


def test_more_dimensions_are_rotated_into_principal_components() -> None:
    rng = np.random.default_rng(2)
    draws = rng.normal(0, 1, (500, 4)) * [1.0, 9.0, 3.0, 0.1]
    space = latent_space(draws)
    total = draws.var(axis=0).sum()
    shares = space.points.var(axis=0) / total
    assert list(space.labels) == [f"PC{i + 1} ({share:.0%})" for i, share in enumerate(shares)]
    assert abs(np.corrcoef(space.points[:, 0], draws[:, 1])[0, 1]) > 0.99


def test_layers_run_from_back_to_front_and_hold_every_point_once(where: PatientMap) -> None:
    space = where.space
    up, turn = np.deg2rad(space.view)
    towards = np.array([np.cos(up) * np.cos(turn), np.cos(up) * np.sin(turn), np.sin(up)])
    depth = space._scaled(space.points) @ towards
    means = [depth[space.layers == layer].mean() for layer in range(8)]
    assert means == sorted(means)
    assert np.bincount(space.layers).sum() == len(depth)


def test_labels_are_moved_apart_and_lone_ones_stay() -> None:
    places = np.array([[0.0, 0.0], [0.0, 0.0], [0.1, 0.0], [9.0, 9.0]])
    moved = spread_labels(places, 1.0)
    gaps = np.linalg.norm(moved[:, None] - moved[None], axis=2)[np.triu_indices(4, 1)]
    assert gaps.min() > 0.99
    assert moved[3].tolist() == [9.0, 9.0]
