"""A schema of sequences: what it is in a file, what is wrong with one, and what is said of sequences in words."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import yaml

from retina_vae.cohort import fit_encoding
from retina_vae.cohort.schema_file import read_schema
from retina_vae.cohort.sequence_shape import SequenceShape
from retina_vae.cohort_settings import CohortSettings
from retina_vae.errors import ConfigurationError, InputError
from retina_vae.images.components import principal_components
from retina_vae.sources import SOURCES
from tests.cohort.sequences import SEQUENCES, sequence_table


def written(tmp_path: Path, **changes: object) -> Path:
    """The schema in a file, with properties of the table changed; a property of a column by ``column.property``."""
    values = yaml.safe_load(SEQUENCES.to_yaml())
    for key, value in changes.items():
        name, _, own = key.partition(".")
        where = values if not own else next(field for field in values["fields"] if field["name"] == name)
        where[own or key] = value
    path = tmp_path / "schema.yaml"
    path.write_text(yaml.safe_dump(values, sort_keys=False))
    return path


def test_it_comes_back_from_its_file(tmp_path: Path) -> None:
    assert read_schema(written(tmp_path)) == SEQUENCES
    assert "retinaVae:sequence:\n  length: 4\n" in SEQUENCES.to_yaml()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"retinaVae:sequence": {"length": 5}}, "expected 5 columns with the role 'input', .* got 4"),
        ({"s2.categories": ["a", "b", "(end)"]}, "with one alphabet and no remarks, got column 's2' of the kind"),
        ({"s3.retinaVae:kind": "ordinal"}, "of the kind 'nominal' .* got column 's3' of the kind 'ordinal'"),
        ({"length.retinaVae:role": "outcome"}, "expected a column with the role 'held_out' beside the positions"),
        ({"retinaVae:image": {"height": 2, "width": 2}}, "expected pixels of the kind 'level'"),
    ],
)
def test_what_describes_no_sequences_is_said(tmp_path: Path, changes: dict, message: str) -> None:
    with pytest.raises(InputError, match=message) as error:
        read_schema(written(tmp_path, **changes))
    assert len(str(error.value).splitlines()) == 2


def test_the_end_is_the_last_of_the_alphabet(tmp_path: Path) -> None:
    changes = {f"s{place}.categories": ["a", "(end)", "b", "c"] for place in range(4)}
    with pytest.raises(InputError, match=r"expected '\(end\)' as the last category of each position, got 'c'"):
        read_schema(written(tmp_path, **changes))


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        (4, "expected the length of the longest sequence, such as {length: 24}, got '?4"),
        ({"width": 4}, "expected the key length and no other, .* got ..width.."),
        ({"length": 0}, "length: expected greater than or equal to 1, got '0'"),
    ],
)
def test_what_is_no_shape_is_said_with_its_line(tmp_path: Path, shape: object, message: str) -> None:
    with pytest.raises(InputError, match=rf"line \d+: retinaVae:sequence: {message}"):
        read_schema(written(tmp_path, **{"retinaVae:sequence": shape}))


def test_in_words_measures_stand_in_the_place_of_symbols() -> None:
    told = SEQUENCES.in_words
    assert (told.sequence, SEQUENCES.made_of_parts, told.made_of_parts) == (None, True, False)
    assert [(column.name, column.role) for column in told.columns] == [("length", "input")]


def test_an_encoding_keeps_the_shape() -> None:
    encoding = fit_encoding(sequence_table(20), SEQUENCES, "by_kind")
    assert encoding.sequence == SequenceShape(length=4)
    assert type(encoding).model_validate_json(encoding.model_dump_json()) == encoding


def test_principal_components_take_a_symbol_for_one_number_of_each_of_the_alphabet() -> None:
    patients = sequence_table(60)
    table, _ = principal_components(patients, SEQUENCES, most=99)
    one_hot = fit_encoding(patients, SEQUENCES, "by_kind").encode(patients)
    variance = np.trace(np.cov(table.iloc[:, 1:].to_numpy().T))
    np.testing.assert_allclose(variance, one_hot.var(axis=0, ddof=1).sum())


def test_a_table_holds_no_symbols(tmp_path: Path) -> None:
    settings = CohortSettings(source="table", table="t.csv", schema=str(written(tmp_path)))
    with pytest.raises(ConfigurationError, match="got a schema with retinaVae:sequence"):
        SOURCES["table"].load(settings, None)
