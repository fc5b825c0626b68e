"""``retina-vae vae`` in chunks, and ``vae-gather``."""

import json
from pathlib import Path

import pandas as pd
import pytest
import yaml
from typer.testing import CliRunner

from retina_vae.commands.vae import app as vae
from retina_vae.commands.vae_gather import app as vae_gather
from retina_vae.errors import InputError
from tests.assign.runs import TYPED, make_run

FILES = ("weights.safetensors", "model.json", "history.parquet")


@pytest.fixture
def folder(tmp_path: Path, simulated_patients: pd.DataFrame) -> Path:
    patients = simulated_patients.iloc[::50].reset_index(drop=True)
    short = {"objective": "importance_weighted", "epochs": 2, "refit_epochs": 1, "batch_size": 30}
    chunks = {"chunks": 3, "replicas": 5, "replicas_per_pass": 2}
    return make_run(tmp_path, patients, TYPED | short | chunks, "importance", "draws")


def call(folder: Path, command, *arguments: str):
    arguments = ("--config", str(folder / "config.yaml"), "--model", "d2", *arguments)
    result = CliRunner().invoke(command, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.stderr
    return result


def trained(folder: Path) -> dict[str, bytes]:
    return {name: (folder / "vae/d2" / name).read_bytes() for name in FILES}


def change(folder: Path, **vae: int | None) -> None:
    path = folder / "config.yaml"
    values = yaml.safe_load(path.read_text())
    values["vae"] |= vae
    path.write_text(yaml.safe_dump(values))


def train_chunks(folder: Path, total: int = 3) -> list[str]:
    """The last one first, as jobs come."""
    order = [total, *range(1, total)]
    return [call(folder, vae, "--chunk", f"{number}/{total}").stderr for number in order]


@pytest.mark.parametrize(("total", "first"), [(2, "1 to 4"), (3, "1 to 2")])
def test_the_chunks_together_are_the_bytes_of_one_job(folder: Path, total: int, first: str) -> None:
    change(folder, chunks=total)
    call(folder, vae)
    alone = trained(folder)
    for name in FILES:
        (folder / "vae/d2" / name).unlink()
    said = train_chunks(folder, total)
    assert f"vae: chunk 1 of {total}: replicas {first}\n" in said[1]
    assert not (folder / "vae/d2/weights.safetensors").exists()
    assert f"5 replicas of d2 from {total} chunks" in call(folder, vae_gather).stderr
    assert trained(folder) == alone
    assert pd.read_parquet(folder / "vae/d2/history.parquet")["replica"].tolist() == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]


def test_a_chunk_that_others_leave_nothing_says_so_and_is_gathered(folder: Path) -> None:
    change(folder, replicas_per_pass=None)
    call(folder, vae)
    alone = trained(folder)
    said = train_chunks(folder)
    assert "chunk 3 of 3 has no replica: 5 are trained in one pass" in said[0]
    call(folder, vae_gather)
    assert trained(folder) == alone


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"seeds": [7, 8]}, r"whose replicas have the seeds \[101, 102, 103, 104, 105\]"),
        ({"device": "cuda"}, r"differ in \['device'\]"),
    ],
)
def test_chunks_that_do_not_fit_together_are_refused(folder: Path, change: dict, words: str) -> None:
    train_chunks(folder)
    path = folder / "vae/d2/chunk-2/model.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    before = trained_now(folder)
    with pytest.raises(InputError, match=rf"d2: expected chunks of one model, .*{words}.* train them again"):
        call(folder, vae_gather)
    assert trained_now(folder) == before


def trained_now(folder: Path) -> dict[str, bytes]:
    """The model that was there before, and has no history."""
    return {name: (folder / "vae/d2" / name).read_bytes() for name in FILES[:2]}


def test_a_chunk_that_is_missing_is_named(folder: Path) -> None:
    call(folder, vae, "--chunk", "1/3")
    with pytest.raises(InputError, match=r"chunk-2/model\.json"):
        call(folder, vae_gather)
