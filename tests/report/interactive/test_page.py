import base64
import gzip
import hashlib
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest
from plotly.offline import get_plotlyjs

from retina_vae.report import RunTables
from retina_vae.report.interactive import content_security_policy, embedded_json, interactive

HOSTILE = '</script><script>alert("&")</script><!--'


class Scripts(HTMLParser):
    """The script elements of a page: attributes and text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[dict[str, str | None], str]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((dict(attrs), ""))
        assert tag == "script"

    def handle_data(self, data: str) -> None:
        if self.found:
            attributes, text = self.found.pop()
            self.found.append((attributes, text + data))


@pytest.fixture(scope="module")
def parts(tables: RunTables) -> dict[str, Any]:
    return interactive(tables)


def read(text: str) -> list[tuple[dict[str, str | None], str]]:
    """Scripts with exactly what stands between their tags."""
    found = re.findall(r"<script([^>]*)>(.*?)</script>", text, flags=re.DOTALL)
    return [(dict(re.findall(r'(\w+)="([^"]*)"', attributes)), body) for attributes, body in found]


def test_the_policy_knows_every_script_that_runs_and_no_other(parts: dict[str, Any]):
    running = [text for attributes, text in read(parts["scripts"]) if not attributes]
    hashes = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in [*running, get_plotlyjs()]]
    assert re.findall(r"'sha256-([^']+)'", parts["policy"]) == hashes
    assert len(running) == 13


def test_the_policy_lets_nothing_in(parts: dict[str, Any]):
    directives = dict(part.split(" ", 1) for part in parts["policy"].split("; "))
    assert directives["default-src"] == "'none'"
    # These two do not fall back on the default.
    assert directives["base-uri"] == directives["form-action"] == "'none'"
    assert directives["img-src"] == "data: blob:"
    assert "unsafe" not in directives["script-src"]
    assert not re.search(r"https?:|\*", parts["policy"])


def test_a_hash_is_that_of_the_text():
    digest = "'sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0='"
    assert content_security_policy(["abc"]).endswith(f"script-src {digest}")


def test_plotly_is_there_once_and_small(parts: dict[str, Any]):
    packed = [text for attributes, text in read(parts["scripts"]) if attributes.get("id") == "plotly-library"]
    assert len(packed) == 1
    assert gzip.decompress(base64.b64decode(packed[0])).decode() == get_plotlyjs()
    assert len(packed[0]) < 2_200_000


def test_the_same_bytes_every_time(parts: dict[str, Any], tables: RunTables):
    assert interactive(tables) == parts


def test_text_of_the_data_cannot_leave_its_script(tables: RunTables):
    descriptions = tables.descriptions.assign(description=HOSTILE)
    text = interactive(replace(tables, descriptions=descriptions))["scripts"]
    found = Scripts(text).found
    assert len(found) == 16
    data = {attributes["id"]: body for attributes, body in found if attributes.get("type") == "application/json"}
    assert json.loads(data["space-data"])["clusters"][0]["description"] == HOSTILE
    assert json.loads(data["explorer-data"])["descriptions"]["1"] == HOSTILE


@pytest.mark.parametrize("value", [HOSTILE, {"a": ["<", ">", "&", "\u2028", "ä"]}, None])
def test_json_comes_back(value: Any):
    text = embedded_json(value)
    assert json.loads(text) == value
    assert not set("<>&") & set(text)


def test_numbers_that_json_does_not_have_are_refused():
    with pytest.raises(ValueError, match="not JSON compliant"):
        embedded_json(float("nan"))
