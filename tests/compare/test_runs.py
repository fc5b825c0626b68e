from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from retina_vae.compare import open_run
from retina_vae.errors import RetinaVaeError
from tests.compare.conftest import MANIFEST
from tests.manifests import sign

Make = Callable[..., Path]


def test_a_run_is_opened_where_it_was_moved_to(
    make: Make, patients: pd.DataFrame, clusters: np.ndarray, tmp_path: Path
):
    folder = make("r", patients, clusters, consensus=7 - clusters)
    moved = tmp_path / "elsewhere" / "x"
    shutil.copytree(folder, moved)
    run = open_run(moved)
    np.testing.assert_array_equal(run.clusters, clusters)
    np.testing.assert_array_equal(run.consensus, 7 - clusters)
    assert run.identifiers.tolist() == patients["patient_id"].tolist()
    assert run.manifest.items() >= MANIFEST.items()
    assert run.table("clusters/latent_structure.csv", []) is run.text("clusters/choice.txt") is None


def remove(name: str) -> Callable[[Path], None]:
    return lambda folder: shutil.rmtree(folder / name) if (folder / name).is_dir() else (folder / name).unlink()


def an_older_configuration(folder: Path) -> None:
    (folder / "config.yaml").write_text((folder / "config.yaml").read_text() + "an_older_key: 1\n")


def an_older_model(folder: Path) -> None:
    an_older_configuration(folder)
    (folder / "vae/d2").mkdir(parents=True)
    (folder / "vae/d2/model.json").write_text(json.dumps({"format": 1}))


def another_run(folder: Path) -> None:
    path = folder / "clusters/assignments.parquet"
    pd.read_parquet(path).assign(cluster=1).to_parquet(path, index=False)


def an_older_run(folder: Path) -> None:
    (folder / "manifest.json").write_text(json.dumps({"run": "r"}))


def change_assignments(change: Callable[[pd.DataFrame], pd.DataFrame]) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        path = folder / "clusters/assignments.parquet"
        change(pd.read_parquet(path)).to_parquet(path, index=False)
        sign(folder)

    return damage


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (remove("config.yaml"), "expected the folder of a run with its config.yaml"),
        (remove("clusters"), "expected a finished run, but .*clusters/stability.csv"),
        (remove("cohort/patients.parquet"), "expected a finished run, but .*patients.parquet"),
        (an_older_configuration, "an_older_key: expected no such key"),
        (an_older_model, "expected a model of format 3, got 1"),
        (change_assignments(lambda table: table.iloc[::-1]), "expected the patients of the cohort in their order"),
        (change_assignments(lambda table: table.assign(cluster=7)), "expected clusters from 1 to 6"),
        (change_assignments(lambda table: table.drop(columns="consensus_cluster")), "consensus_cluster.* missing"),
        (another_run, "assignments.parquet: expected the file that the run's manifest.json speaks of, found another"),
        (remove("manifest.json"), "manifest.json: expected the manifest of a finished run, found none"),
        (an_older_run, "expected the manifest of a run of format 1, got none"),
        (lambda folder: (folder / "manifest.json").write_text("{"), "manifest.json: expected JSON"),
        (lambda folder: (folder / "manifest.json").write_text("[]"), "expected the manifest of a run"),
    ],
)
def test_a_run_that_is_not_whole_is_refused(
    make: Make, patients: pd.DataFrame, clusters: np.ndarray, damage: Callable[[Path], None], message: str
):
    folder = make("r", patients, clusters)
    damage(folder)
    with pytest.raises(RetinaVaeError, match=message) as error:
        open_run(folder)
    assert str(folder) in str(error.value)


def test_a_missing_folder_is_refused(tmp_path: Path):
    with pytest.raises(RetinaVaeError, match="expected the folder of a run"):
        open_run(tmp_path / "nothing")
