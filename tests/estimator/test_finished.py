"""Finished runs as objects, and the estimator that stands for one."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from retina_vae import RetinaVAE, load_run
from retina_vae.assign import assign_file
from retina_vae.assign import load_run as open_for_assign
from retina_vae.assign.sureness import load_sureness
from retina_vae.errors import InputError
from retina_vae.estimator import FinishedRun
from retina_vae.progress import silent
from tests.clinic import clinic_patients
from tests.manifests import sign


@pytest.fixture(scope="module")
def run(folder: Path) -> FinishedRun:
    return load_run(str(folder))


@pytest.fixture(scope="module")
def new() -> pd.DataFrame:
    """Patients whom the run has not seen, with identifiers that it has, and without what it does not read."""
    return clinic_patients(60, seed=9)[0]


def test_released_tables_come_by_name_without_small_counts(run: FinishedRun, folder: Path) -> None:
    full, released = pd.read_csv(folder / "clusters/counts.csv"), run.tables["counts"]
    known = released["patients"].notna()
    assert (full.loc[known, "patients"] == released.loc[known, "patients"]).all()
    assert (~known & full["patients"].between(1, 10)).sum() > 10
    assert not released["patients"].between(1, 10).any()
    assert run.tables["table1"]["size"].sum() == 240
    assert run.tables["d2/history"].groupby("replica").size().tolist() == [30 - 5] * 3
    assert {"summary", "profiles", "stability", "rules", "doubt"} <= set(run.tables)
    assert len(run.tables) == len(list(run.tables))


def test_numbers_are_numbers_and_names_texts(run: FinishedRun) -> None:
    tables = run.tables
    numbers = {"structure": "value", "differences": "statistic", "d2/traversals": "value", "profiles": "inside"}
    assert {name: tables[name][column].dtype.kind for name, column in numbers.items() if name in tables} == {
        name: "f" for name in numbers if name in tables
    }
    assert {"structure", "differences", "profiles"} <= set(tables)
    assert set(tables["profiles"]["statistic"]) >= {"share", "mean"}


def test_no_table_of_that_name_says_which_there_are(run: FinishedRun) -> None:
    with pytest.raises(KeyError, match=r"assignments: expected one of .*'table1'"):
        run.tables["assignments"]


def test_rows_of_patients_are_attributes(run: FinishedRun, fitted: RetinaVAE, frame: pd.DataFrame) -> None:
    assert run.patients["record_id"].tolist() == frame["record_id"].tolist()
    assert (run.assignments["cluster"] == fitted.labels_ + 1).all()
    np.testing.assert_array_equal(run.codes[["mean_1", "mean_2"]], fitted.codes_)
    assert run.schema["visits"].kind == "count"
    assert run.configuration.clusters.number == 4
    assert repr(run) == f"<4 clusters in {run.folder}>"


def test_its_model_says_what_assign_says(run: FinishedRun, new: pd.DataFrame, folder: Path, tmp_path: Path) -> None:
    new.to_parquet(tmp_path / "new.parquet")
    trained = open_for_assign(folder)
    assign_file(trained, tmp_path / "new.parquet", tmp_path / "assigned.parquet", silent)
    assigned, model = pd.read_parquet(tmp_path / "assigned.parquet"), run.model()
    np.testing.assert_array_equal(model.predict(new) + 1, assigned["cluster"])
    shares = [f"probability_{cluster}" for cluster in range(1, 5)]
    np.testing.assert_allclose(model.predict_proba(new), assigned[shares], atol=1e-6)
    np.testing.assert_allclose(model.transform(new), assigned[["mean_1", "mean_2"]], atol=1e-6)
    np.testing.assert_allclose(model.score_samples(new), assigned["typicality"], atol=1e-4)
    pd.testing.assert_frame_equal(model.assign(new).astype({"record_id": "str"}), assigned)
    sureness = load_sureness(folder, trained.known.features)
    assign_file(trained, tmp_path / "new.parquet", tmp_path / "sure.parquet", silent, sureness=sureness)
    sure = model.assign(new, sure=True).astype({"record_id": "str", "sure": "str"})
    pd.testing.assert_frame_equal(sure, pd.read_parquet(tmp_path / "sure.parquet"))
    assert sure.columns.tolist() == [*assigned.columns, "disagreement", "sure"]


def test_its_model_keeps_what_the_run_says_of_its_own_patients(run: FinishedRun, frame: pd.DataFrame) -> None:
    model = run.model()
    np.testing.assert_array_equal(model.predict(frame), model.labels_)
    np.testing.assert_array_equal(model.transform(frame.sample(frac=1, random_state=1).sort_index()), model.codes_)
    assert model.assign(frame)["known"].all()


def test_a_fit_with_the_parameters_of_its_model_is_the_run_again(run: FinishedRun, frame: pd.DataFrame) -> None:
    model = run.model()
    again = clone(model).fit(frame)
    np.testing.assert_array_equal(again.labels_, model.labels_)
    np.testing.assert_array_equal(again.codes_, model.codes_)
    assert again.replica_ == model.replica_


def test_a_folder_without_a_run_is_one_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"expected the folder of a run, results/<run>, but there is none"):
        load_run(tmp_path / "nothing")


def test_a_run_that_is_not_finished_is_one_error(folder: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(folder, tmp_path / "r")
    shutil.rmtree(copy / "release")
    with pytest.raises(InputError, match=r"expected a finished run, but \['release/gate.json'\] missing"):
        load_run(copy)
    (copy / "manifest.json").unlink()
    with pytest.raises(InputError, match=r"manifest.json"):
        load_run(copy)


def test_a_table_that_was_changed_is_named_when_it_is_read(folder: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(folder, tmp_path / "r")
    sign(copy)
    run = load_run(copy)
    path = copy / "release/clusters/table1.csv"
    path.write_text(path.read_text().replace("1", "2"))
    with pytest.raises(InputError, match=r"table1.csv: .*found another"):
        run.tables["table1"]
