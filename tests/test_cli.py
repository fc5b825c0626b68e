"""The command as a user runs it: messages, exit codes, and what is left behind."""

import io
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import torch
import typer
import yaml

from retina_vae.cli import PANELS, app, main
from retina_vae.cohort.schema_file import cohort_schema, read_schema, read_table_schema
from retina_vae.cohort.table_schema import Category, TableSchema
from retina_vae.commands.cohort import cohort
from tests.clinic import clinic_patients, clinic_schema

ROOT = Path(__file__).parent.parent
TINY = {
    "cohort": {"patients_per_group": 20},
    "vae": {"latent_dims": [2], "replicas": 2, "hidden_units": 8, "epochs": 2, "batch_size": 20},
    "latent": {"draws": 2},
    "clusters": {"latent_dim": 2, "k": 4, "n_init": 1},
}


def start(*arguments: str) -> subprocess.CompletedProcess[str]:
    """A command as a process of its own."""
    command = [sys.executable, "-m", "retina_vae", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The same in this process, which has the heavy libraries already."""
    out, err, threads = io.StringIO(), io.StringIO(), torch.get_num_threads()
    with redirect_stdout(out), redirect_stderr(err), pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        patch.setattr(sys, "argv", ["retina-vae", *arguments])
        with pytest.raises(SystemExit) as stop:
            main()
    torch.set_num_threads(threads)
    return subprocess.CompletedProcess(arguments, int(stop.value.code or 0), out.getvalue(), err.getvalue())


@pytest.fixture
def configuration(tmp_path: Path):
    """Writes a configuration whose results go to a temporary folder; returns its path."""

    def write(**changes: object) -> str:
        path = tmp_path / "config.yaml"
        named = {"run": "r", "study": "macular", "results": str(tmp_path / "results")}
        path.write_text(yaml.safe_dump(named | TINY | changes))
        return str(path)

    return write


def forget(folder: Path, step: str) -> None:
    """Take away what a step has recorded of its files, so that a changed one is read for what it says."""
    (folder / "hashes" / f"{step}.json").unlink()


def expect_error(result: subprocess.CompletedProcess[str], *words: str) -> None:
    assert result.returncode == 2, result.stderr
    assert "Traceback" not in result.stderr
    assert result.stderr.count("Error: ") == 1
    for word in words:
        assert word in result.stderr


def test_a_misspelt_key_is_one_error_and_nothing_is_written(configuration, tmp_path: Path) -> None:
    expect_error(start("cohort", "--config", configuration(sede=1)), "config.yaml", "sede: expected no such key")
    assert not (tmp_path / "results").exists()


def test_no_sign_that_a_terminal_obeys_comes_from_a_message(tmp_path: Path) -> None:
    path = tmp_path / "a\x1b[2J\u202e.csv"
    result = start("init", str(path))
    expect_error(result, r"a\x1b[2J\u202e.csv: expected")
    assert "\x1b" not in result.stderr


def test_a_missing_configuration_is_one_error(tmp_path: Path) -> None:
    expect_error(run("cohort", "--config", str(tmp_path / "none.yaml")), "none.yaml", "expected a configuration file")


def clinic_configuration(folder: Path, **cohort: object) -> Path:
    """A run from a table in which two patients are alike, with codes that the schema explains."""
    schema = clinic_schema(outcome=True)
    patients, _ = clinic_patients(40, outcome=True)
    patients.iloc[7, 1:] = patients.iloc[3, 1:]
    codes = patients.astype({"visits": "Int64", "days_off": "Int64"})
    codes["asthma"] = codes["asthma"].astype("str").map({"no": "1", "yes": "2"})
    codes.to_csv(folder / "clinic.csv", index=False, na_rep="-99", sep=";", decimal=",")
    fields = []
    for field in schema.to_table_schema().fields:
        said: dict[str, object] = {"decimal_char": ","}
        if field.name == "asthma":
            pairs = (("1", "no"), ("2", "yes"))
            said |= {"type": "integer", "categories": tuple(Category(value=v, label=text) for v, text in pairs)}
        fields.append(field.model_copy(update=said))
    document = TableSchema(fields=tuple(fields), primary_key=schema.identifier, missing_values=("", "-99"))
    (folder / "schema.json").write_text(document.to_json())
    path, table = folder / "config.yaml", {"table": str(folder / "clinic.csv"), "schema": str(folder / "schema.json")}
    named = {"run": "r", "results": str(folder / "results"), "cohort": {"source": "table"} | table | cohort}
    path.write_text(yaml.safe_dump(named | {key: values for key, values in TINY.items() if key != "cohort"}))
    return path


def test_a_run_from_a_table_keeps_its_schema_and_says_what_looks_odd(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cohort(clinic_configuration(tmp_path))
    said, folder = capsys.readouterr().err, tmp_path / "results" / "r" / "cohort"
    assert f"warning: {tmp_path / 'clinic.csv'}: 2 patients have exactly the values of another one" in said
    kept = read_table_schema(folder / "table_schema.yaml")
    assert kept == read_table_schema(tmp_path / "schema.json")
    assert cohort_schema(kept, "kept") == read_schema(folder / "schema.yaml")
    assert kept.missing_values == ("", "-99")


def test_a_run_from_another_source_keeps_no_schema_of_a_table(configuration, tmp_path: Path) -> None:
    """Not even that of an earlier run in the same folder."""
    cohort(clinic_configuration(tmp_path))
    cohort(Path(configuration()))
    names = {path.name for path in (tmp_path / "results" / "r" / "cohort").iterdir()}
    assert names == {"patients.parquet", "schema.yaml", "summary.csv", "outliers.csv"}


def test_missing_arrays_are_one_error(configuration, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RETINA_VAE_PUBLISHED", raising=False)
    path = configuration(cohort={"source": "published", "folder": str(tmp_path)})
    expect_error(run("cohort", "--config", path), "macSpectrum_stack.npy", "VeryVeryGoodNews/retina-VAE")


def test_a_stage_without_its_input_is_one_error(configuration) -> None:
    expect_error(run("vae", "--config", configuration(), "--model", "d2"), "schema.yaml")


def test_cuda_where_there_is_none_is_one_error(configuration) -> None:
    if torch.cuda.is_available():
        pytest.skip("this machine has CUDA")
    path = configuration(device="cuda")
    assert run("cohort", "--config", path).returncode == 0
    expect_error(run("vae", "--config", path, "--model", "d2"), "'cuda'", "Set device to 'auto' or 'cpu'")


def test_an_unwritable_results_folder_is_one_error(configuration, tmp_path: Path) -> None:
    (tmp_path / "blocked").write_text("a file")
    path = configuration(results=str(tmp_path / "blocked"))
    expect_error(run("cohort", "--config", path), "expected a folder that can be written")


def test_a_loss_that_is_not_finite_is_one_error(configuration, tmp_path: Path) -> None:
    path = configuration(vae=TINY["vae"] | {"learning_rate": 1e30})
    assert run("cohort", "--config", path).returncode == 0
    expect_error(run("vae", "--config", path, "--model", "d2"), "epoch ", "replica 1", "Lower vae.learning_rate")
    assert not list((tmp_path / "results/r/vae").glob("**/*.*"))


def test_no_heavy_library_is_imported_before_it_is_needed() -> None:
    heavy = {"torch", "sklearn", "pandera", "matplotlib", "pandas", "pyarrow"}
    code = f"import sys, retina_vae.cli; print(sorted({heavy} & set(sys.modules)))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def commands_of(group: Any, above: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Every command with its words and its group."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands_of(command, f"{above}{name} ")
        else:
            yield f"{above}{name}", command, group


COMMANDS = {words: (command, group) for words, command, group in commands_of(typer.main.get_command(app))}


def test_the_version_is_one_line() -> None:
    result = start("--version")
    assert (result.returncode, result.stdout, result.stderr) == (0, f"retina_vae {version('retina_vae')}\n", "")


def test_the_help_lists_every_command_in_its_group() -> None:
    result = start("--help")
    assert result.returncode == 0
    groups: dict[str, list[str]] = {}
    for line in result.stdout.splitlines():
        if line.startswith("╭─ "):
            groups[line.strip("╭─╮ ")] = []
        elif found := re.match(r"│ ([a-z][a-z-]*) +\S", line):
            list(groups.values())[-1].append(found[1])
    assert list(groups) == ["Options", *PANELS]
    assert groups["Your data"] == ["init", "describe-table", "check"]
    assert groups["New patients"] == ["assign", "assign-gather", "batch-test"]
    assert "macular" in groups["Steps of the workflow"]
    listed = [name for panel in PANELS for name in groups[panel]]
    assert sorted(listed) == sorted({words.split()[0] for words in COMMANDS})


@pytest.mark.parametrize("words", COMMANDS)
def test_the_help_of_every_command_ends_with_an_example_that_can_be_called(words: str) -> None:
    command, group = COMMANDS[words]
    *_, example = command.epilog.split("\n\n")
    called = shlex.split(example)
    assert called[: 1 + len(words.split())] == ["retina-vae", *words.split()]
    # Raises where an option does not exist, has another kind of value, or is missing.
    context = command.make_context(
        words, called[1 + len(words.split()) :], parent=group.make_context("retina-vae", [""])
    )
    given = [value for value in called[1:] if value.startswith("-")]
    named = {option for parameter in context.command.params for option in parameter.opts}
    assert set(given) <= named
    # Alone in its line, on a narrow terminal too.
    assert len(example) <= 78


def test_the_example_is_the_last_line_that_is_shown() -> None:
    command = [sys.executable, "-m", "retina_vae", "interpolate", "--help"]
    result = subprocess.run(command, capture_output=True, text=True, env=os.environ | {"COLUMNS": "80"})
    *_, before, last = [line.strip() for line in result.stdout.splitlines() if line.strip()]
    assert before == "Example:"
    assert last == "retina-vae interpolate --run results/typed --from P0001 --to P2001 -o line.csv"


def test_every_command_names_a_run_and_an_output_the_same_way() -> None:
    options = {
        words: [p for p in command.params if p.param_type_name == "option"] for words, (command, _) in COMMANDS.items()
    }
    without_run = {words for words, own in options.items() if not any("--run" in p.opts for p in own)}
    assert without_run == {"init", "describe-table", "check", "assign-gather", "compare", "schema", "artefacts"}
    outputs = [p.opts for own in options.values() for p in own if {"--output", "-o"} & set(p.opts)]
    assert len(outputs) == 13
    assert all(set(own) == {"--output", "-o"} for own in outputs)


def test_a_step_takes_the_folder_of_a_run_as_well_as_its_configuration(configuration, tmp_path: Path) -> None:
    path = configuration()
    assert run("cohort", "--config", path).returncode == 0
    folder = tmp_path / "results" / "r"
    first = (folder / "cohort" / "summary.csv").read_bytes()
    (folder / "config.yaml").write_text(Path(path).read_text())
    folder.rename(tmp_path / "moved")
    result = run("cohort", "--run", str(tmp_path / "moved"))
    assert result.returncode == 0, result.stderr
    assert (tmp_path / "moved" / "cohort" / "summary.csv").read_bytes() == first
    assert not folder.exists()


SUPERVISED = TINY["vae"] | {
    "objective": "supervised",
    "kl_weight": 1.0,
    "input_scaling": "by_kind",
    "likelihood": "typed",
}


def test_a_missing_class_label_is_one_error_with_its_row(configuration, tmp_path: Path) -> None:
    path = configuration(vae=SUPERVISED)
    assert run("cohort", "--config", path).returncode == 0
    table = tmp_path / "results/r/cohort/patients.parquet"
    patients = pd.read_parquet(table)
    patients["disease"] = patients["disease"].astype(object)
    patients.loc[4, "disease"] = None
    patients.to_parquet(table)
    forget(tmp_path / "results/r", "cohort")
    expect_error(run("vae", "--config", path, "--model", "d2"), "patients.parquet", "row 5, column 'disease'", "ARMD")
    assert not (tmp_path / "results/r/vae").exists()


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("age", 300.0, ["row 3, column 'age'", "a finite number from 0 to 120 years", "300.0"]),
        ("race", "Martian", ["row 3, column 'race'", "one of ['Asian'", "Martian"]),
        ("drusen", "maybe", ["row 3, column 'drusen'", "one of ['absent', 'present']", "maybe"]),
    ],
)
def test_a_value_that_does_not_fit_its_kind_is_one_error(
    configuration, tmp_path: Path, column: str, value: object, words: list[str]
) -> None:
    path = configuration(vae=SUPERVISED)
    assert run("cohort", "--config", path).returncode == 0
    table = tmp_path / "results/r/cohort/patients.parquet"
    patients = pd.read_parquet(table)
    patients[column] = patients[column].astype(object if isinstance(value, str) else float)
    patients.loc[2, column] = value
    patients.to_parquet(table)
    forget(tmp_path / "results/r", "cohort")
    expect_error(run("vae", "--config", path, "--model", "d2"), "patients.parquet", *words)


def test_models_are_measured_and_damaged_ones_are_one_error(configuration, tmp_path: Path) -> None:
    path = configuration(vae=SUPERVISED, evaluation={"patients_per_group": 30, "draws": 5})
    for arguments in (["cohort"], ["vae", "--model", "d2"]):
        assert run(*arguments, "--config", path).returncode == 0
    result = run("evaluate", "--config", path)
    assert result.returncode == 0, result.stderr
    assert "outcome_accuracy" in result.stdout
    folder = tmp_path / "results/r/evaluation"
    table = pd.read_csv(folder / "evaluation.csv")
    assert table["replica"].tolist() == [1, 2]
    assert (table["elbo"] <= table["log_evidence"]).all()
    assert (table["distance"] > 0).all()
    assert table["outcome_accuracy"].between(0, 1).all()
    assert len(pd.read_csv(folder / "posterior.csv")) == 4
    weights = tmp_path / "results/r/vae/d2/weights.safetensors"
    weights.write_bytes(weights.read_bytes()[:100])
    (folder / "evaluation.csv").unlink()
    expect_error(run("evaluate", "--config", path), "weights.safetensors: expected the file that the step vae wrote")
    forget(tmp_path / "results/r", "vae-d2")
    expect_error(run("evaluate", "--config", path), "weights.safetensors", "train again")
    assert not (folder / "evaluation.csv").exists()


def test_the_supervised_objective_asks_for_an_outcome_and_no_other_does(configuration, tmp_path: Path) -> None:
    path, schema = configuration(vae=SUPERVISED), tmp_path / "results/r/cohort/schema.yaml"
    assert run("cohort", "--config", path).returncode == 0
    columns = yaml.safe_load(schema.read_text())
    for column in columns["fields"]:
        role = column["retinaVae:role"]
        column["retinaVae:role"] = "held_out" if role == "outcome" else role
    schema.write_text(yaml.safe_dump(columns))
    forget(tmp_path / "results/r", "cohort")
    expect_error(run("vae", "--config", path, "--model", "d2"), "vae.objective", "role 'outcome'", "objective 'elbo'")
    assert not (tmp_path / "results/r/vae").exists()
    result = run("vae", "--config", configuration(), "--model", "d2")
    assert result.returncode == 0, result.stderr


def test_an_unknown_model_is_one_error(configuration) -> None:
    for command in ("vae", "latent"):
        expect_error(run(command, "--config", configuration(), "--model", "d7"), "expected one of the models ['d2']")
