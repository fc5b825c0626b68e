"""Clusters are named by their largest differences, with the shares that say so."""

from __future__ import annotations

import math
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from retina_vae.clusters.description.profiles import profile_table
from retina_vae.clusters.description.sentences import NOT_DESCRIBED
from retina_vae.report import RunTables
from retina_vae.report.names import Mark, _by_size, cluster_marks, cluster_names
from tests.report.cohorts import CLINIC, categorical

COUNT = 40
"""Patients in the cluster, and as many outside it."""


def plain(count: int) -> pd.DataFrame:
    """Patients in whom no column differs between the first half and the second."""
    half = {
        "smoker": ["no", "yes"],
        "diabetes": ["no", "yes"],
        "visits": [2.0, 4.0],
        "grade": ["mild", "severe"],
        "creatinine": [0.8, 1.2],
        "albumin": [0.0, 30.0],
        "bmi": [24.0, 28.0],
        "region": ["county a", "county b"],
        "follow_up": [1.0, 5.0],
    }
    table = {name: np.tile(values, count // 2) for name, values in half.items()}
    return pd.DataFrame({"patient_id": [f"P{place:04d}" for place in range(count)], **table})


def of_patients(clinic: RunTables, patients: pd.DataFrame) -> RunTables:
    """The run's tables with two clusters, the first half of these patients and the second."""
    clusters = np.repeat([1, 2], len(patients) // 2)
    profiles = profile_table(categorical(patients, CLINIC), clusters, CLINIC, {1: 0, 2: len(patients) // 2})
    table1 = pd.DataFrame({"cluster": [1, 2], "size": [len(patients) / 2] * 2})
    return replace(clinic, meaning=replace(clinic.meaning, profiles=profiles), table1=table1)


def name_with(clinic: RunTables, column: str, inside: list[object]) -> str:
    """The name of the first cluster, whose patients have these values in turn."""
    patients = plain(2 * COUNT)
    values = patients[column].astype(object)
    values.iloc[:COUNT] = list(np.resize(np.array(inside, dtype=object), COUNT))
    return cluster_names(of_patients(clinic, patients.assign(**{column: values.infer_objects()})))[1]


@pytest.mark.parametrize(
    ("column", "inside", "name"),
    [
        ("diabetes", ["yes"], "Diabetes 100 % (others 50 %)"),
        ("diabetes", ["no"], "Diabetes 0 % (others 50 %)"),
        ("diabetes", ["yes", "yes", "yes", "no"], "Diabetes 75 % (others 50 %)"),
        ("grade", ["moderate", "severe"], "Grade moderate or more 100 % (others 50 %)"),
        ("grade", ["severe"], "Grade severe 100 % (others 50 %)"),
        ("visits", [9.0, 11.0], "Visits in the last year 10 (others 3)"),
        ("creatinine", [2.0, 2.4], "Creatinine 2.20 mg/dL (others 1.00)"),
        ("bmi", [34.0, 38.0], "Body mass index 36.0 kg/m² (others 26.0)"),
        ("albumin", [0.0], "Albumin in the urine above 0 0 % (others 50 %)"),
        ("region", ["county a", "county a", "county c"], "Region of the patient's home, as in the register county b"),
    ],
)
def test_every_kind_has_a_name(open_clinic: RunTables, column: str, inside: list[object], name: str) -> None:
    assert name_with(open_clinic, column, inside).replace("\N{NO-BREAK SPACE}", " ").startswith(name)


def test_alike_medians_are_told_by_the_mean(open_clinic: RunTables) -> None:
    """Three of four have the same number of visits; the rest makes the difference."""
    patients = plain(2 * COUNT)
    patients["visits"] = np.r_[np.tile([0.0, 0.0, 0.0, 8.0], COUNT // 4), np.zeros(COUNT)]
    assert cluster_names(of_patients(open_clinic, patients))[1].replace("\N{NO-BREAK SPACE}", " ") == (
        "Mean visits in the last year 2.00 (others 0.00)"
    )


def test_nothing_differs(open_clinic: RunTables) -> None:
    assert cluster_names(of_patients(open_clinic, plain(2 * COUNT))) == dict.fromkeys(
        [1, 2], "Like all other patients in every column"
    )


def test_the_largest_three_come_first(tables: RunTables) -> None:
    """Largest standardised difference first, and what all have that no other has before all else."""
    for cluster in tables.sizes.index:
        sizes = [abs(mark.difference) for mark in cluster_marks(tables, int(cluster))]
        assert sizes == sorted(sizes, reverse=True)
        assert cluster_names(tables)[cluster].count("(") <= 3


def test_a_column_that_half_lack_says_nothing(open_clinic: RunTables) -> None:
    patients = plain(2 * COUNT)
    patients["bmi"] = patients["bmi"].where(np.arange(2 * COUNT) >= COUNT - 5, 99.0)
    assert "Body mass" in cluster_names(of_patients(open_clinic, patients))[1]
    patients.loc[: COUNT // 2, "bmi"] = math.nan
    assert "Body mass" not in cluster_names(of_patients(open_clinic, patients))[1]


def test_what_is_not_shown_is_in_no_name(tables: RunTables) -> None:
    profiles = tables.meaning.profiles.copy()
    profiles.loc[profiles["column"] == "polyps", ["inside", "outside", "standardized_difference"]] = math.nan
    profiles.loc[profiles["column"] == "age", ["inside", "outside"]] = math.nan
    hidden = cluster_names(replace(tables, meaning=replace(tables.meaning, profiles=profiles)))
    assert not any(re.search(r"[Pp]olyps|\b[Aa]ge\b", name) for name in hidden.values())
    assert any(re.search(r"[Pp]olyps|\b[Aa]ge\b", name) for name in cluster_names(tables).values())


def test_a_cluster_whose_size_is_not_shown_has_no_name(tables: RunTables) -> None:
    table1 = tables.table1.assign(size=tables.table1["size"].where(tables.table1["cluster"] != 2))
    assert cluster_names(replace(tables, table1=table1))[2] == NOT_DESCRIBED


def test_of_two_categories_the_frequent_one_is_said_whatever_the_last_digits() -> None:
    """Released differences are equal and opposite but for their rounding."""
    mark = Mark("sex", "sex F", "97", "42", "", 1.5, 0.55)
    rare = replace(mark, what="sex M", difference=-1.5 - 1e-13)
    assert max([rare, mark], key=_by_size) is mark
