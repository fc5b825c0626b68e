"""How the hostile files ended, for the benchmark."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hostile.ending import ENDINGS


@pytest.fixture(scope="session", autouse=True)
def endings() -> Iterator[None]:
    yield
    if os.environ.get("HOSTILE_ENDINGS"):
        Path(os.environ["HOSTILE_ENDINGS"]).write_text(json.dumps(ENDINGS))
