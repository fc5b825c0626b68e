"""The table of sharpness and acceptance."""

import numpy as np
import pytest

from retina_vae.drawing.acceptance import Classifier
from retina_vae.drawing.decoded import decoded
from retina_vae.drawing.quality import QualityOptions, quality_table
from retina_vae.drawing.sharpness import laplacian_variance
from tests.small_images import SHAPE, images, member

KINDS = ["reconstructions", "prior", "midpoints"]


class BrightFirst:
    """Sure of a label where the first pixel is brighter than 0.7."""

    def predict_proba(self, pictures: np.ndarray) -> np.ndarray:
        sure = np.where(pictures[:, 0] > 0.7, 0.95, 0.5)
        return np.column_stack([sure, 1 - sure])


CLASSIFIER = Classifier((BrightFirst(),), 0.97, 10)  # type: ignore[arg-type]


def test_each_kind_of_each_replica_is_measured_on_its_own_pictures() -> None:
    own, labels = images(60), np.arange(60) % 3
    members = [(1, member("a", own)), (2, member("a", own))]
    table = quality_table(own, labels, members, QualityOptions(SHAPE, CLASSIFIER, 50, 1))
    assert table[["model", "replica", "pictures"]].to_numpy().tolist() == [
        ["", 0, "data"],
        *([model, replica, kind] for model, replica in (("a", 1), ("a", 2)) for kind in KINDS),
    ]
    assert (table["count"] == 50).all()
    first, second = (table[table["replica"] == replica].drop(columns="replica") for replica in (1, 2))
    np.testing.assert_array_equal(first.to_numpy()[:, 3:].astype(float), second.to_numpy()[:, 3:].astype(float))


def test_all_images_are_taken_where_there_are_no_more() -> None:
    own, labels = images(30), np.zeros(30, dtype=np.int64)
    made = member("a", own)
    table = quality_table(own, labels, [(1, made)], QualityOptions(SHAPE, CLASSIFIER, 1000, 1)).set_index("pictures")
    # Of one label there is nothing half-way.
    assert table.index.tolist() == ["data", "reconstructions", "prior"]
    assert table.loc["data", "sharpness"] == pytest.approx(laplacian_variance(own, SHAPE).mean())
    assert table.loc["data", "accepted"] == pytest.approx((own[:, 0] > 0.7).mean())
    again = decoded(made.model, made.codes)
    assert table.loc["reconstructions", "sharpness"] == pytest.approx(laplacian_variance(again, SHAPE).mean())
    share = (again[:, 0] > 0.7).mean()
    assert table.loc["reconstructions", "accepted"] == pytest.approx(share)
    assert table.loc["reconstructions", "accepted_error"] == pytest.approx(np.sqrt(share * (1 - share) / 30))


def test_without_labels_nothing_is_accepted_or_refused() -> None:
    own = images(30)
    table = quality_table(own, np.full(30, -1), [(1, member("a", own))], QualityOptions(SHAPE, None, 20, 1))
    assert table["accepted"].isna().all()
    assert table["sharpness"].gt(0).all()
