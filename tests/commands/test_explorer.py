"""``retina-vae explorer`` as a user runs it, in this process."""

import json
import sys
from pathlib import Path

import pandas as pd
import pytest
import torch

from retina_vae.cli import main
from tests.assign.runs import PAPER, TYPED, make_run
from tests.cohort.pictures import PICTURES, picture_table


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, simulated_patients: pd.DataFrame) -> Path:
    patients = simulated_patients.iloc[::50].reset_index(drop=True)
    return make_run(tmp_path_factory.mktemp("cli"), patients, PAPER, "none", "draws")


def call(config: Path, monkeypatch: pytest.MonkeyPatch, *options: str) -> int:
    threads = torch.get_num_threads()
    monkeypatch.setattr(sys, "argv", ["retina-vae", "explorer", "--config", str(config), *options])
    try:
        with pytest.raises(SystemExit) as stop:
            main()
    finally:
        torch.set_num_threads(threads)
    return int(stop.value.code or 0)


def test_the_same_file_whatever_the_threads(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    path = folder / "assign" / "explorer.json"
    assert call(folder / "config.yaml", monkeypatch) == 0
    once = path.read_bytes()
    assert str(path) in capsys.readouterr().err
    assert call(folder / "config.yaml", monkeypatch, "--threads", "2") == 0
    assert path.read_bytes() == once
    assert json.loads(once)["format"] == 6


@pytest.mark.parametrize("network", ["perceptron", "convolutional"])
def test_of_pictures_there_is_none_and_one_sentence_says_so(
    network: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    layers = {"network": network, "channels": [3], "hidden_units": [8, 4]}
    folder = make_run(tmp_path, picture_table(60), TYPED | layers, "none", "draws", schema=PICTURES)
    assert call(folder / "config.yaml", monkeypatch) == 0
    said = capsys.readouterr().err
    assert "explorer: none, because nobody sets the pixels of a picture in a form; `retina-vae assign` takes" in said
    assert (folder / "assign" / "explorer.json").read_text() == "null\n"


def test_a_run_that_is_not_finished_ends_with_code_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    config = tmp_path / "config.yaml"
    config.write_text(f"run: nothing\nresults: {tmp_path}\nvae: {{latent_dims: [3]}}\nclusters: {{k: 3}}\n")
    assert call(config, monkeypatch) == 2
    assert "expected a file that the step cohort makes, found none" in capsys.readouterr().err
