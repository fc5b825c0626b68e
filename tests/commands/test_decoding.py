"""The decoder's commands as a user runs them, in this process: files, messages, exit codes."""

import re
import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
import torch
import yaml

from retina_vae.cli import main
from retina_vae.cohort import fit_encoding
from retina_vae.files import write_table, write_text
from retina_vae.latent.decode import take_replica
from retina_vae.latent.encode import encode_patients
from retina_vae.studies.macular.schema import MACULAR
from retina_vae.vae import ModelDescription, build_model, load_model, replica_generators, save_model

VAE = {
    "latent_dims": [2],
    "replicas": 2,
    "hidden_units": 8,
    "decoder_units": 8,
    "likelihood": "typed",
    "input_scaling": "by_kind",
}
PAPER = {"likelihood": "squared_error", "input_scaling": "raw"}


Call = Callable[..., tuple[int, str]]


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory: pytest.TempPathFactory, simulated_patients: pd.DataFrame) -> Path:
    """A run with a cohort of 60 and untrained models: d2, the supervised one, and one with the paper's output."""
    home = tmp_path_factory.mktemp("decoding")
    patients = simulated_patients.iloc[::50].reset_index(drop=True)
    family = {
        "supervised": {"latent_dim": 2, "changes": {"objective": "supervised"}},
        "paper": {"latent_dim": 2, "changes": PAPER},
        "untrained": {"latent_dim": 3},
    }
    clusters = {"latent_dim": 2, "k": 3}
    settings = {
        "run": "r",
        "study": "macular",
        "results": str(home),
        "vae": VAE,
        "family": family,
        "clusters": clusters,
    }
    write_text(yaml.safe_dump(settings | {"cohort": {"patients_per_group": 20}}), home / "r" / "config.yaml")
    write_table(patients, home / "r" / "cohort" / "patients.parquet")
    write_text(MACULAR.to_yaml(), home / "r" / "cohort" / "schema.yaml")
    for name, seeds in (("d2", (1, 2)), ("supervised", (1,)), ("paper", (1,))):
        description = ModelDescription(
            replicas=len(seeds),
            seeds=seeds,
            hidden_units=8,
            decoder_units=8,
            latent_dim=2,
            encoding=fit_encoding(patients, MACULAR, "raw" if name == "paper" else "by_kind"),
            likelihood="squared_error" if name == "paper" else "typed",
            classes=MACULAR["disease"].categories if name == "supervised" else (),
            device="cpu",
        )
        model = build_model(description)
        model.initialize("glorot_uniform", replica_generators(seeds))
        save_model(model, description, home / "r" / "vae" / name)
    return home


@pytest.fixture
def call(run_folder: Path, command: Call) -> Call:
    """Runs a command on the run; returns the exit code and what was said on standard error."""

    def run(name: str, *arguments: object, model: str = "d2") -> tuple[int, str]:
        return command(name, "--run", run_folder / "r", "--model", model, *arguments)

    return run


def test_decode_writes_every_table(call: Call, run_folder: Path) -> None:
    code, said = call("decode")
    assert code == 0, said
    assert "the largest of 46 deviations from the cohort" in said
    assert not any(identifier in said for identifier in ("P0", "G0"))
    folder = run_folder / "r" / "latent" / "d2"
    posterior, generated = (pd.read_parquet(folder / f"{name}.parquet") for name in ("posterior", "generated"))
    covariances = ["covariance_1_1", "covariance_2_1", "covariance_2_2"]
    assert list(posterior) == ["patient_id", "mean_1", "mean_2", *covariances]
    assert len(posterior) == len(generated) == 60
    assert list(generated) == ["patient_id", *(column.name for column in MACULAR.inputs)]
    described = ["column", "category", "mean"]
    traversals, interpolation = (pd.read_csv(folder / f"{name}.csv") for name in ("traversals", "interpolation"))
    assert list(traversals) == ["dimension", "deviation", "value", *described]
    assert len(traversals) == 2 * 25 * 10
    assert list(interpolation) == ["step", "z_1", "z_2", *described]
    assert len(interpolation) == 21 * 10
    check = pd.read_csv(folder / "generated_check.csv")
    assert list(check) == ["column", "statistic", "generated", "cohort", "standard_error", "z"]
    assert {path.name for path in folder.iterdir()} == {
        *("posterior.parquet", "generated.parquet", "traversals.csv", "interpolation.csv", "generated_check.csv")
    }


def test_the_default_interpolation_runs_between_two_patients_of_the_first_replica(call: Call, run_folder: Path) -> None:
    assert call("decode")[0] == 0
    folder = run_folder / "r" / "latent" / "d2"
    line = pd.read_csv(folder / "interpolation.csv")[["step", "z_1", "z_2"]].drop_duplicates()
    patients = pd.read_parquet(run_folder / "r" / "cohort" / "patients.parquet")
    model, description = take_replica(*load_model(run_folder / "r" / "vae" / "d2"), 1)
    features = torch.from_numpy(description.encoding.encode(patients).T).float()
    means = encode_patients(model, features).mean[0].T.numpy()
    for step, disease in ((0, "ARMD"), (1, "PCV")):
        own = means[patients["disease"] == disease]
        end = line.loc[line["step"] == step, ["z_1", "z_2"]].to_numpy()
        assert abs(own - end).sum(axis=1).min() < 1e-5


def test_generate_repeats_what_decode_made(call: Call, run_folder: Path, tmp_path: Path) -> None:
    assert call("decode", model="supervised")[0] == 0
    code, said = call(
        "generate", "--patients", 60, "--seed", 1, "--output", tmp_path / "new.parquet", model="supervised"
    )
    assert code == 0, said
    assert f"generate: 60 patients in {tmp_path / 'new.parquet'}" in said
    assert "the largest of 79 deviations" in said
    made = pd.read_parquet(tmp_path / "new.parquet")
    pd.testing.assert_frame_equal(
        made, pd.read_parquet(run_folder / "r" / "latent" / "supervised" / "generated.parquet")
    )
    assert list(made)[:2] == ["patient_id", "disease"]


def test_of_few_patients_only_shares_are_held_against_the_cohort(call: Call, tmp_path: Path) -> None:
    code, said = call("generate", "--patients", 10, "--output", tmp_path / "new.csv")
    assert code == 0, said
    found = re.search(
        r"the largest of (\d+) deviations from the cohort: \w+, share .* standard errors; (\d+) more", said
    )
    assert found is not None
    assert sum(map(int, found.groups())) == 46
    code, said = call("generate", "--patients", 1, "--output", tmp_path / "new.csv")
    assert "too few patients to compare them with the cohort" in said


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_the_same_seed_gives_the_same_file_and_another_replica_another(call: Call, tmp_path: Path, suffix: str) -> None:
    for name, replica in (("a", 1), ("b", 1), ("c", 2)):
        path = tmp_path / f"{name}.{suffix}"
        assert call("generate", "--patients", 30, "--seed", 5, "--replica", replica, "--output", path)[0] == 0
    first, again, other = ((tmp_path / f"{name}.{suffix}").read_bytes() for name in "abc")
    assert first == again
    assert first != other


def test_similar_patients_are_written(call: Call, tmp_path: Path) -> None:
    code, said = call("similar", "--patient", "P0051", "--patients", 4, "--output", tmp_path / "similar.csv")
    assert code == 0, said
    assert pd.read_csv(tmp_path / "similar.csv")["patient_id"].tolist() == ["G0001", "G0002", "G0003", "G0004"]


def test_paths_are_written(call: Call, tmp_path: Path) -> None:
    assert call("traverse", "--steps", 4, "--replica", 2, "--output", tmp_path / "traversal.csv")[0] == 0
    assert len(pd.read_csv(tmp_path / "traversal.csv")) == 2 * 4 * 10
    ends = ("--from", "P0001", "--to", "P2951")
    assert call("interpolate", *ends, "--steps", 3, "--output", tmp_path / "line.parquet")[0] == 0
    assert pd.read_parquet(tmp_path / "line.parquet")["step"].unique().tolist() == [0, 0.5, 1]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["similar", "--patient", "X1", "--patients", 2], ["--patient: expected the patient_id", "'X1'"]),
        (["interpolate", "--from", "P0001", "--to", "X1"], ["--to: expected the patient_id", "'X1'"]),
        (["generate", "--patients", 2, "--replica", 3], ["expected a replica from 1 to 2", "got 3"]),
        (["traverse", "--replica", 0], ["expected a replica from 1 to 2", "got 0"]),
    ],
)
def test_a_wrong_argument_is_one_error(call: Call, tmp_path: Path, arguments: list, words: list[str]) -> None:
    expect_error(call(*arguments, "--output", tmp_path / "out.csv"), *words)
    assert not list(tmp_path.iterdir())


def test_a_file_that_is_no_table_is_one_error(call: Call, tmp_path: Path) -> None:
    expect_error(call("traverse", "--output", tmp_path / "out.txt"), "ends in .csv or .parquet", "out.txt")


def test_a_file_that_cannot_be_written_is_one_error(call: Call, tmp_path: Path) -> None:
    (tmp_path / "blocked").write_text("a file")
    expect_error(call("traverse", "--output", tmp_path / "blocked" / "out.csv"), "--output: expected a file that can")


def test_without_a_model_the_clustered_one_is_asked(
    call: Call, run_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert call("traverse", "-o", tmp_path / "named.csv")[0] == 0
    given = ["retina-vae", "traverse", "--run", str(run_folder / "r"), "-o", str(tmp_path / "unnamed.csv")]
    monkeypatch.setattr(sys, "argv", given)
    with pytest.raises(SystemExit) as stop:
        main()
    assert not stop.value.code
    assert (tmp_path / "named.csv").read_bytes() == (tmp_path / "unnamed.csv").read_bytes()


@pytest.mark.parametrize(
    ("model", "words"),
    [
        ("d7", ["expected one of the models ['d2', ", "got 'd7'"]),
        ("untrained", ["untrained/model.json", "expected a file that the step vae makes"]),
        ("paper", ["likelihood is 'typed'", "got 'squared_error'", "config/typed.yaml"]),
    ],
)
def test_a_model_that_cannot_be_decoded_is_one_error(
    call: Call, run_folder: Path, model: str, words: list[str]
) -> None:
    expect_error(call("decode", model=model), *words)
    assert not (run_folder / "r" / "latent" / model).exists()


def expect_error(result: tuple[int, str], *words: str) -> None:
    code, said = result
    assert code == 2, said
    assert said.startswith("Error: ")
    assert said.count("Error: ") == 1
    assert "P0" not in said
    for word in words:
        assert word in said
