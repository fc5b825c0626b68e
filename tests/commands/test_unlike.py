"""``retina-vae unlike`` on a small run, and where the workflow plans it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from retina_vae.artefacts import artefacts_of, declared_columns
from retina_vae.config_files import parse_configuration
from retina_vae.errors import ConfigurationError
from retina_vae.hashes import read_record
from retina_vae.steps import STEPS
from retina_vae.vae.unlikeness import REGRET, SCORES
from tests.assign.clinic import CLINIC, clinic_patients
from tests.assign.runs import TYPED, make_run

Call = Callable[..., tuple[int, str]]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("unlike")
    return make_run(home, clinic_patients(40, seed=1), TYPED, "importance", "means", schema=CLINIC)


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    patients = clinic_patients(20, seed=2)
    patients.to_csv(tmp_path / "later.csv", index=False)
    patients.assign(visits=4000).to_csv(tmp_path / "far.csv", index=False)
    patients.iloc[:5].to_csv(tmp_path / "few.csv", index=False)
    return Path(shutil.copytree(made, tmp_path / "r"))


def configure(folder: Path, **keys: Any) -> None:
    asked = {"like": str(folder.parent / "later.csv"), "draws": 16, "resamples": 20} | keys
    values = yaml.safe_load((folder / "config.yaml").read_text()) | {"unlike": asked}
    (folder / "config.yaml").write_text(yaml.safe_dump(values))


def tables(folder: Path, *names: str) -> dict[str, str]:
    return {name: str(folder.parent / f"{name}.csv") for name in names}


def test_a_run_has_a_row_per_table_and_score_and_records_it(folder: Path, command: Call) -> None:
    configure(folder, tables=tables(folder, "far", "few"))
    code, said = command("unlike", "--run", folder)
    assert code == 0, said
    found = pd.read_csv(folder / "evaluation/unlike.csv")
    assert found.columns.tolist() == declared_columns("evaluation/unlike.csv")
    assert found["table"].tolist() == ["far"] * len(SCORES) + ["few"] * len(SCORES)
    assert found.loc[found["score"] == "expected_likelihood", "auroc"].iloc[0] > 0.95
    assert found["patients_unlike"].unique().tolist() == [20, 5]
    assert (found["like"] == "patients of later.csv").all()
    assert list(read_record(folder / "hashes/unlike.json")) == ["evaluation/unlike.csv"]


def test_what_is_no_table_of_such_patients_is_one_error(folder: Path, command: Call) -> None:
    pd.DataFrame({"pixel": [1, 2]}).to_csv(folder.parent / "images.csv", index=False)
    for names, message in (
        (["far", "images"], "images.csv: expected the columns"),
        (["gone"], "unlike.tables.gone: expected a table of patients, found no file"),
        ([], "unlike.tables: expected a table of other patients, got none"),
    ):
        configure(folder, tables=tables(folder, *names))
        code, said = command("unlike", "--run", folder)
        assert code == 2, said
        assert said.count("Error: ") == 1
        assert message in said
        assert not (folder / "evaluation").exists()


def test_the_workflow_plans_it_where_a_table_is_named_and_nothing_else_changes(folder: Path) -> None:
    asked = {"unlike": {"tables": tables(folder, "far"), "like": str(folder.parent / "later.csv")}}
    plain, other = (parse_configuration(values, "test") for values in ({}, asked))
    new = {path for own in artefacts_of(other) for path in own.paths(other)}
    new -= {path for own in artefacts_of(plain) for path in own.paths(plain)}
    assert new == {"evaluation/unlike.csv", "release/evaluation/unlike.csv"}
    changed = {step.name for step in STEPS if step.settings(plain) != step.settings(other)}
    assert changed == {"unlike", "manifest"}


def test_its_files_are_inputs_of_its_rule_and_looked_for_before_anything_runs(folder: Path) -> None:
    values = yaml.safe_load((folder / "config.yaml").read_text())
    values["cohort"] = {"table": str(folder.parent / "later.csv"), "schema": str(folder / "cohort/schema.yaml")}
    configuration = parse_configuration(values | {"unlike": {"tables": tables(folder, "gone")}}, "test")
    step = next(own for own in STEPS if own.name == "unlike")
    assert step.files(configuration) == [folder.parent / "gone.csv"]
    with pytest.raises(ConfigurationError, match=r"unlike\.tables\.gone: expected a table of patients"):
        configuration.unlike.check()


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"unlike": {"tables": {"=1": "a.csv"}}}, "unlike.tables"),
        (
            {"vae": {"likelihood": "squared_error", "input_scaling": "unit_interval", "latent_dims": [2]}}
            | {"unlike": {"tables": {"far": "a.csv"}}, "latent": {"correction": "none"}},
            "unlike.tables: expected none unless vae.likelihood is 'typed'",
        ),
    ],
)
def test_settings_that_cannot_be_are_refused(values: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        parse_configuration(values, "test")


def test_regret_is_measured_where_it_is_asked_for(folder: Path, command: Call) -> None:
    configure(folder, tables=tables(folder, "few"), regret=True)
    code, said = command("unlike", "--run", folder)
    assert code == 0, said
    assert pd.read_csv(folder / "evaluation/unlike.csv")["score"].tolist() == [*SCORES, REGRET.name]
