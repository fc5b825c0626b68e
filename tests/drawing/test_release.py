"""Pictures of real people."""

from types import SimpleNamespace

import numpy as np

from retina_vae.drawing.pictures import cluster_pictures, model_pictures, picture_table, plane_pictures
from retina_vae.drawing.release import release_pictures
from tests.small_images import images, known_model, member


def every_picture(own: np.ndarray):
    made = member("d2", own)
    clusters = np.repeat([1, 2], [len(own) - 3, 3])
    return picture_table(
        iter(
            [
                *cluster_pictures(own, clusters, made, np.zeros((2, 2))),
                *model_pictures(own, ["a", "b"] * (len(own) // 2), [made], seed=1),
                *plane_pictures("d2", known_model(), side=2),
            ]
        )
    )


def test_no_image_of_a_patient_and_nothing_of_a_small_cluster_is_released() -> None:
    own = images()
    table = every_picture(own)
    released = release_pictures(table, SimpleNamespace(hides=True, hidden_clusters=frozenset({2})))  # type: ignore[arg-type]
    assert set(released["set"]) == {"clusters", "prior", "traversals", "plane"}
    assert released.loc[released["set"] == "clusters", ["row", "caption"]].to_numpy().tolist() == [[1, "decoded"]]
    values = released.filter(like="value_").to_numpy()
    assert (np.abs(values[:, None] - own).max(axis=2) > 0.01).all()


def test_where_nothing_is_hidden_all_are() -> None:
    table = every_picture(images())
    assert release_pictures(table, SimpleNamespace(hides=False)).equals(table)  # type: ignore[arg-type]
