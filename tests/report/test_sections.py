from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from retina_vae.clusters.description.table1 import render_table1
from retina_vae.release.account import doubt_bands
from retina_vae.report import sections
from retina_vae.report.tables import RunTables
from retina_vae.words import MARK
from tests.report.released import People


def test_table_1_is_the_rendered_one(tables: RunTables) -> None:
    table, shown = sections.table1(tables), render_table1(tables.table1, tables.schema)
    assert table.heads == list(shown.columns)
    assert table.rows == shown.astype(str).to_numpy().tolist()


@pytest.mark.parametrize(("within", "cell"), [(24220.2, "24,220"), (103.46, "103"), (53.94, "53.9"), (0.2276, "0.228")])
def test_numbers_of_the_replicas_have_as_many_digits_as_they_carry(within: float, cell: str) -> None:
    replicas = pd.DataFrame({"replica": [1], "loss": [3771.1834], "within_ss": [within], "mean_ari": [0.66]})
    (row,) = sections.replica_table(replicas).rows
    assert row == ["1", "3,771.183", cell, "0.66"]


def bands_of(tables: RunTables, probability: list[float], floor: int = 0) -> list[sections.Band]:
    bands = doubt_bands(np.array(probability), 0.8, floor)
    account = replace(tables.account, patients=len(probability))
    return sections.probability_bands(replace(tables, account=account, doubt=replace(tables.doubt, bands=bands)))


def test_bands_of_few_patients_are_not_shown_nor_one_that_would_give_them_away(tables: RunTables) -> None:
    shown = {b.label: b for b in bands_of(tables, [1.0] * 50 + [0.95] * 20 + [0.85] * 3 + [0.6] * 30, floor=11)}
    assert shown["0.8 to below 0.9"].count == MARK
    assert shown["0.8 to below 0.9"].share == 0
    assert [band.count for band in shown.values()].count(MARK) == 2
    assert shown["1 (every draw)"].count == "50"


def test_probability_bands_hold_every_patient_once(tables: RunTables) -> None:
    bands = bands_of(tables, [1.0, 0.99, 0.9, 0.85, 0.8, 0.5, 0.0])
    assert [band.count for band in bands] == ["1", "2", "2", "1", "1"]
    assert sum(band.share for band in bands) == pytest.approx(1)
    assert [band.label for band in bands][::4] == ["1 (every draw)", "below 0.5"]


def test_agreement_matrix_is_symmetric(tables: RunTables) -> None:
    matrix = np.array(sections.agreement_matrix(tables))
    np.testing.assert_array_equal(matrix, matrix.T)
    assert np.diag(matrix).tolist() == [1, 1, 1]
    assert matrix[0, 2] == tables.agreement.query("replica_a == 1 and replica_b == 3")["ari"].item()


def test_too_many_replicas_have_no_matrix(tables: RunTables) -> None:
    many = pd.DataFrame({"replica": range(1, sections.MOST_MATRIX_REPLICAS + 2)})
    assert sections.agreement_matrix(replace(tables, replicas=many)) == []


def test_cohort_rows_show_shares_with_their_errors(tables: RunTables, people: People) -> None:
    rows = {row[0]: row[1:] for row in sections.cohort_rows(tables).rows}
    share = (people.patients.loc[people.patients["disease"] == "ARMD", "race"] == "Asian").mean()
    error = (share * (1 - share) / 40) ** 0.5
    assert rows["Race: Asian"][0].replace("\N{NO-BREAK SPACE}", "") == f"{share:.1%} ± {error:.1%}"
    assert "Age: variance (years²)" in rows


def test_means_have_a_decimal_more_than_values(open_clinic: RunTables, clinic_people: People) -> None:
    rows = {row[0]: row[1:] for row in sections.cohort_rows(open_clinic).rows}
    known = clinic_people.patients["creatinine"].dropna()
    mean, missing = rows["Creatinine: mean (mg/dL)"]
    assert mean == f"{known.mean():.3f} ± {(known.var() / len(known)) ** 0.5:.3f}"
    assert missing == str(clinic_people.patients["creatinine"].isna().sum())


def test_statistics_of_logarithms_keep_their_digits_and_say_what_they_are_of(open_clinic: RunTables) -> None:
    own = open_clinic.summary.query("column == 'bmi'").iloc[:1]
    made = own.assign(statistic="mean of log", observed=3.25432, standard_error=0.01876)
    (row,) = sections.cohort_rows(replace(open_clinic, summary=made)).rows
    assert row[:2] == ["Body mass index: mean of log (log kg/m²)", "3.254 ± 0.019"]


def test_without_an_outcome_the_patients_are_one_group(clinic: RunTables) -> None:
    assert sections.cohort_rows(clinic).heads == ["Statistic", "All patients", "Missing values"]


def test_what_is_not_observed_is_a_dash_and_what_is_not_shown_a_mark(clinic: RunTables, open_clinic: RunTables) -> None:
    for tables, mark in ((clinic, MARK), (open_clinic, "–")):
        summary = tables.summary.assign(observed=np.nan, missing=np.nan)
        rows = sections.cohort_rows(replace(tables, summary=summary)).rows
        assert {row[1] for row in rows} == {mark}
        assert {row[2] for row in rows} == {MARK}
