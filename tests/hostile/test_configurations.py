"""No configuration, schema or file of statistics is anything but taken for what it says, or refused with one error."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml
from hypothesis import given

from retina_vae.cohort.schema_file import read_schema, read_table_schema
from retina_vae.cohort.simulated import load_epidemiology
from retina_vae.config_files import load_configuration, parse_configuration
from retina_vae.plan import make_plan
from tests.clinic import clinic_schema
from tests.hostile.configurations import texts_of
from tests.hostile.ending import hostile, require_one_error

pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")


@contextmanager
def written(data: bytes) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "file.yaml"
        path.write_bytes(data)
        yield path


@hostile(100)
@given(data=texts_of("configuration"))
def test_every_configuration_says_what_it_says(data: bytes) -> None:
    with written(data) as path:
        settings = require_one_error("configuration", lambda: load_configuration(path))
        if settings is not None:
            # What the steps read is what the workflow was given.
            assert parse_configuration(yaml.safe_load(settings.to_yaml()), "again") == settings
            require_one_error("plan", lambda: make_plan(settings.model_dump(mode="json")))


@hostile(60)
@given(data=texts_of("schema"))
def test_every_schema_says_what_it_says(data: bytes) -> None:
    with written(data) as path:
        document = require_one_error("table schema", lambda: read_table_schema(path))
        if document is None:
            return
        require_one_error("schema", lambda: read_schema(path))
        # Written, the identifier is the key in any case.
        document = document.model_copy(update={"primary_key": document.identifier})
        for text in (document.to_yaml(), document.to_json()):
            path.write_text(text, encoding="utf-8")
            assert read_table_schema(path) == document


@hostile(40)
@given(data=texts_of("statistics"))
def test_every_file_of_statistics_says_what_it_says(data: bytes) -> None:
    schema = clinic_schema(outcome=True)
    with written(data) as path:
        require_one_error("statistics", lambda: load_epidemiology(path, schema))
