"""``retina-vae stability`` on a small run: what it reads, what it writes, what it says."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from sklearn.metrics import adjusted_rand_score
from typer.testing import CliRunner

from retina_vae.clusters.bootstrap import bootstrap_stability
from retina_vae.commands.stability import app
from retina_vae.config_files import load_configuration
from retina_vae.errors import InputError
from retina_vae.files import read_table, write_table
from retina_vae.latent import Codes
from tests.assign.runs import TYPED, make_run

TABLES = ("bootstrap", "variants", "variant_matches")


@pytest.fixture(params=["draws", "means"])
def on(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def folder(tmp_path: Path, simulated_patients: pd.DataFrame, on: str) -> Path:
    """A run of two latent dimensions, with codes of three as well."""
    patients = simulated_patients.iloc[::50].reset_index(drop=True)
    folder = make_run(tmp_path, patients, TYPED, "none", on)
    values = yaml.safe_load((folder / "config.yaml").read_text())
    values["vae"]["latent_dims"] = [2, 3]
    values["stability"] = {"bootstraps": 4, "retrained": 0, "n_init": 1}
    (folder / "config.yaml").write_text(yaml.safe_dump(values))
    mean = np.random.default_rng(0).normal(size=(1, len(patients), 3)).astype(np.float32)
    table = Codes(mean, np.ones_like(mean), mean[:, None]).to_table(patients["patient_id"].tolist())
    write_table(table, folder / "latent" / "d3" / "codes.parquet")
    return folder


def call(folder: Path, *arguments: str):
    return CliRunner().invoke(app, ["--config", str(folder / "config.yaml"), *arguments], catch_exceptions=False)


def test_the_tables_are_those_of_the_reported_clusters(folder: Path, on: str) -> None:
    result = call(folder)
    assert result.exit_code == 0
    assignments = pd.read_parquet(folder / "clusters" / "assignments.parquet")
    bootstrap, variants, matches = (read_table(folder / "clusters" / f"{name}.csv") for name in TABLES)
    assert bootstrap["cluster"].tolist() == sorted(assignments["cluster"].unique())
    assert bootstrap["resamples"].max() == 4
    replicas = read_table(folder / "clusters" / "replicas.csv")
    other = int(replicas.loc[~replicas["reported"], "replica"].item())
    assert variants["variant"].tolist() == [
        f"replica {other}",
        "consensus of the replicas",
        "latent dimension 3, replica 1",
        "posterior means" if on == "draws" else "draws",
    ]
    expected = adjusted_rand_score(assignments["cluster"], assignments[f"replica_{other}"])
    assert variants["ari"][0] == pytest.approx(expected)
    assert len(matches) == len(variants) * len(bootstrap)
    assert "hold when patients are drawn again and the trained model is held fixed" in result.stderr
    assert "with 4 other clusterings" in result.stderr
    assert not any(name in result.stderr for name in assignments["patient_id"])


def test_the_reported_replica_is_drawn_again(folder: Path) -> None:
    call(folder)
    settings = load_configuration(folder / "config.yaml")
    assignments = pd.read_parquet(folder / "clusters" / "assignments.parquet")
    replicas = read_table(folder / "clusters" / "replicas.csv")
    reported = int(replicas["reported"].to_numpy().argmax())
    table = pd.read_parquet(folder / "latent" / "d2" / "codes.parquet")
    codes = Codes.from_table(table, assignments["patient_id"].tolist())
    labels = assignments["cluster"].to_numpy() - 1
    expected = bootstrap_stability(
        codes.mean[reported], codes.draws[reported], labels, settings.clusters, settings.stability
    )
    pd.testing.assert_frame_equal(read_table(folder / "clusters" / "bootstrap.csv"), expected)


def test_threads_do_not_change_a_byte(folder: Path) -> None:
    call(folder)
    first = [(folder / "clusters" / f"{name}.csv").read_bytes() for name in TABLES]
    call(folder, "--threads", "3")
    assert [(folder / "clusters" / f"{name}.csv").read_bytes() for name in TABLES] == first


def test_codes_that_are_missing_are_an_error(folder: Path) -> None:
    (folder / "latent" / "d3" / "codes.parquet").unlink()
    with pytest.raises(InputError, match=r"d3/codes\.parquet: expected a file that the step latent makes, found none"):
        call(folder)
