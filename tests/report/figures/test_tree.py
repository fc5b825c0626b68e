"""The clustering tree: which rows and edges are drawn, where clusters stand, what is marked."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb
from matplotlib.patches import PathPatch

from retina_vae.clusters.clustering_tree import clustering_tree
from retina_vae.report.figures.saving import svg_bytes
from retina_vae.report.figures.tree import arrange, crossings, tree


def _nested(largest: int) -> pd.DataFrame:
    """Patients on a line; the largest cluster is cut at a third each time, so no edges have to cross."""
    partitions = [np.zeros(400, int)]
    for k in range(2, largest + 1):
        labels = partitions[-1].copy()
        members = np.flatnonzero(labels == np.bincount(labels).argmax())
        labels[members[: len(members) // 3]] = k - 1
        partitions.append(labels)
    return clustering_tree(partitions)


def _mixed(largest: int) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    return clustering_tree([rng.integers(k, size=900) for k in range(1, largest + 1)])


def _edges(figure) -> list[PathPatch]:
    return [patch for patch in figure.axes[0].patches if isinstance(patch, PathPatch)]


def _numbers(figure) -> dict[float, list[str]]:
    rows: dict[float, list[str]] = {}
    for text in figure.axes[0].texts:
        rows.setdefault(text.get_position()[1], []).append(text.get_text())
    return {k: sorted(names, key=int) for k, names in rows.items()}


def test_crossings_are_those_of_all_pairs_of_edges() -> None:
    shares = np.random.default_rng(1).uniform(size=(4, 5))
    edges = list(itertools.product(range(4), range(5)))
    total = sum(
        shares[a, b] * shares[c, d] for (a, b), (c, d) in itertools.combinations(edges, 2) if (a - c) * (b - d) < 0
    )
    assert crossings(shares) == pytest.approx(total)


def test_a_tree_that_can_be_drawn_without_crossings_is() -> None:
    rows = arrange(_nested(12))
    for above, row in itertools.pairwise(rows):
        order = np.ix_(above.places.argsort(), row.places.argsort())
        assert crossings(row.shares[order]) == 0


def test_the_order_crosses_less_than_the_numbers_do() -> None:
    rows = arrange(_mixed(8))
    drawn = [(above, row, np.where(row.shares >= 0.05, row.shares, 0)) for above, row in itertools.pairwise(rows)]
    ordered = sum(crossings(edges[np.ix_(a.places.argsort(), b.places.argsort())]) for a, b, edges in drawn)
    assert ordered < sum(crossings(edges) for _, _, edges in drawn)


@pytest.mark.parametrize("table", [_nested(12), _mixed(8)], ids=["nested", "mixed"])
def test_neighbours_keep_their_distance(table: pd.DataFrame) -> None:
    for row in arrange(table):
        assert (np.diff(np.sort(row.places)) >= 1 - 1e-9).all()


def test_parents_stand_in_the_middle_of_their_childrens_patients() -> None:
    """Two parts of two groups each, all of other sizes, by which they are known again."""
    groups = np.repeat([0, 1, 2, 3], [40, 10, 30, 25])
    rows = arrange(clustering_tree([groups * 0, groups // 2, np.array([0, 0, 1, 2])[groups], groups]))
    places = [dict(zip(row.sizes.tolist(), row.places, strict=True)) for row in rows]
    last = places[3]
    assert sorted(last.values()) == [0, 1, 2, 3]
    first, second = (40 * last[40] + 10 * last[10]) / 50, (30 * last[30] + 25 * last[25]) / 55
    assert places[2] == pytest.approx({50: first, 30: last[30], 25: last[25]})
    assert places[1] == pytest.approx({50: first, 55: second})
    assert places[0] == pytest.approx({105: (50 * first + 55 * second) / 105})


def test_every_cluster_has_its_number_on_its_row() -> None:
    numbers = _numbers(tree(_nested(6), k=4))
    assert numbers == {k: [str(cluster) for cluster in range(1, k + 1)] for k in range(1, 7)}


@pytest.mark.parametrize(
    ("highest", "k", "shown"),
    [
        (6, 4, range(1, 7)),
        (20, 14, range(1, 16)),
        (20, 18, range(4, 19)),
        (20, 20, range(6, 21)),
        (20, 30, range(1, 16)),
    ],
)
def test_rows_are_cut_and_the_runs_own_is_among_them(highest: int, k: int, shown: range) -> None:
    table = _nested(highest)
    assert sorted(_numbers(tree(table, k))) == list(shown)


def test_a_row_with_nothing_above_it_has_no_edges() -> None:
    figure = tree(_nested(20), k=20, largest=3)
    starts = {patch.get_path().vertices[0][1] for patch in _edges(figure)}
    assert starts == {18, 19}


def test_edges_that_carry_little_are_left_out_but_never_the_main_one() -> None:
    shares = [0.05, 0.049, 0.901]
    sizes = (np.array(shares) * 1000).astype(int)
    parents = np.concatenate([np.repeat([0, 1, 2], sizes), np.repeat([0, 1, 2], 100)])
    children = np.concatenate([np.zeros(1000, int), np.repeat([1, 2, 3], 100)])
    table = clustering_tree([parents * 0, np.minimum(parents, 1), parents, children])
    figure = tree(table[table["k"] >= 3], k=4)
    assert len(_edges(figure)) == 5
    even = np.arange(900) % 30
    spread = pd.DataFrame({"k": 2, "cluster": 1, "size": 900, "parent": np.unique(even) + 1, "patients": 30})
    above = pd.DataFrame({"k": 1, "cluster": np.unique(even) + 1, "size": 30})
    figure = tree(pd.concat([above, spread.assign(share=1 / 30)]), k=2)
    assert len(_edges(figure)) == 30


def test_more_patients_make_wider_and_darker_edges_and_larger_nodes() -> None:
    figure = tree(_mixed(3), k=2)
    edges = sorted(_edges(figure), key=lambda patch: patch.get_linewidth())
    greys = [to_rgb(patch.get_edgecolor())[0] for patch in edges]
    assert greys == sorted(greys, reverse=True)
    assert edges[-1].get_linewidth() > edges[0].get_linewidth()
    rows = arrange(_nested(5))
    for row, nodes in zip(rows, tree(_nested(5), k=2).axes[0].collections, strict=True):
        assert nodes.get_sizes().argsort(kind="stable").tolist() == row.sizes.argsort(kind="stable").tolist()


def test_the_runs_own_number_is_marked() -> None:
    figure = tree(_nested(6), k=4)
    bold = [label.get_text() for label in figure.axes[0].get_yticklabels() if label.get_fontweight() == "bold"]
    assert bold == ["4"]
    colours = [tuple(nodes.get_facecolor()[0]) for nodes in figure.axes[0].collections]
    assert [colour != colours[0] for colour in colours] == [False, False, False, True, False, False]
    assert "this run: k = 4" in [text.get_text() for text in figure.legends[0].get_texts()]


def test_a_number_that_was_not_compared_is_said() -> None:
    figure = tree(_nested(6), k=9)
    assert "this run: k = 9, which was not compared" in [text.get_text() for text in figure.legends[0].get_texts()]
    assert not [label for label in figure.axes[0].get_yticklabels() if label.get_fontweight() == "bold"]


def test_crowded_rows_have_smaller_nodes() -> None:
    few, many = (tree(_nested(k), k).axes[0].collections[-1].get_sizes().max() for k in (10, 60))
    assert many < few / 3


def test_a_table_from_a_file_and_a_second_drawing_give_the_same_bytes(tmp_path) -> None:
    table = _mixed(5)
    table.to_csv(tmp_path / "tree.csv", index=False)
    drawn = [svg_bytes(tree(own, 3)) for own in (table, table, pd.read_csv(tmp_path / "tree.csv"))]
    assert drawn[0] == drawn[1] == drawn[2]


def test_one_cluster_alone_is_drawn() -> None:
    figure = tree(clustering_tree([np.zeros(3, int)]), k=2)
    figure.canvas.draw()
    assert _numbers(figure) == {1: ["1"]}


def test_sizes_and_shares_that_are_not_shown_leave_a_tree() -> None:
    table = pd.DataFrame(
        {
            "replica": 1,
            "k": [1, 2, 2, 3, 3, 3],
            "cluster": [1, 1, 2, 1, 2, 3],
            "size": [40.0, 30, np.nan, 29, np.nan, np.nan],
            "parent": [np.nan, 1, np.nan, 1, np.nan, np.nan],
            "patients": [np.nan, 30, np.nan, 29, np.nan, np.nan],
            "share": [np.nan, 1.0, np.nan, 1.0, np.nan, np.nan],
        }
    )
    rows = arrange(table)
    assert [row.sizes.tolist() for row in rows] == [[40], [30, 1], [29, 1, 1]]
    assert rows[2].shares.tolist() == [[1.0, 0.0, 0.0], [0.0, 0.0, 0.0]]
    assert all(np.isfinite(row.places).all() for row in rows)
    assert tree(table, k=2).axes
