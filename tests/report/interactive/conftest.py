"""Payloads of the small run, as it is and with a floor below which counts are not shown."""

from pathlib import Path
from typing import Any

import pytest

from retina_vae.report import RunTables
from retina_vae.report.interactive import space_payload
from tests.report.released import with_floor


@pytest.fixture(scope="session")
def payload(tables: RunTables) -> dict[str, Any]:
    return space_payload(tables)


@pytest.fixture(scope="session")
def floored(run_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> RunTables:
    """The small run with a floor of 5: no count below it is in its tables."""
    return with_floor(run_folder, 5, tmp_path_factory.mktemp("floored"))


@pytest.fixture(scope="session")
def hidden(floored: RunTables) -> dict[str, Any]:
    return space_payload(floored)
