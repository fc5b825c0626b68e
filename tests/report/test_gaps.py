"""Shares of missing values inside and outside a cluster."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from retina_vae.report import RunTables
from retina_vae.report.alerts import find_alerts
from retina_vae.report.gaps import agreement_in_words, missing_shares, missing_values
from tests.report.released import People


def test_shares_are_those_of_the_patients(open_clinic: RunTables, clinic_people: People) -> None:
    found = missing_shares(open_clinic)
    for cluster in open_clinic.sizes.index:
        own = clinic_people.members(int(cluster))
        others = clinic_people.patients.drop(own.index)
        for column in ("diabetes", "creatinine", "bmi"):
            expected = own[column].isna().mean(), others[column].isna().mean()
            assert found[int(cluster), column] == pytest.approx(expected)


def test_what_is_not_shown_has_no_share(tables: RunTables) -> None:
    table1 = tables.table1.assign(size=tables.table1["size"].where(tables.table1["cluster"] != 1))
    inside, outside = missing_shares(replace(tables, table1=table1))[1, "drusen"]
    assert math.isnan(inside)
    assert math.isnan(outside)


def test_the_section_counts_what_is_missing_by_column_and_together(
    open_clinic: RunTables, clinic_people: People
) -> None:
    found = missing_values(open_clinic)
    patients, names = clinic_people.patients, [column.name for column in open_clinic.schema.inputs]
    lacked = [name for name in names if patients[name].isna().any()]
    assert {row[0] for row in found.columns.rows} == {open_clinic.schema[name].label for name in lacked}
    for row in found.columns.rows:
        name = next(column.name for column in open_clinic.schema.inputs if column.label == row[0])
        assert row[1] == f"{patients[name].isna().sum():,}"
    nothing = next(row for row in found.patterns.rows if row[0] == "nothing")
    assert nothing[1] == f"{(~patients[names].isna().any(axis=1)).sum():,}"
    assert sum(int(row[1].replace(",", "")) for row in found.patterns.rows) == len(patients)


def test_nobody_lacks_anything(tables: RunTables) -> None:
    assert missing_values(tables).nothing == "No patient lacks a value in any of the inputs."


@pytest.mark.parametrize(
    ("ami", "p_value", "said"),
    [
        (0.01, 0.4, "do not go with what is missing more than by chance"),
        (0.08, 0.001, "a little, and more than by chance"),
        (0.6, 0.001, "They may be made by the gaps."),
    ],
)
def test_agreement_is_judged_by_its_size_and_by_chance(
    open_clinic: RunTables, ami: float, p_value: float, said: str
) -> None:
    table = open_clinic.meaning.missingness
    whole = table["column"] == ""
    table = table.assign(ami=table["ami"].mask(whole, ami), p_value=table["p_value"].mask(whole, p_value))
    changed = replace(open_clinic, meaning=replace(open_clinic.meaning, missingness=table))
    assert said in agreement_in_words(changed)
    title = "Gaps make clusters"
    assert (title in {alert.title for alert in find_alerts(changed)}) == (ami >= 0.3)
