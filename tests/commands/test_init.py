"""``retina-vae init`` as a user runs it, in this process."""

from pathlib import Path

import pytest
import yaml
from click.testing import Result
from typer.testing import CliRunner

from retina_vae.cohort.table import read_table_cohort
from retina_vae.commands import init as command
from retina_vae.errors import ConfigurationError, InputError


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "my patients.csv"
    rows = [f"P{i},{'yes' if i % 2 else 'no'},{40 + i % 17}.5" for i in range(60)]
    path.write_text("id,smoker,age\n" + "\n".join(rows))
    return path


def call(*arguments: object) -> Result:
    return CliRunner().invoke(command.app, [str(argument) for argument in arguments], env={"COLUMNS": "200"})


def test_a_table_gets_a_schema_and_a_configuration_that_fit_it(table: Path, tmp_path: Path) -> None:
    result = call(table, "--folder", tmp_path, "--k", "3")
    assert result.exit_code == 0, result.exception
    configuration = yaml.safe_load((tmp_path / "config/my_patients.yaml").read_text())
    cohort = configuration["cohort"]
    assert configuration["run"] == "my_patients"
    assert configuration["clusters"]["k"] == 3
    assert cohort["schema"] == str(tmp_path / "data/my_patients.schema.yaml")
    found = read_table_cohort(Path(cohort["table"]), Path(cohort["schema"]))
    assert len(found.patients) == 60
    assert f"snakemake --cores 8 --configfile {tmp_path / 'config/my_patients.yaml'}" in result.stderr
    assert "Undecided" not in result.stderr


def test_undecided_columns_are_listed_and_the_exit_code_is_0(table: Path, tmp_path: Path) -> None:
    lines = table.read_text().splitlines()
    table.write_text("\n".join([f"{lines[0]},code", *(f"{line},{i % 4}" for i, line in enumerate(lines[1:]))]))
    result = call(table, "--folder", tmp_path, "--name", "a.b-1")
    assert result.exit_code == 0
    assert (tmp_path / "config/a.b-1.yaml").is_file()
    assert "1 of 4 columns:" in result.stderr
    assert "column 'code'" in result.stderr
    assert "Put a choice in place of `decide`" in result.stderr


def test_a_table_without_identifier_is_said_to_need_one(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a,b\n" + "\n".join(f"{i % 17}.5,{i % 13}.5" for i in range(60)))
    result = call(path, "--folder", tmp_path)
    assert result.exit_code == 0
    assert "No column is an identifier" in result.stderr


def test_nothing_is_replaced_unless_asked(table: Path, tmp_path: Path) -> None:
    schema = tmp_path / "data/my_patients.schema.yaml"
    schema.parent.mkdir()
    schema.write_text("edited")
    error = call(table, "--folder", tmp_path).exception
    assert isinstance(error, ConfigurationError)
    assert str(schema) in str(error)
    assert not (tmp_path / "config").exists()
    assert call(table, "--folder", tmp_path, "--force").exit_code == 0
    assert schema.read_text() != "edited"


def test_both_files_are_written_or_neither(table: Path, tmp_path: Path) -> None:
    (tmp_path / "config").write_text("a file where the folder should be")
    error = call(table, "--folder", tmp_path).exception
    assert isinstance(error, ConfigurationError)
    assert "--folder: expected a folder that can be written" in str(error)
    assert not list(tmp_path.glob("data/*"))


def test_names_that_are_none_and_tables_that_are_none_are_refused(table: Path, tmp_path: Path) -> None:
    assert "--name" in str(call(table, "--folder", tmp_path, "--name", "../x").exception)
    assert isinstance(call(tmp_path / "none.csv", "--folder", tmp_path).exception, InputError)
    assert list(tmp_path.iterdir()) == [table]
