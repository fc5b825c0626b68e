from __future__ import annotations

from dataclasses import replace

import pytest

from retina_vae.report.profile_lines import profile_lines
from retina_vae.report.tables import RunTables
from tests.report.released import People
from tests.report.test_cards import numbers


def test_profiles_show_the_cluster_beside_all_others(tables: RunTables, people: People) -> None:
    profile, own = profile_lines(tables, 1), people.members(1)
    others = people.patients.drop(own.index)
    lines = {line.label: line for line in profile}
    assert numbers(lines["Polyps"].inside) == [round(100 * (own["polyps"] == "present").mean())]
    assert numbers(lines["Race: Asian"].outside)[0] == pytest.approx(100 * (others["race"] == "Asian").mean(), abs=0.51)
    assert numbers(lines["Age (years): median (quartiles)"].inside)[0] == round(own["age"].median())
    assert {line.medoid for line in profile} - {"yes", "no"} == {lines["Age (years): median (quartiles)"].medoid}


@pytest.mark.parametrize(
    ("q", "fitted", "other"), [(0.02, "−0.30 (q = 0.020)", "−0.30, q = 0.020"), (0.0004, "−0.30", "−0.30, q < 0.001")]
)
def test_q_values_of_fitted_columns_are_in_brackets_and_of_others_not(
    tables: RunTables, q: float, fitted: str, other: str
) -> None:
    """Of a column that made the clusters a small q is not written; of the others it is."""
    differences = tables.meaning.differences.assign(q_value=q, effect_size=-0.3)
    changed = replace(tables, meaning=replace(tables.meaning, differences=differences))
    lines = {line.label: line.effect for line in profile_lines(changed, 1)}
    assert lines["Polyps"] == fitted
    assert lines["Disease: ARMD"] == other
    assert lines["Disease: CSCR"] == ""


def test_a_column_with_gaps_says_how_many_are_known(open_clinic: RunTables, clinic_people: People) -> None:
    lines, own = [line.label for line in profile_lines(open_clinic, 1)], clinic_people.members(1)
    assert f"Diabetes, {own['diabetes'].notna().sum()} observed" in lines
    assert f"Grade: mild, {own['grade'].notna().sum()} observed" in lines
    assert "Grade: moderate" in lines
    assert "Body mass index (kg/m²): median (quartiles)" in lines


def test_numbers_have_the_decimals_of_their_range(open_clinic: RunTables, clinic_people: People) -> None:
    own = clinic_people.members(1)
    lines = {line.label.split(":")[0]: line for line in profile_lines(open_clinic, 1)}
    low, middle, high = own["creatinine"].quantile([0.25, 0.5, 0.75])
    assert lines["Creatinine (mg/dL)"].inside == f"{middle:.2f} ({low:.2f} to {high:.2f})"
    assert lines["Visits in the last year"].inside.startswith(f"{own['visits'].median():g} (")


def test_of_a_number_that_is_often_0_the_share_above_it_is_a_line(
    open_clinic: RunTables, clinic_people: People
) -> None:
    lines, own = profile_lines(open_clinic, 1), clinic_people.members(1)["albumin"].dropna()
    place = next(i for i, line in enumerate(lines) if line.label == "Albumin in the urine: above 0")
    assert lines[place - 1].label.startswith("Albumin in the urine (mg/day): median")
    assert numbers(lines[place].inside) == [round(100 * (own > 0).mean())]
    assert lines[place].repeated == "Albumin in the urine: "
