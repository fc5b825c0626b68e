from __future__ import annotations

import math
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from retina_vae.compare import compare_runs, open_run
from retina_vae.compare.correspondence import Correspondence, Pair
from retina_vae.compare.page import comparison_page, heat_map, named_pairs, side
from retina_vae.release import release_comparison
from retina_vae.report import RunTables
from retina_vae.report.names import cluster_names
from retina_vae.words import MARK
from tests.manifests import sign
from tests.report.cohorts import macular_patients
from tests.report.conftest import write_run
from tests.report.released import changed


def shuffled(patients: pd.DataFrame) -> pd.DataFrame:
    """The same patients under other names in another order."""
    order = np.random.default_rng(3).permutation(len(patients))
    names = [f"Q{place:04d}" for place in range(len(patients))]
    return patients.iloc[order].reset_index(drop=True).assign(patient_id=names)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path]:
    """A run; the same patients under other names, with other settings; and other patients."""
    folder, patients = tmp_path_factory.mktemp("results"), macular_patients(40)
    a = write_run(folder / "first", patients=patients)
    b = write_run(folder / "second", patients=shuffled(patients), clusters={"n_init": 3})
    return sign(a), sign(b), sign(write_run(folder / "third", patients=macular_patients(40, seed=2)))


def page_of(a: Path, b: Path) -> str:
    opened = open_run(a), open_run(b)
    comparison = release_comparison(compare_runs(*opened), *opened)
    return comparison_page(comparison, RunTables.load(a), RunTables.load(b))


def words(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<script.*?</script>|<style.*?</style>|<[^>]+>", " ", page, flags=re.DOTALL))


@pytest.fixture(scope="module")
def page(runs: tuple[Path, Path, Path]) -> str:
    return page_of(*runs[:2])


class _Balanced(HTMLParser):
    """Refuses elements that are closed in another order than they were opened."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert not {"src", "srcset"} & {name for name, _ in attrs}
        if tag not in ("meta", "link", "br", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_same_patients_under_other_names_are_found_and_their_clusters_matched(page: str) -> None:
    said = words(page)
    assert "120 patients are in both runs (120 in A, 120 in B)." in said
    assert "adjusted Rand index of 1.00" in said
    assert "100 % of them keep their cluster" in said
    assert "identifiers do not agree: 120 patients." in said
    assert said.count("the same") >= 6
    assert "clusters.n_init 10 3" in said


def test_both_runs_say_their_decision_and_their_clusters_names(page: str, runs: tuple[Path, Path, Path]) -> None:
    said = words(page)
    assert said.count("Groups describe patients") == 2
    for letter, folder in zip("AB", runs, strict=False):
        for number, name in cluster_names(RunTables.load(folder)).items():
            assert f"{letter} {number}: {name}".replace("\N{NO-BREAK SPACE}", " ") in said


def test_the_page_is_whole_and_loads_nothing(page: str) -> None:
    _Balanced(page)
    assert page.startswith("<!DOCTYPE html>")
    assert "url(" not in page
    assert "default-src &#39;none&#39;" in page


def test_no_patient_is_named(page: str) -> None:
    assert not re.search(r"\b[PQ]\d{4}\b", words(page))


def test_sizes_are_not_said_where_one_run_hides_what_the_other_shows(
    page: str, runs: tuple[Path, Path, Path], tmp_path: Path
) -> None:
    strict = sign(changed(runs[0], tmp_path / "strict", disclosure={"small_cell_floor": 5}))
    size = pd.read_csv(runs[0] / "release/clusters/table1.csv").set_index("cluster")["size"][6]
    assert f"; {size} patients" in words(page)
    assert f"; {size} patients" not in words(page_of(strict, runs[1]))


def test_other_patients_have_no_clusters_to_match(runs: tuple[Path, Path, Path]) -> None:
    said = words(page_of(runs[0], runs[2]))
    assert "The runs have no patient in common, so their clusters cannot be held against each other" in said
    assert "Clusters that correspond" not in said
    assert said.count("Groups describe patients") == 2
    assert "Measures" in said


def test_clusters_are_paired_under_their_own_names(runs: tuple[Path, Path, Path]) -> None:
    a, b = (side(letter, str(folder), RunTables.load(folder)) for letter, folder in zip("AB", runs, strict=False))
    pairs = [Pair(1, 2, 10, 12, 9, 9 / 13), Pair(2, None, size_a=5), Pair(3, 4, 20, None, None, None)]
    first, alone, hidden = named_pairs(pairs, a, b)
    assert (first.a, first.b) == (a.clusters[1], b.clusters[2])
    assert (first.shared, first.jaccard, first.likeness) == ("9", "0.69", "alike")
    assert (alone.b, alone.shared, alone.likeness) == (None, "–", "no counterpart")
    assert (hidden.shared, hidden.jaccard, hidden.likeness) == (MARK, MARK, MARK)


def test_a_row_is_coloured_by_its_shares_and_not_where_one_of_them_is_hidden() -> None:
    found = Correspondence([1, 2], [1, 2], [[30, 10], [None, 20]], [0, 0], [0, 0], [], 1.0, [], [])
    (first, second), (hidden, beside) = heat_map(found)
    assert [(cell.text, cell.share) for cell in (first, second)] == [("30", 0.75), ("10", 0.25)]
    assert (hidden.text, beside.text) == (MARK, "20")
    assert math.isnan(hidden.share)
    assert math.isnan(beside.share)


def test_words_of_the_data_are_escaped(runs: tuple[Path, Path, Path]) -> None:
    opened = open_run(runs[0]), open_run(runs[1])
    tables = RunTables.load(runs[0])
    evil = tables.configuration.model_copy(update={"run": "<script>alert(1)</script>"})
    text = comparison_page(compare_runs(*opened), replace(tables, configuration=evil), RunTables.load(runs[1]))
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert" in text
