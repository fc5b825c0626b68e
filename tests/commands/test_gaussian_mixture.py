"""A run whose codes a Gaussian mixture clusters, through every command that asks for its clusters."""

import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
import yaml

from retina_vae.cli import main
from retina_vae.clusters.partitions.storage import read_partition
from retina_vae.config_files import load_configuration
from retina_vae.files import write_table
from retina_vae.latent import Codes
from retina_vae.run import Run
from tests.assign.runs import PAPER, make_run
from tests.manifests import sign

COMMANDS = ("clusters", "choose", "stability", "doubt", "describe", "explorer")


@pytest.fixture(scope="module")
def patients(simulated_patients: pd.DataFrame) -> pd.DataFrame:
    return simulated_patients.iloc[::25].reset_index(drop=True)


def call(*arguments: str) -> int:
    threads = torch.get_num_threads()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["retina-vae", *arguments])
        with pytest.raises(SystemExit) as stop:
            main()
    torch.set_num_threads(threads)
    return int(stop.value.code or 0)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, patients: pd.DataFrame) -> Path:
    """The run, after all its commands."""
    home = tmp_path_factory.mktemp("mixture")
    folder = make_run(home, patients, PAPER, "none", "draws", "gaussian_mixture")
    values = yaml.safe_load((folder / "config.yaml").read_text())
    values["choice"] = {"k_max": 3, "references": 2, "sample": 50}
    values["stability"] = {"bootstraps": 4, "retrained": 0, "n_init": 1}
    (folder / "config.yaml").write_text(yaml.safe_dump(values))
    history = pd.DataFrame({"replica": [1, 2], "epoch": 1, "loss": [2.0, 1.0]})
    write_table(history, folder / "vae" / "d2" / "history.parquet")
    for command in COMMANDS:
        assert call(command, "--config", str(folder / "config.yaml")) == 0, command
    sign(folder)
    return folder


def codes_of(folder: Path, patients: pd.DataFrame) -> Codes:
    table = pd.read_parquet(folder / "latent" / "d2" / "codes.parquet")
    return Codes.from_table(table, patients["patient_id"].tolist())


def test_patients_have_the_component_of_the_largest_mean_responsibility(folder: Path, patients: pd.DataFrame) -> None:
    run = Run(load_configuration(folder / "config.yaml"), folder)
    settings, reported = run.settings.clusters, run.reported
    partition = read_partition(folder / "clusters" / "centers.csv", reported, settings)
    assignments = pd.read_parquet(folder / "clusters" / "assignments.parquet")
    codes = codes_of(folder, patients)
    responsibility = partition.probabilities(codes.draws[reported - 1].astype(float)).mean(axis=0)
    np.testing.assert_array_equal(assignments["cluster"] - 1, responsibility.argmax(axis=1))
    # Doubt integrates q(z | x), which has independent dimensions here, over more draws.
    noise = np.random.default_rng(0).normal(size=(4000, 1, 2))
    many = codes.mean[reported - 1] + codes.scale[reported - 1] * noise
    doubt = pd.read_parquet(folder / "clusters" / "probabilities.parquet").filter(regex=r"^probability_\d")
    np.testing.assert_allclose(doubt, partition.probabilities(many).mean(axis=0), atol=0.02)


def test_resampled_patients_are_clustered_by_mixtures(folder: Path) -> None:
    """The clusters of a mixture come back among mixtures at least as well as chance would have it."""
    bootstrap = pd.read_csv(folder / "clusters" / "bootstrap.csv")
    variants = pd.read_csv(folder / "clusters" / "variants.csv")
    assert bootstrap["resamples"].max() == 4
    assert bootstrap["jaccard_mean"].between(0.2, 1).all()
    assert variants["ari"].between(-0.2, 1).all()


def test_training_patients_who_come_back_as_new_keep_their_cluster(
    folder: Path, patients: pd.DataFrame, tmp_path: Path
) -> None:
    patients.to_csv(tmp_path / "new.csv", index=False)
    names = ["assign", str(tmp_path / "new.csv"), "--run", str(folder), "-o"]
    assert call(*names, str(tmp_path / "known.csv")) == 0
    assert call(*names, str(tmp_path / "as_new.csv"), "--as-new") == 0
    known, as_new = (pd.read_csv(tmp_path / f"{name}.csv") for name in ("known", "as_new"))
    run = pd.read_parquet(folder / "clusters" / "assignments.parquet")
    assert (known["cluster"] == run["cluster"]).all()
    probability = as_new.filter(regex=r"^probability_\d").to_numpy()
    np.testing.assert_allclose(probability.sum(axis=1), 1, atol=5e-6)
    assert (probability.argmax(axis=1) + 1 == as_new["cluster"]).all()
    assert (as_new["cluster"] == run["cluster"]).mean() > 0.8


def test_the_explorer_has_the_components(folder: Path) -> None:
    partition = json.loads((folder / "assign" / "explorer.json").read_text())["partition"]
    assert partition["method"] == "gaussian_mixture"
    assert {name: partition[name]["shape"] for name in ("centers", "whitening", "log_constants")} == {
        "centers": [3, 2],
        "whitening": [3, 2, 2],
        "log_constants": [3],
    }


def test_a_run_of_kmeans_that_is_read_as_a_mixture_ends_with_one_message(
    tmp_path: Path, patients: pd.DataFrame, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = make_run(tmp_path, patients, PAPER, "none", "means")
    path = folder / "config.yaml"
    path.write_text(path.read_text().replace("method: kmeans", "method: gaussian_mixture"))
    assert call("explorer", "--config", str(path)) == 2
    said = capsys.readouterr().err
    assert "centers.csv: expected the centres of 3 clusters in 2 dimensions" in said
    assert "Traceback" not in said
    assert not (folder / "assign" / "explorer.json").exists()
