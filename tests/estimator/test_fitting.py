"""A fit is the computation of the workflow's commands."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from retina_vae import RetinaVAE
from retina_vae.opening import load_run as open_run_folder
from tests.clinic import ClinicTable
from tests.estimator.runs import PARAMETERS, run_commands


def codes_of(folder: Path, replica: int) -> np.ndarray:
    table = pd.read_parquet(folder / "latent/d2/codes.parquet")
    return table.loc[table["replica"] == replica, ["mean_1", "mean_2"]].to_numpy()


def test_a_fit_has_the_clusters_the_codes_and_the_replica_of_the_run(fitted: RetinaVAE, folder: Path) -> None:
    assignments = pd.read_parquet(folder / "clusters/assignments.parquet")
    np.testing.assert_array_equal(fitted.labels_ + 1, assignments["cluster"])
    replicas = pd.read_csv(folder / "clusters/replicas.csv")
    assert fitted.replica_ == replicas.loc[replicas["reported"], "replica"].item()
    np.testing.assert_array_equal(fitted.codes_, codes_of(folder, fitted.replica_))
    pd.testing.assert_frame_equal(fitted.agreement_, pd.read_csv(folder / "clusters/agreement.csv"))
    pd.testing.assert_frame_equal(fitted.stability_, pd.read_csv(folder / "clusters/stability.csv"))
    pd.testing.assert_frame_equal(fitted.history_, pd.read_parquet(folder / "vae/d2/history.parquet"))
    assert (fitted.n_clusters_, fitted.structure_) == (4, None)


def test_a_fit_finds_the_number_of_clusters_that_the_run_finds(
    tmp_path: Path, clinic_table: ClinicTable, frame: pd.DataFrame, folder: Path
) -> None:
    folder = run_commands(tmp_path, clinic_table, "auto", trained=folder)
    run = open_run_folder(folder, lambda settings: [])
    fitted = RetinaVAE(schema=tmp_path / "schema.yaml", **PARAMETERS).fit(frame)
    assert fitted.n_clusters_ == run.settings.clusters.number > 1
    assert fitted.structure_ is not None
    assert fitted.structure_["answer"].item() == pd.read_csv(folder / "clusters/latent_structure.csv")["answer"].item()
    np.testing.assert_array_equal(fitted.labels_ + 1, run.table("clusters/assignments.parquet")["cluster"])


def test_the_threads_of_torch_are_as_before(clinic_table: ClinicTable, frame: pd.DataFrame) -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        RetinaVAE(2, schema=clinic_table.schema, **PARAMETERS | {"epochs": 1, "replicas": 1}).fit(frame).predict(frame)
        assert torch.get_num_threads() == 3
    finally:
        torch.set_num_threads(before)


def test_progress_is_shown_where_it_is_asked_for(
    clinic_table: ClinicTable, frame: pd.DataFrame, capsys: pytest.CaptureFixture[str]
) -> None:
    short = PARAMETERS | {"epochs": 2, "replicas": 1}
    RetinaVAE(2, schema=clinic_table.schema, **short).fit(frame)
    assert capsys.readouterr() == ("", "")
    RetinaVAE(2, schema=clinic_table.schema, verbose=True, **short).fit(frame)
    assert "vae, epochs over replicas: 7/7" in capsys.readouterr().err
