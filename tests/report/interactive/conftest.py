"""Payloads of the small run, as it is and with a floor below which counts are not shown."""

from typing import Any

import pytest

from retina_vae.report import RunTables
from retina_vae.report.interactive import space_payload
from tests.report.interactive.floors import with_floor


@pytest.fixture(scope="session")
def payload(tables: RunTables) -> dict[str, Any]:
    return space_payload(tables)


@pytest.fixture(scope="session")
def floored(tables: RunTables) -> RunTables:
    """The small run with a floor of 5: no count below it is in its tables."""
    return with_floor(tables, 5)


@pytest.fixture(scope="session")
def hidden(floored: RunTables) -> dict[str, Any]:
    return space_payload(floored)
