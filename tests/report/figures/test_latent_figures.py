"""The maps of the latent space: who is drawn where."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex

from retina_vae.report import RunTables
from retina_vae.report.figures import (
    PatientMap,
    all_clusters,
    by_outcome,
    cluster_panel,
    panels,
    patient_map,
    png_bytes,
)
from retina_vae.report.figures.all_clusters import spread_labels
from retina_vae.report.figures.space import latent_space
from retina_vae.report.figures.style import GREY, cluster_look


def _points(axes: Axes, grey: bool) -> Counter[tuple[float, ...]]:
    found: Counter[tuple[float, ...]] = Counter()
    for collection in axes.collections:
        faces = collection.get_facecolor()
        colour = faces[0] if len(faces) else collection.get_edgecolor()[0]
        if (to_hex(colour) == GREY) is grey:
            coordinates = getattr(collection, "_offsets3d", None)
            points = np.stack(coordinates, axis=1) if coordinates else collection.get_offsets()
            found.update(tuple(np.round(np.asarray(point, dtype=float), 9)) for point in points)
    return found


def _panels(figure: object) -> list[Axes]:
    return [axes for axes in figure.axes if axes.collections]  # type: ignore[attr-defined]


def _all(where: PatientMap) -> Counter[tuple[float, ...]]:
    return Counter(tuple(np.round(point, 9)) for point in where.space.points)


def test_every_patient_is_drawn_once_over_the_panels(where: PatientMap) -> None:
    drawn_panels = _panels(panels(where))
    drawn: Counter[tuple[float, ...]] = Counter()
    for axes in drawn_panels:
        own = _points(axes, grey=False)
        limits = np.array([axes.get_xlim(), axes.get_ylim(), axes.get_zlim()]).T
        near = ((where.space.points >= limits[0]) & (where.space.points <= limits[1])).all(axis=1)
        expected = Counter(tuple(np.round(point, 9)) for point in where.space.points[near])
        assert own + _points(axes, grey=True) == expected
        drawn += own
    assert len(drawn_panels) == 6
    assert drawn == _all(where)


def test_every_patient_is_drawn_once_on_the_map_and_in_the_last_panel_by_outcome(where: PatientMap) -> None:
    assert _points(_panels(all_clusters(where))[0], grey=False) == _all(where)
    *groups, together = _panels(by_outcome(where))
    assert _points(together, grey=False) == _all(where)
    assert sum((_points(axes, grey=False) for axes in groups), Counter()) == _all(where)


def test_panels_by_outcome_share_axes_and_all_panels_the_view(where: PatientMap) -> None:
    drawn = _panels(by_outcome(where))
    assert len({(axes.get_xlim(), axes.get_ylim(), axes.get_zlim()) for axes in drawn}) == 1
    assert {(axes.elev, axes.azim) for axes in [*drawn, *_panels(panels(where))]} == {where.space.view}


def test_a_panel_just_holds_its_cluster(where: PatientMap) -> None:
    for cluster, axes in enumerate(_panels(panels(where)), start=1):
        own = where.space.points[where.cluster == cluster]
        spans = np.ptp(own, axis=0)
        limits = np.array([axes.get_xlim(), axes.get_ylim(), axes.get_zlim()])
        np.testing.assert_allclose(limits[:, 0], own.min(axis=0) - 0.03 * spans)
        np.testing.assert_allclose(limits[:, 1], own.max(axis=0) + 0.03 * spans)


def test_tick_labels_have_seven_points_at_least(where: PatientMap) -> None:
    for figure in (all_clusters(where), by_outcome(where), panels(where), cluster_panel(where, 1)):
        labels = [label for axes in figure.axes if axes.collections for label in axes.get_xticklabels()]
        assert labels
        assert min(label.get_fontsize() for label in labels) >= 7
        # The page shows them no smaller than they are drawn.
        assert figure.get_figwidth() <= 7.5


def test_colours_and_markers_say_the_outcome(where: PatientMap) -> None:
    axes = _panels(by_outcome(where))[1]
    (colour,) = {to_hex(collection.get_facecolor()[0]) for collection in axes.collections}
    assert colour.upper() == where.groups.looks["CSCR"].colour
    looks = where.groups.looks.values()
    assert len({look.colour for look in looks}) == len({look.marker for look in looks}) == 3


def test_clusters_look_different_on_paper_and_alive() -> None:
    looks = [cluster_look(position) for position in range(112)]
    assert len({look.colour for look in looks[:14]}) == 14
    assert len({(look.marker, look.filled, look.colour) for look in looks}) == 112
    assert len({(look.symbol, look.colour) for look in looks}) == 112
    # One marker on paper for each alive, and the other way round.
    assert len({(look.marker, look.filled, look.symbol, look.glyph) for look in looks}) == 7


def test_an_open_marker_is_drawn_by_its_edge(where: PatientMap) -> None:
    axes = _panels(all_clusters(where))[0]
    edges = {to_hex(own.get_edgecolor()[0]).upper() for own in axes.collections if not len(own.get_facecolor())}
    assert edges == {cluster_look(place).colour.upper() for place in range(6) if not cluster_look(place).filled}


def test_the_map_numbers_every_cluster_near_its_centre(where: PatientMap) -> None:
    axes = _panels(all_clusters(where))[0]
    assert [text.get_text() for text in axes.texts] == [str(number) for number in range(1, 7)]
    centers = where.space.on_page(axes, where.space.centers)
    np.testing.assert_allclose([text.xy for text in axes.texts], centers)


@pytest.mark.parametrize("dimensions", [1, 2, 3, 5])
def test_any_number_of_dimensions_is_drawn(where: PatientMap, dimensions: int) -> None:
    rng = np.random.default_rng(dimensions)
    draws = rng.normal(0, 1, (len(where.cluster), dimensions))
    centers = rng.normal(0, 1, (6, dimensions))
    moved = replace(where, space=latent_space(draws, centers))
    assert moved.space.dimensions == min(dimensions, 3)
    assert png_bytes(all_clusters(moved), 30) != png_bytes(cluster_panel(moved, 1), 30)
    assert len(panels(moved).axes) == 7
    assert ("PC" in moved.note) is (dimensions > 3)


def test_more_dimensions_are_rotated_into_principal_components() -> None:
    rng = np.random.default_rng(2)
    draws = rng.normal(0, 1, (500, 4)) * [1.0, 9.0, 3.0, 0.1]
    space = latent_space(draws)
    total = draws.var(axis=0).sum()
    shares = space.points.var(axis=0) / total
    assert list(space.labels) == [f"PC{i + 1} ({100 * share:.0f}\u00a0%)" for i, share in enumerate(shares)]
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


def test_without_an_outcome_all_patients_look_alike(open_clinic: RunTables) -> None:
    tables = open_clinic
    where = patient_map(tables.points, tables.centers, tables.sizes, tables.cohort.groups, 300)
    drawn = _panels(panels(where))
    assert sum((_points(axes, grey=False) for axes in drawn), Counter()) == _all(where)
    colours = {to_hex(c.get_facecolor()[0]) for axes in drawn for c in axes.collections} - {GREY}
    assert len(colours) == 1


def test_a_map_without_any_point_says_so(clinic: RunTables) -> None:
    nothing = clinic.points.iloc[:0], clinic.centers.iloc[:0]
    where = patient_map(*nothing, clinic.sizes, clinic.cohort.groups, 300, stand_ins=True)
    assert "large enough" in where.note
    for figure in (all_clusters(where), panels(where), cluster_panel(where, 1)):
        assert png_bytes(figure, 20)
        assert not any(_points(axes, grey=False) for axes in figure.axes)
