"""``retina-vae compare`` as a user runs it, in this process: files, messages, exit codes."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import typer

from retina_vae import cli
from retina_vae.commands import compare as cli_compare
from tests.compare.conftest import write_run
from tests.manifests import sign
from tests.report.conftest import write_run as write_whole_run

Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def runs(simulated_patients: pd.DataFrame, tmp_path: Path) -> tuple[Path, Path]:
    patients = simulated_patients.iloc[::10].reset_index(drop=True)
    clusters = 1 + np.arange(len(patients)) % 4
    a = write_run(tmp_path / "runs" / "a", patients, clusters)
    return a, write_run(tmp_path / "runs" / "b", patients, clusters % 4 + 1, latent={"seed": 9})


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    """Runs the command; answers exit code, standard output and standard error."""
    if not any(group.typer_instance is cli_compare.app for group in cli.app.registered_groups):
        app = typer.Typer(pretty_exceptions_enable=False)
        app.add_typer(cli_compare.app)
        app.callback()(lambda: None)
        monkeypatch.setattr(cli, "app", app)

    def run(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["retina-vae", "compare", *map(str, arguments)])
        with pytest.raises(SystemExit) as stop:
            cli.main()
        return int(stop.value.code or 0), *capsys.readouterr()

    return run


def test_two_runs_are_compared_on_standard_output(call: Call, runs: tuple[Path, Path]):
    code, said, _ = call(*runs)
    assert code == 0
    assert "latent.seed" in said
    assert "A 1            B 2" in said
    assert "\x1b" not in said
    assert max(map(len, said.splitlines())) <= 120


def test_the_same_run_twice_has_changed_nothing(call: Call, runs: tuple[Path, Path]):
    code, said, _ = call(runs[0], runs[0])
    assert code == 0
    assert "None: both runs have the same configuration." in said
    assert said.count("1.000") >= 4
    assert "100 % of the patients keep their cluster" in said


def test_runs_without_a_common_patient_end_well(call: Call, runs: tuple[Path, Path], simulated_patients: pd.DataFrame):
    others = simulated_patients.iloc[5::10].reset_index(drop=True)
    other = write_run(runs[0].parent / "c", others, 1 + np.arange(len(others)) % 3)
    code, said, _ = call(runs[0], other)
    assert code == 0
    assert "The runs have no patient in common" in said
    assert "Measures" in said


def test_the_comparison_is_saved_as_markdown_or_json(call: Call, runs: tuple[Path, Path], tmp_path: Path):
    (tmp_path / "out").mkdir()
    for name in ("out/c.md", "out/c.json"):
        code, _, said = call(*runs, "-o", tmp_path / name)
        assert code == 0
        assert str(tmp_path / name) in said
    assert (tmp_path / "out/c.md").read_text().startswith("# Two runs compared\n")
    assert json.loads((tmp_path / "out/c.json").read_text())["settings"] == [{"key": "latent.seed", "a": [1], "b": [9]}]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["c.json", "c.md"]


def test_a_run_that_was_not_released_has_no_page(call: Call, runs: tuple[Path, Path], tmp_path: Path):
    code, said, fault = call(*runs, "-o", tmp_path / "c.html")
    assert (code, said) == (2, "")
    assert "release" in fault
    assert "Traceback" not in fault
    assert not (tmp_path / "c.html").exists()


def test_the_comparison_is_saved_as_a_page(call: Call, tmp_path: Path):
    folders = [sign(write_whole_run(tmp_path / "runs" / name, per_disease=20)) for name in "ab"]
    code, said, fault = call(*folders, "-o", tmp_path / "c.html")
    assert code == 0
    assert "None: both runs have the same configuration." in said
    assert str(tmp_path / "c.html") in fault
    page = (tmp_path / "c.html").read_text()
    assert page.startswith("<!DOCTYPE html>")
    assert "60 patients are in both runs (60 in A, 60 in B)." in page


@pytest.mark.parametrize("name", ["c.txt", "c", "nowhere/c.md", "runs/a/config.yaml/c.md"])
def test_an_output_that_cannot_be_written_ends_with_code_2(
    call: Call, runs: tuple[Path, Path], tmp_path: Path, name: str
):
    code, _, said = call(*runs, "-o", tmp_path / name)
    assert code == 2
    assert "Error: --output: expected a file that" in said
    assert "Traceback" not in said


def test_a_run_that_is_not_there_or_not_whole_ends_with_code_2(call: Call, runs: tuple[Path, Path], tmp_path: Path):
    code, said, fault = call(runs[0], tmp_path / "nothing")
    assert (code, said) == (2, "")
    assert "expected the folder of a run" in fault
    (runs[1] / "clusters/stability.csv").unlink()
    code, said, fault = call(*runs)
    assert (code, said) == (2, "")
    assert "expected a finished run, but ['clusters/stability.csv'] missing" in fault
