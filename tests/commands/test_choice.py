"""``retina-vae choose`` on a small run: what it writes and what it says of numbers that it cannot compare."""

from pathlib import Path

import pandas as pd
import pytest
import yaml
from typer.testing import CliRunner

from retina_vae.commands.choice import app
from retina_vae.files import read_table
from tests.assign.runs import TYPED, make_run


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, simulated_patients: pd.DataFrame) -> Path:
    """A run of 15 patients."""
    patients = simulated_patients.iloc[::200].reset_index(drop=True)
    return make_run(tmp_path_factory.mktemp("choice"), patients, TYPED, "none", "means")


def said(folder: Path, k_max: int) -> str:
    values = yaml.safe_load((folder / "config.yaml").read_text())
    values["choice"] = {"k_max": k_max, "references": 2, "sample": 10}
    path = folder / f"config-{k_max}.yaml"
    path.write_text(yaml.safe_dump(values))
    result = CliRunner().invoke(app, ["--config", str(path)], catch_exceptions=False)
    assert result.exit_code == 0
    return result.stderr


def test_numbers_beyond_half_of_the_patients_are_left_out_and_it_is_said(folder: Path) -> None:
    assert "choose: numbers of clusters up to 7 were compared, not to choice.k_max = 20" in said(folder, 20)
    for name in ("criteria", "tree"):
        assert read_table(folder / "clusters" / f"{name}.csv")["k"].max() == 7


def test_numbers_that_can_all_be_compared_need_no_word(folder: Path) -> None:
    assert "k_max" not in said(folder, 3)
    tree = read_table(folder / "clusters" / "tree.csv")
    assert list(tree.columns) == ["replica", "k", "cluster", "size", "parent", "patients", "share"]
    assert sorted(tree["replica"].unique()) == [1, 2]
    assert tree.loc[tree["k"] == 1, "parent"].isna().all()
