from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from retina_vae.cohort import simulate
from retina_vae.cohort.simulated.epidemiology import Epidemiology
from retina_vae.compare import open_run
from retina_vae.compare.patients import match_patients
from retina_vae.files import write_text
from retina_vae.studies.macular.schema import MACULAR
from tests.manifests import sign

Make = Callable[..., Path]


def test_the_same_patients_in_another_order_are_matched(make: Make, patients: pd.DataFrame, clusters: np.ndarray):
    order = np.random.default_rng(1).permutation(len(patients))
    a = open_run(make("a", patients, clusters))
    b = open_run(make("b", patients.iloc[order].reset_index(drop=True), clusters[order]))
    overlap = match_patients(a, b)
    np.testing.assert_array_equal(overlap.a, np.arange(len(patients)))
    np.testing.assert_array_equal(a.clusters[overlap.a], b.clusters[overlap.b])
    assert (overlap.only_a, overlap.only_b, overlap.renamed, overlap.differing) == (0, 0, 0, {})


def test_patients_of_one_run_alone_are_counted(make: Make, patients: pd.DataFrame, clusters: np.ndarray):
    a = open_run(make("a", patients[:200], clusters[:200]))
    b = open_run(make("b", patients[50:].reset_index(drop=True), clusters[50:]))
    overlap = match_patients(a, b)
    assert (len(overlap.a), overlap.only_a, overlap.only_b, overlap.renamed) == (150, 50, 100, 0)
    assert a.identifiers.iloc[overlap.a].tolist() == b.identifiers.iloc[overlap.b].tolist()


def test_equal_identifiers_of_another_cohort_are_other_patients(
    make: Make, epidemiology: Epidemiology, clusters: np.ndarray
):
    cohorts = [simulate(epidemiology, MACULAR, 100, seed) for seed in (1, 2)]
    a, b = (open_run(make(name, own, clusters)) for name, own in zip("ab", cohorts, strict=True))
    overlap = match_patients(a, b)
    assert (len(overlap.a), overlap.only_a, overlap.only_b, overlap.renamed) == (0, 300, 300, 300)
    assert overlap.differing["age"] == 300
    assert overlap.differing["sex"] == (cohorts[0]["sex"] != cohorts[1]["sex"]).sum()
    assert "disease" not in overlap.differing


@pytest.mark.parametrize(("change", "same"), [(1e-12, True), (1e-3, False)])
def test_a_rounding_error_makes_no_other_patient(
    make: Make, patients: pd.DataFrame, clusters: np.ndarray, change: float, same: bool
):
    other = patients.assign(age=patients["age"] + np.where(patients.index == 3, change, 0))
    overlap = match_patients(open_run(make("a", patients, clusters)), open_run(make("b", other, clusters)))
    assert overlap.renamed == (0 if same else 1)
    assert overlap.differing == ({} if same else {"age": 1})
    assert len(overlap.a) == len(patients) - overlap.renamed


def test_missing_values_are_equal_to_each_other_alone(make: Make, patients: pd.DataFrame, clusters: np.ndarray):
    run = open_run(make("a", patients, clusters))
    holes = patients.assign(
        age=patients["age"].where(patients.index != 3), sex=patients["sex"].where(patients.index != 5)
    )
    a, b = replace(run, patients=holes), replace(run, patients=holes.copy())
    assert match_patients(a, b).renamed == 0
    assert match_patients(a, run).differing == {"age": 1, "sex": 1}


def test_columns_that_one_run_lacks_are_named_and_the_others_compared(
    make: Make, patients: pd.DataFrame, clusters: np.ndarray
):
    a, folder = open_run(make("a", patients, clusters)), make("b", patients.drop(columns="srh"), clusters)
    schema = yaml.safe_load(MACULAR.to_yaml())
    schema["fields"] = [field for field in schema["fields"] if field["name"] != "srh"]
    write_text(yaml.safe_dump(schema), folder / "cohort/schema.yaml")
    sign(folder)
    overlap = match_patients(a, open_run(folder))
    assert (overlap.columns_only_a, overlap.columns_only_b) == (["srh"], [])
    assert len(overlap.a) == len(patients)
