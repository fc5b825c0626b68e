"""The commands on a run whose one cluster holds all patients: there is no other to compare it with."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
import torch
import typer
import yaml
from typer.testing import CliRunner

from retina_vae.commands import describe, doubt, explorer, stability
from tests.assign.runs import TYPED, make_run


@pytest.fixture(scope="module", params=["kmeans", "gaussian_mixture"])
def folder(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, simulated_patients: pd.DataFrame
) -> Path:
    patients = simulated_patients.iloc[::50].reset_index(drop=True)
    folder = make_run(tmp_path_factory.mktemp("one"), patients, TYPED, "none", "means", method=request.param, k=1)
    values = yaml.safe_load((folder / "config.yaml").read_text())
    values["stability"] = {"bootstraps": 3, "retrained": 0, "n_init": 1}
    (folder / "config.yaml").write_text(yaml.safe_dump(values))
    return folder


def call(app: typer.Typer, folder: Path) -> str:
    threads = torch.get_num_threads()
    result = CliRunner().invoke(app, ["--config", str(folder / "config.yaml")], catch_exceptions=False)
    torch.set_num_threads(threads)
    assert result.exit_code == 0
    return result.stderr


def test_its_profile_has_no_others_and_no_test_is_made(folder: Path) -> None:
    assert call(describe.app, folder).endswith(" describe: one cluster holds all patients, so nothing is compared\n")
    profiles = pd.read_csv(folder / "clusters" / "profiles.csv", keep_default_na=False, na_values=[""])
    assert profiles["inside"].notna().all()
    assert profiles[["outside", "standardized_difference"]].isna().all(axis=None)
    assert pd.read_csv(folder / "clusters" / "differences.csv")["p_value"].isna().all()
    assert pd.read_csv(folder / "clusters" / "rules.csv")["rule"].tolist() == ["all patients"]


def test_it_is_found_again_whatever_is_done(folder: Path) -> None:
    assert "found again whatever is done" in call(stability.app, folder)
    assert pd.read_csv(folder / "clusters" / "bootstrap.csv")["jaccard_mean"].tolist() == [1.0]


def test_nobody_is_in_doubt_and_no_cluster_is_next(folder: Path) -> None:
    call(doubt.app, folder)
    (row,) = pd.read_csv(folder / "clusters" / "doubt.csv").to_dict("records")
    assert (row["mean_probability"], row["mean_entropy"], row["doubtful"]) == (1, 0, 0)
    assert pd.isna(row["neighbour"])
    assert pd.isna(row["neighbour_probability"])


def test_a_browser_gets_its_one_centre(folder: Path) -> None:
    call(explorer.app, folder)
    assert (folder / "assign" / "explorer.json").is_file()
