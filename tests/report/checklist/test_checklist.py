"""The checklist as a whole: its items, its table, its section of the page."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from matplotlib.figure import Figure

from retina_vae.artefacts import artefacts_of
from retina_vae.report import RunTables, render_report
from retina_vae.report.checklist import MAPPING, Entry, checklist_of, checklist_table

TOPICS = [
    *("Source and setting", "Eligibility and flow", "Variables: unit, kind and role", "Distributions"),
    *("Missing values by variable", "Assumed mechanism of missing values", "Handling of missing values"),
    *("Transformations", "Algorithm and objective", "Starts and convergence", "Software with hashes"),
    *("Range of numbers of clusters, with one", "Selection criteria", "Sizes of every solution"),
    *("Entropy by number of clusters", "Stability over resamples and seeds", "Null test"),
    *("Numeric description with intervals", "Plots of the final and the other solutions"),
    *("Inputs apart from external variables", "Association with outcomes", "Effects of sites"),
    *("Validation on other data", "Sensitivity", "Code and data", "Limits"),
]


def by_topic(tables: RunTables) -> dict[str, Entry]:
    return {entry.topic: entry for entry in checklist_of(tables)}


@pytest.fixture(scope="module")
def one(make_run: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> RunTables:
    """A run with one cluster of all patients."""
    return RunTables.load(make_run(tmp_path_factory.mktemp("results") / "one", clusters={"k": 1}))


@pytest.fixture(scope="module")
def every(tables: RunTables, family: RunTables, clinic: RunTables, one: RunTables) -> list[RunTables]:
    return [tables, family, clinic, one]


def test_every_item_is_answered_in_every_run(every: list[RunTables]) -> None:
    for run in every:
        entries = checklist_of(run)
        assert [entry.topic for entry in entries] == TOPICS
        assert [entry.number for entry in entries] == list(range(1, 27))
        for entry in entries:
            says = entry.answer.says
            assert says.endswith("."), says
            assert not re.search(r"\bnan\b|None|  |\.\.", says), says
            states = re.search(r"[Ss]tate |not (given|recorded|computed|shown|corrected)|cannot|not measured", says)
            if entry.answer.status == "answered":
                assert "State " not in says, says
            elif entry.answer.status == "the author must state":
                assert "State " in says, says
            else:
                assert states or entry.topic in ("Plots of the final and the other solutions", TOPICS[15]), says


def test_what_is_pointed_at_is_there(every: list[RunTables]) -> None:
    for run in every:
        declared = {path for own in artefacts_of(run.configuration) for path in own.paths(run.configuration)}
        for entry in checklist_of(run):
            files = [one for one in entry.answer.where if not one.startswith("#")]
            assert set(files) <= declared | {"config.yaml"}


def test_the_table_says_the_same_with_the_version_of_the_mapping(tables: RunTables) -> None:
    entries = checklist_of(tables)
    table = checklist_table(entries)
    assert list(table) == ["item", "topic", "guidelines", "answer", "says", "where", "mapping"]
    assert set(table["mapping"]) == {MAPPING}
    assert table["says"].tolist() == [entry.answer.says for entry in entries]
    assert table["where"].iloc[0] == "report/report.html#run"


def test_the_section_links_to_sections_and_files_of_the_page(tables: RunTables, figures: dict[str, Figure]) -> None:
    page = render_report(tables, figures)
    anchors = set(re.findall(r' id="([\w-]+)"', page))
    section = page[page.index('<section id="checklist">') :]
    section = section[: section.index("</section>")]
    assert section.count("<tr>") == 1 + 26
    links = re.findall(r'href="([^"]+)"', section)
    assert {link[1:] for link in links if link.startswith("#")} <= anchors
    assert "../release/clusters/tree.csv" in links
    assert "tables.docx" in links
    assert not [link for link in links if link.startswith("report/")]
    entries = checklist_of(tables)
    counts = [sum(entry.answer.status == status for entry in entries) for status in ("answered", "in part")]
    assert f"Of 26 items {counts[0]} are answered and {counts[1]} in part" in section


def test_words_of_the_data_are_escaped(tables: RunTables, figures: dict[str, Figure]) -> None:
    evil = tables.number.choices.assign(label="<script>alert(1)</script>")
    page = render_report(replace(tables, number=replace(tables.number, choices=evil)), figures)
    assert "<script>alert" not in page


def test_one_cluster_is_held_against_nobody(one: RunTables) -> None:
    entries = by_topic(one)
    assert entries["Stability over resamples and seeds"].answer.says.startswith("One cluster holds all patients")
    assert entries["Entropy by number of clusters"].answer.says == "One cluster holds all patients: its entropy is 0."
    assert "no two can differ in disease" in entries["Association with outcomes"].answer.says
    assert entries["Sensitivity"].answer.status == "the author must state"
