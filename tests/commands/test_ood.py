"""``retina-vae weight-samples`` and ``retina-vae ood`` as a user runs them, in this process."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from safetensors.torch import load_file

from retina_vae.artefacts import artefacts_of
from retina_vae.config_files import parse_configuration
from retina_vae.errors import ConfigurationError
from retina_vae.steps import STEPS, model_settings
from retina_vae.vae.unlikeness import REGRET, SCORES
from tests.assign.clinic import CLINIC, clinic_patients
from tests.assign.runs import PAPER, TYPED, make_run

Call = Callable[..., tuple[int, str]]

CHAIN = {"steps": 12, "burn_in": 4, "thinning": 2, "step_size": 1e-4}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("ood")
    vae = TYPED | {"weights": "sghmc", "sghmc": CHAIN, "draws_per_patient": 2}
    return make_run(home, clinic_patients(60, seed=1), vae, "importance", "means", schema=CLINIC)


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "r"))


@pytest.fixture
def call(made: Path, command: Call) -> Call:
    small = ["--draws", 16, "--resamples", 20]
    return lambda *arguments, run=made: command("ood", "--run", run, *small, *arguments)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    clinic_patients(30, seed=2).to_csv(tmp_path / "other.csv", index=False)
    return tmp_path / "other.csv"


def test_chains_are_sampled_beside_the_replicas_and_scores_are_measured_with_them(
    folder: Path, table: Path, command: Call, call: Call, tmp_path: Path
) -> None:
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    code, said = command("weight-samples", "--run", folder)
    assert code == 0, said
    assert "weight-samples: 2 chains of d2, 4 samples each" in said
    assert all(path.read_bytes() == content for path, content in before.items())
    trained = load_file(folder / "vae/d2/weights.safetensors")
    for name, values in load_file(folder / "vae/samples.safetensors").items():
        assert values.shape == (8, *trained[name].shape[1:])
    trace, chains = (pd.read_csv(folder / f"vae/{name}.csv") for name in ("samples", "chains"))
    assert trace[["replica", "sample"]].to_numpy().tolist() == [[r, s] for r in (1, 2) for s in (1, 2, 3, 4)]
    assert chains["quantity"].tolist() == ["log_joint", "bound"]
    assert (chains["r_hat"] > 0).all()
    # Again, and the same bytes.
    sampled = (folder / "vae/samples.safetensors").read_bytes()
    command("weight-samples", "--run", folder)
    assert (folder / "vae/samples.safetensors").read_bytes() == sampled
    code, said = call("--against", table, "--like", table, "-o", tmp_path / "ood.csv", run=folder)
    assert code == 0, said
    assert "ood: 30 patients of other.csv against 30 patients of other.csv, by 8 samples of 2 chains" in said
    found = pd.read_csv(tmp_path / "ood.csv")
    assert found["score"].tolist() == list(SCORES)
    # The same patients on both sides are not told from each other.
    np.testing.assert_allclose(found["auroc"], 0.5)
    assert (found["samples"] == 8).all()
    assert (found["auroc_low"] <= 0.5).all()
    assert (found["auroc_high"] >= 0.5).all()


def test_far_patients_are_told_by_the_replicas_and_by_one_of_them(call: Call, table: Path, tmp_path: Path) -> None:
    far = pd.read_csv(table).assign(visits=4000)
    far.to_csv(tmp_path / "far.csv", index=False)
    for weights, scores in (("ensemble", list(SCORES)), ("point", list(SCORES)[:3])):
        code, said = call(
            *("--against", tmp_path / "far.csv", "--like", table, "--weights", weights, "-o", tmp_path / "o.csv")
        )
        assert code == 0, said
        found = pd.read_csv(tmp_path / "o.csv", index_col="score")
        assert found.index.tolist() == scores
        assert found.loc["expected_likelihood", "auroc"] > 0.95
        assert found.loc["expected_likelihood", "fpr_at_95"] < 0.2


def test_without_others_the_training_patients_stand_in_and_it_is_said(call: Call, table: Path, tmp_path: Path) -> None:
    code, said = call("--against", table, "--weights", "ensemble", "-o", tmp_path / "o.csv")
    assert code == 0
    assert "warning: the patients like the cohort are those that the run was trained on" in said
    assert (pd.read_csv(tmp_path / "o.csv")["like"] == "training patients").all()


def test_regret_is_a_row_more_where_it_is_asked_for(call: Call, table: Path, tmp_path: Path) -> None:
    far = pd.read_csv(table).assign(visits=4000)
    far.to_csv(tmp_path / "far.csv", index=False)
    arguments = ("--against", tmp_path / "far.csv", "--like", table, "--weights", "ensemble", "--regret")
    code, said = call(*arguments, "-o", tmp_path / "o.csv")
    assert code == 0, said
    found = pd.read_csv(tmp_path / "o.csv", index_col="score")
    assert found.index.tolist() == [*SCORES, REGRET.name]
    assert found.loc[REGRET.name, ["samples", "patients_like", "patients_unlike"]].tolist() == [2, 30, 30]
    assert 0 <= found.loc[REGRET.name, "auroc_low"] <= found.loc[REGRET.name, "auroc"]


def test_rows_with_faults_are_left_out_and_counted(call: Call, table: Path, tmp_path: Path) -> None:
    spoiled = pd.read_csv(table).astype({"visits": object})
    spoiled.loc[3, "visits"] = "??"
    spoiled.to_csv(tmp_path / "spoiled.csv", index=False)
    code, said = call(
        *("--against", tmp_path / "spoiled.csv", "--like", table, "--weights", "ensemble", "-o", tmp_path / "o.csv")
    )
    assert code == 3
    assert "ood: 1 row refused" in said
    assert (pd.read_csv(tmp_path / "o.csv")["patients_unlike"] == 29).all()


def test_faults_are_one_message(call: Call, command: Call, table: Path, tmp_path: Path, made: Path) -> None:
    pd.DataFrame({"pixel": [1, 2]}).to_csv(tmp_path / "images.csv", index=False)
    pd.read_csv(table).assign(visits="?").to_csv(tmp_path / "none.csv", index=False)
    out = tmp_path / "o.csv"
    for arguments, message in (
        (
            ("--against", tmp_path / "images.csv", "-o", out, "--weights", "ensemble"),
            "images.csv: expected the columns",
        ),
        (("--against", tmp_path / "none.csv", "-o", out, "--weights", "ensemble"), "expected patients that the model"),
        (("--against", tmp_path / "gone.csv", "-o", out, "--weights", "ensemble"), "gone.csv: expected a table"),
        (("--against", table, "-o", out), "expected samples of the weights, which a run with vae.weights 'sghmc'"),
        (("--against", table, "-o", tmp_path / "o.xlsx"), "--output: expected a file that ends in .csv or .parquet"),
    ):
        code, said = call(*arguments)
        assert code == 2, said
        assert said.count("Error: ") == 1
        assert message in said
        assert not out.exists()


def test_samples_are_asked_of_a_run_that_wants_them_and_damaged_ones_are_refused(
    folder: Path, table: Path, command: Call, call: Call, tmp_path: Path
) -> None:
    config = folder / "config.yaml"
    command("weight-samples", "--run", folder)
    (folder / "vae/samples.safetensors").write_bytes(b"nothing")
    code, said = call("--against", table, "-o", tmp_path / "o.csv", run=folder)
    assert code == 2
    assert "samples.safetensors: expected" in said
    config.write_text(config.read_text().replace("weights: sghmc", "weights: ensemble"))
    code, said = command("weight-samples", "--run", folder)
    assert code == 2
    assert "vae.weights: expected 'sghmc' to sample weights, got 'ensemble'" in said


def test_a_model_without_a_density_is_refused(
    tmp_path: Path, table: Path, command: Call, simulated_patients: pd.DataFrame
) -> None:
    run = make_run(tmp_path, simulated_patients.iloc[::50], PAPER | {"latent_dims": [2]}, "none", "means")
    code, said = command("ood", "--run", run, "--against", table, "-o", tmp_path / "o.csv")
    assert code == 2
    assert "expected a run whose model has a density" in said


@pytest.mark.parametrize(
    ("vae", "message"),
    [
        ({"sghmc": {"steps": 100, "burn_in": 100}}, "vae.sghmc.burn_in: expected fewer than the 100 steps"),
        (
            {"sghmc": {"steps": 100, "burn_in": 40, "thinning": 20}},
            "vae.sghmc.steps: expected at least 120, so that each chain keeps 4 samples (one every 20 steps after 40), "
            "got 100, which keep 3",
        ),
        ({"weight_prior": None}, "vae.weight_prior: expected a number because vae.weights is 'sghmc'"),
        (
            {"likelihood": "squared_error", "input_scaling": "unit_interval", "latent_dims": [2]},
            "vae.weights: expected 'point' or 'ensemble' unless",
        ),
    ],
)
def test_chains_that_cannot_be_are_refused(vae: dict[str, object], message: str) -> None:
    values = {"vae": {"weights": "sghmc", **vae}, "latent": {"correction": "none"}}
    with pytest.raises(ConfigurationError) as found:
        parse_configuration(values, "test")
    assert message in str(found.value)


def test_a_member_of_the_family_has_no_chains_of_its_own() -> None:
    values = {"family": {"other": {"latent_dim": 2, "changes": {"weights": "sghmc"}}}}
    with pytest.raises(ConfigurationError, match=r"expected keys of one model, got \['weights'\]"):
        parse_configuration(values, "test")


def test_the_workflow_plans_chains_where_they_are_asked_for_and_trains_nothing_again() -> None:
    plain, sampled = (parse_configuration({"vae": {"weights": own}}, "test") for own in ("ensemble", "sghmc"))
    new = {path for own in artefacts_of(sampled) for path in own.paths(sampled)}
    new -= {path for own in artefacts_of(plain) for path in own.paths(plain)}
    assert {path for path in new if not path.startswith("release/")} == {
        *("vae/samples.safetensors", "vae/samples.csv", "vae/chains.csv")
    }
    for step in STEPS:
        changed = step.settings(plain) != step.settings(sampled)
        assert changed == (step.name in ("weight_samples", "unlike", "manifest")), step.name
    assert model_settings(plain, "chosen") == model_settings(sampled, "chosen")
