"""Texts that call themselves YAML: good ones of every kind that is read, strange ones and damaged ones."""

from pathlib import Path
from typing import Any

import yaml
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from tests.assign.clinic import CLINIC_TABLE
from tests.clinic import clinic_schema
from tests.hostile.tables import NASTY

ROOT = Path(__file__).parents[2]
GOOD = {
    "configuration": [path.read_text(encoding="utf-8") for path in sorted((ROOT / "config").glob("*.yaml"))],
    "schema": [CLINIC_TABLE.to_yaml(), clinic_schema(outcome=True).to_table_schema().to_yaml()],
    "statistics": [(ROOT / "tests/data/clinic.epidemiology.yaml").read_text(encoding="utf-8")],
}
"""Files that are read, by what they are."""

_VALUES = [
    *("0", "-1", "1e9", "1e999", ".inf", ".nan", "010", "0x10", "1_000", "190:20:30", "2020-01-31", "9" * 400),
    *("true", "no", "null", "~", "''", "[]", "{}", "[1, 2", "{a: 1", "- x", "'x", '"x', "x: y", "? x", "|", ">", "%"),
    *("*a", "&a x", "&a [*a]", "!!python/object/apply:os.system [ls]", "!!binary eA==", "!x y", "<<: {}", "@", "`x`"),
    *(
        "[" * 60 + "]" * 60,
        "{a: " * 60 + "1" + "}" * 60,
        "[" * 300,
        "x" * 7000,
        "\t",
        "\0",
        "\u2028",
        "\ud800",
        "- - - x",
    ),
]
VALUES = st.one_of(
    *(st.sampled_from(_VALUES), st.sampled_from(NASTY), st.text(max_size=10)),
    *(st.integers().map(str), st.floats().map(str), st.sampled_from([10**25, -(2**63), 2**64]).map(str)),
)


@st.composite
def changed(draw: DrawFn, texts: SearchStrategy[str]) -> str:
    """A good file with some lines changed, left out, doubled, moved in or out, or put in."""
    lines = draw(texts).splitlines()
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(lines) - 1))
        line, value = lines[at], draw(VALUES)
        key, colon, _ = line.partition(":")
        ways = [[f"{key}: {value}"] if colon else [value], [], [line, line], [f"  {line}"], [line[2:]], [line, value]]
        ways += [[f"{value}: {line.strip()}"], [f"{line} # {value}"], [line, f"{key}: {value}"]]
        lines[at : at + 1] = draw(st.sampled_from(ways))
        lines = lines or [""]
    return "\n".join(lines)


_NODES: SearchStrategy[Any] = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.binary(max_size=3), st.dates()
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.one_of(st.text(max_size=5), st.integers()), inner),
    max_leaves=8,
)


@st.composite
def replaced(draw: DrawFn, texts: SearchStrategy[str]) -> str:
    """A good file with any value in the place of one of its own."""
    values = yaml.safe_load(draw(texts)) or {}
    place: Any = values
    while True:
        key = draw(st.sampled_from(list(place) if isinstance(place, dict) else range(len(place))))
        if isinstance(place[key], dict | list) and place[key] and draw(st.integers(0, 3)):
            place = place[key]
            continue
        place[key] = draw(_NODES)
        return yaml.safe_dump(values, allow_unicode=True, sort_keys=False)


def texts_of(kind: str) -> SearchStrategy[bytes]:
    """Files of a kind, as bytes."""
    good = st.sampled_from(GOOD[kind])
    texts = st.one_of(good, changed(good), changed(good), replaced(good), replaced(good), st.text(max_size=40), VALUES)
    encoded = st.tuples(texts, st.sampled_from(["utf-8"] * 5 + ["utf-8-sig", "utf-16", "latin-1"]))
    whole = encoded.map(lambda pair: pair[0].encode(pair[1], "replace"))
    cut = st.tuples(whole, st.integers(0, 1000)).map(lambda pair: pair[0][: len(pair[0]) * pair[1] // 1000])
    return st.one_of(whole, whole, whole, cut, st.binary(max_size=40))
