"""A schema of pictures: what it is in a file, what is wrong with one, and what is said of pictures in words."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from retina_vae.cohort import fit_encoding
from retina_vae.cohort.image_shape import ImageShape
from retina_vae.cohort.schema_file import read_schema
from retina_vae.errors import InputError

from .pictures import PICTURES, picture_table


def written(tmp_path: Path, **changes: object) -> Path:
    """The schema in a file, with properties of the table changed; a property of a column by ``column.property``."""
    values = yaml.safe_load(PICTURES.to_yaml())
    for key, value in changes.items():
        name, _, own = key.partition(".")
        where = values if not own else next(field for field in values["fields"] if field["name"] == name)
        where[own or key] = value
    path = tmp_path / "schema.yaml"
    path.write_text(yaml.safe_dump(values, sort_keys=False))
    return path


def test_it_comes_back_from_its_file(tmp_path: Path) -> None:
    assert read_schema(written(tmp_path)) == PICTURES
    assert "retinaVae:image:\n  height: 2\n  width: 3\n" in PICTURES.to_yaml()


def test_a_table_says_nothing_of_pictures() -> None:
    assert "image" not in PICTURES.model_copy(update={"image": None}).to_yaml()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"retinaVae:image": {"height": 3, "width": 3}},
            r"expected 9 columns with the role 'input', one for each pixel of 1 x 3 x 3 \(channels, .*\), got 6",
        ),
        (
            {"retinaVae:image": {"height": 2, "width": 3, "channels": 2}},
            r"expected 12 columns .* of 2 x 2 x 3 \(channels, height, width\), got 6",
        ),
        (
            {"p1.retinaVae:kind": "count"},
            "expected pixels of the kind 'level' with one maximum, got column 'p1' of the",
        ),
        ({"p4.constraints": {"maximum": 8}}, "got column 'p4' of the kind 'level' with the maximum 8.*, after 'p0' of"),
        ({"p2.retinaVae:notApplicable": ["-"]}, "expected pixels that all exist, got column 'p2' with"),
        (
            {"brightness.retinaVae:role": "outcome"},
            "expected a column with the role 'held_out' beside the pixels, such as their mean brightness",
        ),
    ],
)
def test_what_describes_no_pictures_is_said(tmp_path: Path, changes: dict, message: str) -> None:
    path = written(tmp_path, **changes)
    with pytest.raises(InputError, match=message) as error:
        read_schema(path)
    said = f"{path}: the schema does not describe a table of pictures.\n  retinaVae:image: expected"
    assert str(error.value).startswith(said)
    assert len(str(error.value).splitlines()) == 2


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (8, "expected height and width of a picture, such as {height: 28, width: 28}, got '8'"),
        (
            {"height": 2},
            "expected the keys height, width and, of several colours, channels, such as .*, got ..height..",
        ),
        ({"height": 2, "width": 3, "depth": 1}, "expected the keys height, width and, .*, got ..depth., .height., "),
        ({"height": 0, "width": 3}, "height: expected greater than or equal to 1, got '0'"),
        ({"height": 2, "width": 2000}, "width: expected less than or equal to 1024, got '2000'"),
        ({"height": 2, "width": 3, "channels": 5}, "channels: expected less than or equal to 4, got '5'"),
        ({"height": "two", "width": 3}, "height: expected a valid integer, .* got 'two'"),
    ],
)
def test_what_is_no_shape_is_said_with_its_line(tmp_path: Path, image: object, message: str) -> None:
    with pytest.raises(InputError, match=rf"line \d+: retinaVae:image: {message}") as error:
        read_schema(written(tmp_path, **{"retinaVae:image": image}))
    assert len(str(error.value).splitlines()) == 2


def test_a_slip_in_the_name_of_the_property_is_seen(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="'retinaVae:image' is meant"):
        read_schema(written(tmp_path, **{"retinaVae:images": {"height": 2, "width": 3}}))


def test_in_words_measures_stand_in_the_place_of_pixels() -> None:
    told = PICTURES.in_words
    assert told.image is None
    assert [(column.name, column.role) for column in told.columns] == [("brightness", "input"), ("sort", "outcome")]
    table = PICTURES.model_copy(update={"image": None})
    assert table.in_words is table


def test_other_inputs_are_no_picture() -> None:
    assert PICTURES.with_inputs(*PICTURES.inputs[:2]).image is None


def test_an_encoding_keeps_the_shape_and_one_of_a_table_says_nothing_of_it() -> None:
    table = picture_table(20)
    encoding = fit_encoding(table, PICTURES, "by_kind")
    assert encoding.image == ImageShape(height=2, width=3)
    assert type(encoding).model_validate_json(encoding.model_dump_json()) == encoding
    of_table = fit_encoding(table, PICTURES.model_copy(update={"image": None}), "by_kind")
    assert list(of_table.model_dump()) == ["columns"]
