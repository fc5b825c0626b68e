from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from retina_vae.report.manuscript.tables import MOST_COLUMNS, ManuscriptTable, manuscript_tables
from retina_vae.report.tables import RunTables
from tests.report.released import People

NBSP = "\N{NO-BREAK SPACE}"


def by_name(tables: RunTables) -> dict[str, ManuscriptTable]:
    return {table.name: table for table in manuscript_tables(tables)}


def row(table: ManuscriptTable, label: str) -> list[str]:
    return next(cells[1:] for cells in table.rows if cells[0] == label)


def test_table_one_has_a_column_per_cluster_with_its_patients(tables: RunTables, people: People) -> None:
    shown = by_name(tables)["clusters"]
    assert shown.heads == ["Characteristic", *(f"Cluster {number}" for number in range(1, 7))]
    assert row(shown, "Patients") == [str(len(people.members(number))) for number in range(1, 7)]
    asian = [str((people.members(number)["race"] == "Asian").sum()) for number in range(1, 7)]
    assert row(shown, "Asian") == asian
    assert (shown.number, shown.notes) == (1, [])


def test_profiles_are_shares_and_quartiles_of_each_cluster(tables: RunTables, people: People) -> None:
    shown = by_name(tables)["profiles"]
    ages = [people.members(number)["age"].quantile([0.5, 0.25, 0.75]).tolist() for number in range(1, 7)]
    assert row(shown, "Age (years)") == [f"{m:.0f} ({low:.0f} to {high:.0f})" for m, low, high in ages]
    polyps = [(people.members(number)["polyps"] == "present").mean() for number in range(1, 7)]
    assert row(shown, "Polyps") == [f"{100 * share:.0f}{NBSP}%" for share in polyps]
    assert [cells[0] for cells in shown.rows].count("Sex: female") == 1


def test_differences_are_those_of_the_released_profiles(tables: RunTables) -> None:
    shown = by_name(tables)["differences"]
    rows = tables.meaning.profiles
    own = rows[(rows["column"] == "age") & (rows["statistic"] == "mean")].set_index("cluster")[
        "standardized_difference"
    ]
    texts = [f"{own[number]:.2f}".replace("-", "\N{MINUS SIGN}") for number in range(1, 7)]
    assert row(shown, "Age (years)") == texts
    assert "Descriptive" in shown.notes[0]


def test_what_is_not_shown_is_marked_and_explained(clinic: RunTables) -> None:
    for table in by_name(clinic).values():
        assert any("not shown" in note for note in table.notes)
    cells = [cell for cells in by_name(clinic)["clusters"].rows for cell in cells]
    assert clinic.gate.mark in cells
    counts = [cells for cells in by_name(clinic)["clusters"].rows if "median" not in cells[0]]
    shown = {int(cell) for cells in counts for cell in cells if cell.isdigit()}
    assert min(shown - {0}) >= 11


def test_numbers_and_shares_above_zero_of_a_number_have_rows_of_their_own(open_clinic: RunTables) -> None:
    labels = [cells[0] for cells in by_name(open_clinic)["profiles"].rows]
    assert "Albumin in the urine (mg/day)" in labels
    assert "Albumin in the urine: above 0" in labels
    assert "Follow-up (years)" in labels


def test_more_clusters_than_fit_on_a_page_are_shown_in_parts(tables: RunTables) -> None:
    more = pd.concat([tables.table1] * 2, ignore_index=True)
    more["cluster"] = range(1, 13)
    profiles = tables.meaning.profiles
    profiles = pd.concat([profiles, profiles.assign(cluster=profiles["cluster"] + 6)])
    twelve = replace(tables, table1=more, meaning=replace(tables.meaning, profiles=profiles))
    parts = [table for table in manuscript_tables(twelve) if table.number == 2]
    assert [table.name for table in parts] == ["profiles-1", "profiles-2"]
    assert [len(table.heads) - 1 for table in parts] == [MOST_COLUMNS, 12 - MOST_COLUMNS]
    assert parts[1].caption.endswith("Part 2 of 2.")
    assert parts[1].heads == ["Characteristic", "Cluster 9", "Cluster 10", "Cluster 11", "Cluster 12"]
    assert row(parts[1], "Polyps") == row(by_name(tables)["profiles"], "Polyps")[2:]


def test_one_cluster_has_nobody_to_differ_from(make_run: Callable[..., Path], tmp_path: Path) -> None:
    one = RunTables.load(make_run(tmp_path / "one", clusters={"k": 1}))
    assert [table.name for table in manuscript_tables(one)] == ["clusters", "profiles"]


@pytest.mark.parametrize(("observed", "cell"), [(0.0, "–"), (5.0, "mark")])
def test_a_missing_share_of_nobody_is_a_dash_and_a_hidden_one_the_mark(
    clinic: RunTables, observed: float, cell: str
) -> None:
    profiles = clinic.meaning.profiles
    smokers = profiles["column"] == "smoker"
    profiles = profiles.assign(
        inside=profiles["inside"].where(~smokers, math.nan), observed=profiles["observed"].where(~smokers, observed)
    )
    shown = by_name(replace(clinic, meaning=replace(clinic.meaning, profiles=profiles)))["profiles"]
    assert set(row(shown, "Smoker <i>now</i>")) == {clinic.gate.mark if cell == "mark" else cell}
