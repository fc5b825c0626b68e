from __future__ import annotations

import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import numpy as np
import pandas as pd
from rich.console import Console

from retina_vae.compare import Section, compare_runs, open_run, print_sections, to_json, to_markdown

Make = Callable[..., Path]

SECTIONS = [
    Section("Title", ["A: [bold]results[/bold]/a_b"]),
    Section("Second", [], ["Key", "A"], [["x|y", "[red]1"], ["z", "n/s"]], ["After."]),
    Section("Third", [], ["Name", "A", "B"], [["p", "1,000", "-"], ["q", "+0.5", "."]]),
]


def printed(width: int = 120, **options: object) -> str:
    stream = StringIO()
    print_sections(SECTIONS, Console(file=stream, width=width, **options))  # type: ignore[arg-type]
    return stream.getvalue()


def test_printed_text_is_plain_and_takes_no_value_for_a_style() -> None:
    text = printed()
    assert "\x1b" not in text
    assert "A: [bold]results[/bold]/a_b" in text
    assert "[red]1" in text
    assert "Title\n-----\n" in text


def test_a_terminal_gets_the_same_words_and_no_colours() -> None:
    text = printed(force_terminal=True, color_system="truecolor")
    assert "\x1b[1m" in text
    assert "\x1b[3" not in text


def test_markdown_has_heads_tables_and_no_stray_signs() -> None:
    lines = to_markdown(SECTIONS).splitlines()
    assert lines[0] == "# Title"
    assert lines[2] == r"A: \[bold\]results\[/bold\]/a\_b"
    table = lines.index("## Second") + 2
    assert lines[table : table + 4] == ["| Key | A |", "| :--- | :--- |", r"| x\|y | \[red\]1 |", "| z | n/s |"]
    table = lines.index("## Third") + 2
    assert lines[table + 1] == "| :--- | ---: | ---: |"


def test_json_holds_every_number_and_says_null_where_there_is_none(
    make: Make, patients: pd.DataFrame, clusters: np.ndarray
) -> None:
    a, b = make("a", patients, clusters), make("b", patients, np.minimum(clusters, 4))
    values = json.loads(to_json(compare_runs(open_run(a), open_run(b))))
    assert values["a"] == str(a)
    assert values["patients"]["both"] == 300
    assert np.sum(values["correspondence"]["counts"]) == 300
    assert values["provenance"] == []
    assert values["findings_a"]["choice"] is None
    assert [one["name"] for one in values["measures"]][:2] == ["patients", "clusters"]
    assert values["agreement"][0]["ari"] < 1


def test_a_number_that_is_none_is_null(make: Make, patients: pd.DataFrame) -> None:
    """With one cluster in each run, the index is 1; with a single replica there is no agreement."""
    run = open_run(make("a", patients, np.ones(len(patients), dtype=int)))
    assert "NaN" not in to_json(compare_runs(run, run))
