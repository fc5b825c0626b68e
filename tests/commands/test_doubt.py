"""``retina-vae doubt`` as the workflow runs it, in this process."""

import re
from pathlib import Path

import pandas as pd
import pytest
import torch
import yaml
from typer.testing import CliRunner

from retina_vae.commands import doubt
from tests.assign.runs import PAPER, make_run


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, simulated_patients: pd.DataFrame) -> Path:
    patients = simulated_patients.iloc[::50].reset_index(drop=True)
    return make_run(tmp_path_factory.mktemp("doubt"), patients, PAPER, "none", "draws")


def said(folder: Path, doubtful_below: float) -> str:
    """What the command says of the run with this bound, without times and seconds."""
    values = yaml.safe_load((folder / "config.yaml").read_text())
    values["clusters"]["doubtful_below"] = doubtful_below
    config = folder / f"below_{doubtful_below}.yaml"
    config.write_text(yaml.safe_dump(values))
    threads = torch.get_num_threads()
    result = CliRunner().invoke(doubt.app, ["--config", str(config)], catch_exceptions=False)
    torch.set_num_threads(threads)
    assert result.exit_code == 0, result.stderr
    return re.sub(r"(?m)^\d{4}-\d\d-\d\dT[\d:]+ |[0-9.]+ s\b", "", result.stderr)


def test_the_log_tells_nothing_of_how_many_are_doubtful(folder: Path) -> None:
    """It leaves the machine beside a report; a number of doubtful patients can be one of few."""
    texts, doubtful = [], []
    for bound in (0.5, 0.99):
        texts.append(said(folder, bound))
        doubtful.append(len(pd.read_csv(folder / "clusters" / "doubtful.csv")))
    assert doubtful[0] < doubtful[1]
    assert texts[0] == texts[1]
