"""All clusters at a glance: the table and the map of differences."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from retina_vae.report import RunTables
from retina_vae.report.cards import Share
from retina_vae.report.names import cluster_names
from retina_vae.report.overview import heat_map, legend, overview
from retina_vae.report.stability import overall_stability
from retina_vae.words import MARK, NOT_OBSERVED


def test_every_cluster_has_a_row_that_agrees_with_the_tables(tables: RunTables) -> None:
    rows = overview(tables, cluster_names(tables))
    assert [row.cluster for row in rows] == sorted(tables.sizes.index)
    assert sum(row.size for row in rows) == tables.account.patients
    verdicts = overall_stability(tables)["verdict"]
    doubt = tables.doubt.clusters.set_index("cluster")["doubtful"]
    for row in rows:
        assert row.badge.words == verdicts[row.cluster]
        assert row.doubt == pytest.approx(doubt[row.cluster] / row.size)
        assert sum(share.share for share in row.outcome) == pytest.approx(1)


def test_the_legend_names_an_outcome_that_the_first_cluster_lacks(tables: RunTables) -> None:
    first, second, *_ = overview(tables, cluster_names(tables))
    gap = Share(NOT_OBSERVED, "", 0.1, "#8c8c8c", "✕")
    rows = [first, replace(second, outcome=[*second.outcome, gap])]
    assert [share.name for share in legend(rows)] == ["ARMD", "CSCR", "PCV", NOT_OBSERVED]
    assert legend([replace(first, outcome=[])]) == []


def test_a_row_is_sorted_by_what_its_badge_judges(tables: RunTables) -> None:
    means = overall_stability(tables)
    worse = means[["retrained", "replicas"]].min(axis=1)
    assert {row.cluster: row.stability for row in overview(tables, cluster_names(tables))} == worse.to_dict()


def test_what_is_not_shown_is_marked_and_sorted_last(tables: RunTables) -> None:
    table1 = tables.table1.assign(size=tables.table1["size"].where(tables.table1["cluster"] != 2))
    hidden = replace(tables, table1=table1)
    row = overview(hidden, cluster_names(hidden))[1]
    assert (row.patients, row.doubtful, row.size, row.doubt) == (MARK, MARK, -1, -1)


def test_the_map_has_the_differences_of_the_profiles(tables: RunTables) -> None:
    found, profiles = heat_map(tables), tables.meaning.profiles
    place = found.heads.index("Polyps")
    own = profiles[(profiles["column"] == "polyps") & (profiles["category"] == "present")].set_index("cluster")
    for cluster, cells in found.rows:
        difference = own["standardized_difference"][cluster]
        assert cells[place].value == pytest.approx(max(-99, min(99, difference)))
        assert cells[place].level == pytest.approx(max(-1, min(1, difference / 2)))
        assert cells[place].text.startswith("+" if difference >= 0.05 else "−" if difference <= -0.05 else "0.0")


def test_of_two_categories_one_is_in_the_map_and_a_number_is_one_column(tables: RunTables) -> None:
    assert [head for head in heat_map(tables).heads if head.startswith(("Sex", "Age"))] == ["Age", "Sex: female"]


def test_infinite_differences_have_the_full_colour(tables: RunTables) -> None:
    profiles = tables.meaning.profiles.copy()
    own = (profiles["column"] == "polyps") & (profiles["cluster"] == 1)
    profiles.loc[own, "standardized_difference"] = -math.inf
    found = heat_map(replace(tables, meaning=replace(tables.meaning, profiles=profiles)))
    cell = found.rows[0][1][found.heads.index("Polyps")]
    assert (cell.text, cell.level) == ("−∞", -1.0)
    assert math.isfinite(cell.value)


def test_what_the_gate_hides_is_marked(tables: RunTables) -> None:
    profiles = tables.meaning.profiles.copy()
    profiles.loc[profiles["cluster"] == 1, "standardized_difference"] = math.nan
    cells = heat_map(replace(tables, meaning=replace(tables.meaning, profiles=profiles))).rows[0][1]
    assert all(math.isnan(cell.level) and cell.words == "not shown" for cell in cells)


def test_of_many_columns_those_that_differ_most_are_shown(clinic: RunTables) -> None:
    found = heat_map(clinic)
    shares = clinic.schema["region"].categories
    assert len(found.heads) + found.left_out == 7 - 1 + 3 + len(shares)
    assert len(found.heads) <= 24
