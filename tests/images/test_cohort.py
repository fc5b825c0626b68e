"""Pictures as a cohort."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

from retina_vae.cohort import fit_encoding, read_cohort
from retina_vae.cohort.schema import Column
from retina_vae.cohort.schema_file import cohort_schema
from retina_vae.files import write_table, write_text
from retina_vae.images import Told, draw_images, image_cohort, image_schema, round_levels

IMAGES = np.random.default_rng(1).integers(0, 17, (30, 3, 4)).astype(np.uint8)
LABELS = (np.arange(30) % 3).astype(np.uint8)
NAMES = ("a", "b", "c")


def test_pixels_are_inputs_in_the_order_of_the_picture_and_labels_the_outcome() -> None:
    found = image_cohort(IMAGES, LABELS, NAMES, 16)
    schema = found.schema
    assert (schema.image.axes, schema.outcome.name, schema.outcome.categories) == ((1, 3, 4), "label", NAMES)
    names = [column.name for column in schema.inputs]
    assert names[:5] == ["pixel_1_1", "pixel_1_2", "pixel_1_3", "pixel_1_4", "pixel_2_1"]
    assert_array_equal(found.patients[names], IMAGES.reshape(30, -1))
    assert found.patients["label"].tolist() == [NAMES[label] for label in LABELS]
    assert found.patients["image"].tolist()[:2] == ["I00001", "I00002"]
    assert list(found.patients) == schema.table_columns


def test_the_pixels_of_one_channel_come_before_those_of_the_next() -> None:
    images = np.stack([IMAGES, 16 - IMAGES], axis=1)
    found = image_cohort(images, None, (), 16)
    assert found.schema.outcome is None
    names = [column.name for column in found.schema.inputs]
    assert (names[0], names[12]) == ("pixel_1_1_1", "pixel_2_1_1")
    assert_array_equal(found.patients[names], images.reshape(30, -1))


def test_a_network_reads_shares_of_the_maximum() -> None:
    found = image_cohort(IMAGES, LABELS, NAMES, 16)
    encoding = fit_encoding(found.patients, found.schema, "by_kind")
    assert_array_equal(encoding.encode(found.patients), IMAGES.reshape(30, -1) / 16)


def test_a_run_reads_the_pictures_that_it_wrote(tmp_path: Path) -> None:
    found = image_cohort(IMAGES, LABELS, NAMES, 16)
    write_table(found.patients, tmp_path / "cohort/patients.parquet")
    write_text(found.schema.to_yaml(), tmp_path / "cohort/schema.yaml")
    patients, schema = read_cohort(tmp_path)
    assert schema == found.schema
    assert_array_equal(patients.drop(columns=["image", "label"]), found.patients.drop(columns=["image", "label"]))
    assert patients["label"].tolist() == found.patients["label"].tolist()


def test_tables_speak_of_the_measures_and_not_of_pixels() -> None:
    schema = image_schema(image_cohort(IMAGES, LABELS, NAMES, 16).schema.image, NAMES, 16)
    assert cohort_schema(schema.to_table_schema(), "here") == schema
    assert [column.name for column in schema.in_words.inputs][:2] == ["brightness", "contrast"]


def test_what_is_known_of_pictures_stands_in_place_of_their_measures() -> None:
    size = Column(name="size", label="Size", kind="continuous", role="held_out", unit="mm")
    told = Told((size,), pd.DataFrame({"size": np.linspace(1, 4, 30)}, index=range(7, 37)))
    found = image_cohort(IMAGES, LABELS, NAMES, 16, told, "species")
    assert [column.name for column in found.schema.in_words.inputs] == ["size"]
    assert (found.schema.outcome.name, found.schema.outcome.label) == ("species", "Species")
    assert_array_equal(found.patients["size"], np.linspace(1, 4, 30))
    assert list(found.patients) == found.schema.table_columns


def test_pictures_are_drawn_once_each_and_the_same_for_a_seed() -> None:
    assert_array_equal(draw_images(5, None, 1), range(5))
    assert_array_equal(draw_images(5, 9, 1), range(5))
    drawn = draw_images(1000, 100, 1)
    assert len(set(drawn.tolist())) == 100
    assert_array_equal(drawn, np.sort(drawn))
    assert_array_equal(drawn, draw_images(1000, 100, 1))
    assert (drawn != draw_images(1000, 100, 2)).any()


@pytest.mark.parametrize(("levels", "expected"), [(1, [0, 0, 1, 1]), (16, [0, 8, 8, 16]), (255, [0, 127, 128, 255])])
def test_levels_are_rounded_to_the_nearest(levels: int, expected: list[int]) -> None:
    assert round_levels(np.array([0, 127, 128, 255], dtype=np.uint8), 255, levels).tolist() == expected
