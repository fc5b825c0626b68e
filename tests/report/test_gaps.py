"""Shares of missing values inside and outside a cluster."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from retina_vae.report import RunTables
from retina_vae.report.gaps import missing_shares
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
