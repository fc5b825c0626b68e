"""The sources of pictures, each with what it says of files that are not there or are others."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from retina_vae.config import Configuration
from retina_vae.config_files import check_sources, parse_configuration
from retina_vae.errors import ConfigurationError, InputError
from retina_vae.sources import Cohort
from retina_vae.studies.digits import STUDY
from retina_vae.studies.digits.published import SETS

from .files import idx_bytes, write_pictures


def settings(**cohort: object) -> Configuration:
    return parse_configuration({"study": "digits", "cohort": cohort}, "here")


def load(**cohort: object) -> Cohort:
    own = settings(**cohort)
    check_sources(own)
    return own.source.load(own.found_cohort, None)


def pixels(found: Cohort) -> np.ndarray:
    return found.patients[[column.name for column in found.schema.inputs]].to_numpy()


def test_the_digits_of_scikit_learn_need_no_file() -> None:
    found = load(source="digits")
    assert (len(found.patients), found.schema.image.axes) == (1797, (1, 8, 8))
    assert found.patients["label"].value_counts().loc["0"] == 178
    assert {column.maximum for column in found.schema.inputs} == {16}
    assert pixels(found).max() == 16


def test_fewer_pictures_and_levels_are_those_that_are_asked_for() -> None:
    found = load(source="digits", pictures=100, levels=1)
    assert len(found.patients) == 100
    assert set(np.unique(pixels(found))) == {0, 1}
    assert {column.maximum for column in found.schema.inputs} == {1}
    with pytest.raises(ConfigurationError, match=r"cohort\.levels: expected at most 16, .* got 17"):
        load(source="digits", levels=17)


@pytest.mark.parametrize("name", SETS)
def test_every_source_has_pictures_of_nobody_and_reads_its_files(name: str) -> None:
    own = settings(source=name, folder="there").source
    assert own.images
    assert not own.real
    assert [path.parent for path in own.files(settings(source=name, folder="there").cohort)] == [Path("there")] * 2
    assert {"folder", "levels", "pictures"} <= set(own.reads)
    assert all(STUDY.sources[source].images for source in STUDY.sources)


@pytest.mark.parametrize(("name", "places"), [("mnist", "torchvision.*OpenML"), ("fashion", "Debian.*torchvision.*Op")])
def test_a_missing_published_file_says_where_it_comes_from_before_anything_is_computed(
    tmp_path: Path, name: str, places: str
) -> None:
    message = rf"cohort\.folder: expected a file of .*train-images-idx3-ubyte\. .*{places}.*Nothing is downloaded"
    with pytest.raises(ConfigurationError, match=message):
        check_sources(settings(source=name, folder=str(tmp_path)))


def test_a_published_file_with_another_content_is_refused(tmp_path: Path) -> None:
    (tmp_path / "train-images-idx3-ubyte").write_bytes(idx_bytes(np.zeros((2, 28, 28), dtype=np.uint8)))
    (tmp_path / "train-labels-idx1-ubyte").write_bytes(idx_bytes(np.zeros(2, dtype=np.uint8)))
    with pytest.raises(InputError, match=r"train-images-idx3-ubyte: expected SHA-256 ba891046.* found .*torchvision"):
        load(source="mnist", folder=str(tmp_path))


def test_a_published_set_is_read_with_the_names_of_what_it_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    images = np.random.default_rng(3).integers(0, 256, (20, 28, 28)).astype(np.uint8)
    contents = idx_bytes(images), idx_bytes((np.arange(20) % 10).astype(np.uint8))
    names = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"
    files = [(name, hashlib.sha256(content).hexdigest()) for name, content in zip(names, contents, strict=True)]
    monkeypatch.setitem(SETS, "fashion", replace(SETS["fashion"], images=files[0], labels=files[1]))
    for name, content in zip(names, contents, strict=True):
        (tmp_path / name).write_bytes(content)
    found = load(source="fashion", folder=str(tmp_path))
    assert_array_equal(pixels(found), images.reshape(20, -1))
    assert found.patients["label"].tolist()[9] == "ankle boot"


def test_a_clinics_own_pictures_have_any_size_and_as_many_labels_as_there_are(tmp_path: Path) -> None:
    images = write_pictures(tmp_path)
    found = load(source="images", folder=str(tmp_path))
    assert_array_equal(pixels(found), images.reshape(12, -1))
    assert found.schema.outcome.categories == ("0", "1", "2")
    assert found.schema.image.axes == (1, 4, 5)


def test_pictures_without_labels_have_a_source_of_their_own(tmp_path: Path) -> None:
    write_pictures(tmp_path)
    (tmp_path / "labels.idx").unlink()
    assert load(source="unlabelled_images", folder=str(tmp_path)).schema.outcome is None
    with pytest.raises(ConfigurationError, match=r"no file .*labels\.idx\. .*'unlabelled_images' asks for no labels"):
        load(source="images", folder=str(tmp_path))
    with pytest.raises(ConfigurationError, match=r"cohort\.folder: expected the folder of the pictures, got nothing"):
        load(source="images")


def test_fewer_labels_than_pictures_are_refused(tmp_path: Path) -> None:
    write_pictures(tmp_path)
    (tmp_path / "labels.idx").write_bytes(idx_bytes(np.zeros(11, dtype=np.uint8)))
    with pytest.raises(InputError, match=r"labels\.idx: expected a label for each of 12 pictures, found 11"):
        load(source="images", folder=str(tmp_path))
