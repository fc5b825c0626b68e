"""The page of a run with one cluster, which holds all patients: nothing is compared with it, and nothing praised."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from retina_vae.report import RunTables, draw_figures, render_report
from retina_vae.report.account import flow
from retina_vae.report.cards import cluster_cards
from retina_vae.report.decision import decide
from retina_vae.report.trust import doubt_table, structure_sentences


@pytest.fixture(scope="module")
def undivided(make_run: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> RunTables:
    folder = tmp_path_factory.mktemp("results") / "one"
    make_run(folder, clusters={"k": 1})
    return RunTables.load(folder)


def test_one_cluster_is_neither_used_nor_likened_to_anything(undivided: RunTables) -> None:
    found = decide(undivided)
    assert undivided.undivided
    assert (found.same, found.caution, found.uses) == ([], "", [])
    assert [step.what for step in flow(undivided)][2] == "put into 1 cluster"
    assert structure_sentences(undivided)[0].startswith("One cluster holds all patients")


def test_its_card_has_no_stability_no_neighbour_and_no_others(undivided: RunTables) -> None:
    (card,) = cluster_cards(undivided)
    assert (card.badge.words, card.badge.kind) == ("all patients", "unknown")
    assert {label for label, _ in card.facts} <= {"Disease within (AUC)"}
    assert {line.outside for line in card.profile} == {"–"}
    assert [row[-1] for row in doubt_table(undivided).rows] == ["–"]


def test_its_page_says_nothing_that_is_certain_anyway(undivided: RunTables) -> None:
    page = render_report(undivided, draw_figures(undivided))
    words = re.sub(r"<[^>]+>|\s+", " ", re.sub(r"<script.*?</script>|src=\"[^\"]*\"", "", page, flags=re.DOTALL))
    assert "nobody is in doubt" in words
    assert "nothing that they could disagree about" in words
    for wrong in ("1 clusters", "-100", "highly stable", "Nearest in doubt", "find nearly the same groups", "nan "):
        assert wrong not in words, wrong


def test_six_clusters_are_divided(tables: RunTables) -> None:
    assert not tables.undivided
    assert pd.notna(tables.doubt.clusters["neighbour"]).all()
