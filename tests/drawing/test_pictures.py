"""The table of pictures."""

import numpy as np
import pytest

from retina_vae.drawing.decoded import decoded, latent_plane
from retina_vae.drawing.pictures import (
    PAIRS,
    PRIOR_ROWS,
    SHOWN,
    STEPS,
    cluster_pictures,
    model_pictures,
    picture_table,
    plane_pictures,
)
from tests.small_images import images, known_model, member


def values(table) -> np.ndarray:
    return table.filter(like="value_").to_numpy()


def test_a_row_of_a_cluster_has_its_mean_its_decoded_centre_and_its_nearest_images() -> None:
    own, clusters = images(30), np.repeat([1, 2, 3], 10)
    centers = np.array([[0.0, 0.0], [2.0, 2.0], [1.0, 0.0]])
    table = picture_table(cluster_pictures(own, clusters, member(pictures=own), centers, members=4))
    assert table["row"].value_counts().to_dict() == {1: 6, 2: 6, 3: 6}
    second = table[table["row"] == 2]
    assert second["place"].tolist() == [1, 2, 3, 4, 5, 6]
    assert second["model"].tolist() == ["", "d2", "", "", "", ""]
    np.testing.assert_allclose(values(second)[0], own[10:20].mean(axis=0), rtol=1e-6)
    np.testing.assert_allclose(values(second)[1, :2], 1 / (1 + np.exp(-2.0)), rtol=1e-6)
    # A code is twice the first two pixels, so the nearest to (2, 2) are the images whose first two are nearest 1.
    distance = np.linalg.norm(2 * own[10:20, :2] - 2, axis=1)
    nearest = 10 + np.argsort(distance, kind="stable")[:4]
    np.testing.assert_allclose(values(second)[2:], own[nearest], rtol=1e-6)


def test_all_models_draw_from_the_same_images_pairs_and_codes() -> None:
    own, labels = images(), [str(i % 3) for i in range(40)]
    members = [member("a", own), member("b", own)]
    table = picture_table(iter(list(model_pictures(own, labels, members, seed=4))))
    sizes = table.groupby(["set", "model"]).size().to_dict()
    each = {"prior": SHOWN * PRIOR_ROWS, "paths": PAIRS * STEPS, "reconstructions": SHOWN}
    assert sizes == {
        **{(name, model): count for name, count in each.items() for model in "ab"},
        ("reconstructions", ""): SHOWN,
        ("traversals", "b"): 2 * STEPS,
    }
    for name in each:
        first, second = (values(table[(table["set"] == name) & (table["model"] == model)]) for model in "ab")
        np.testing.assert_array_equal(first, second)


def test_a_way_goes_from_one_reconstruction_to_another_of_another_label() -> None:
    own = images()
    labels = [str(int(first > 0.5)) for first in own[:, 0]]
    table = picture_table(model_pictures(own, labels, [member(pictures=own)], seed=4))
    paths = table[table["set"] == "paths"]
    for _, row in paths.groupby("row"):
        start, stop = values(row)[[0, -1], 0]
        # The first pixel is drawn brighter, the larger the code's first coordinate, which is twice that pixel.
        assert (start > 1 / (1 + np.exp(-1.1))) != (stop > 1 / (1 + np.exp(-1.1)))
        steps = np.diff(np.log(values(row)[:, 0] / (1 - values(row)[:, 0])))
        np.testing.assert_allclose(steps, steps[0], atol=1e-5)


def test_a_traversal_moves_one_coordinate_about_the_mean_code() -> None:
    own = images()
    # Twice as wide in the second coordinate, which comes first.
    own[:, 0] /= 2
    table = picture_table(model_pictures(own, [""] * 40, [member(pictures=own)], seed=4))
    rows = table[table["set"] == "traversals"]
    assert rows.loc[rows["place"] == 1, "caption"].tolist() == ["z2", "z1"]
    first = values(rows[rows["row"] == 1])
    assert np.ptp(first[:, 0]) == 0
    codes = 2 * own[:, 1]
    logits = np.log(first[:, 1] / (1 - first[:, 1]))
    expected = np.maximum(codes.mean() + np.linspace(-2, 2, STEPS) * codes.std(ddof=1), 0)
    np.testing.assert_allclose(logits, expected, atol=1e-5)


def test_the_plane_is_drawn_row_by_row() -> None:
    table = picture_table(plane_pictures("plane", known_model(), side=3))
    assert table[["row", "place"]].to_numpy().tolist() == [[r, p] for r in (1, 2, 3) for p in (1, 2, 3)]
    np.testing.assert_allclose(values(table), decoded(known_model(), latent_plane(3)), rtol=1e-6)


def test_the_same_seed_gives_the_same_pictures() -> None:
    own = images()
    first, again, other = (
        picture_table(model_pictures(own, ["a", "b"] * 20, [member(pictures=own)], seed=seed)) for seed in (1, 1, 2)
    )
    assert first.equals(again)
    assert not first.equals(other)


def test_few_images_give_few_pictures() -> None:
    own = images(4)
    table = picture_table(model_pictures(own, list("abcd"), [member(pictures=own)], seed=1))
    assert (table.loc[table["set"] == "reconstructions", "place"]).max() == pytest.approx(4)
