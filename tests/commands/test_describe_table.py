"""``retina-vae describe-table`` as a user runs it, in this process."""

from pathlib import Path

import openpyxl
import pytest
from click.testing import Result
from typer.testing import CliRunner

from retina_vae.cohort.schema_file import read_table_schema
from retina_vae.commands import describe_table as command
from retina_vae.errors import ConfigurationError, InputError


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "patients.csv"
    rows = [f"P{i};{'yes' if i % 2 else 'no'};{i % 3};{40 + i % 17},5;[red]{i % 2}" for i in range(60)]
    path.write_text("id;smoker;stage;age;[bold]x\n" + "\n".join(rows), encoding="cp1252")
    return path


def call(*arguments: object) -> Result:
    return CliRunner().invoke(command.app, [str(argument) for argument in arguments], env={"COLUMNS": "200"})


def test_a_schema_is_drafted_and_shown_with_what_is_open(table: Path, tmp_path: Path) -> None:
    output = tmp_path / "schema.yaml"
    result = call(table, "-o", output)
    assert result.exit_code == 0, result.exception
    fields = {field.name: field for field in read_table_schema(output).fields}
    assert {name: field.kind for name, field in fields.items()} == {
        **{"id": None, "smoker": "binary", "stage": "decide"},
        **{"age": "continuous", "[bold]x": "binary"},
    }
    assert fields["age"].decimal_char == ","
    assert "60 rows, 5 columns" in result.stdout
    assert "columns separated by ';'" in result.stdout
    assert "[bold]x" in result.stdout, "names are shown as they are, not as markup"
    assert "40 to 56" in result.stdout
    assert f"Undecided in {output}, 1 of 5 columns:" in result.stderr
    assert "column 'stage': decide retinaVae:kind. 3 different whole numbers." in result.stderr
    assert "P1" not in result.stdout + result.stderr + output.read_text()


def test_json_is_written_where_the_name_says_so_and_nothing_else(table: Path, tmp_path: Path) -> None:
    assert call(table, "-o", tmp_path / "s.json").exit_code == 0
    assert (tmp_path / "s.json").read_text().startswith("{\n")
    assert isinstance(call(table, "-o", tmp_path / "s.txt").exception, ConfigurationError)
    assert not (tmp_path / "s.txt").exists()


def test_an_edited_schema_is_not_replaced_unless_asked(table: Path, tmp_path: Path) -> None:
    output = tmp_path / "schema.yaml"
    output.write_text("edited")
    error = call(table, "-o", output).exception
    assert isinstance(error, ConfigurationError)
    assert "say --force" in str(error)
    assert output.read_text() == "edited"
    assert call(table, "-o", output, "--force").exit_code == 0


def test_missing_values_and_sheets_are_named(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["id", "x"])
    other = book.create_sheet("Second")
    other.append(["id", "x"])
    for i in range(40):
        other.append([f"a{i}", "NA" if i == 7 else i % 19 + 0.5])
    path, output = tmp_path / "t.xlsx", tmp_path / "s.yaml"
    book.save(path)
    assert "name of a sheet" in str(call(path, "-o", output).exception)
    assert call(path, "-o", output, "--sheet", "Second", "--missing", "NA", "--missing", "-9").exit_code == 0
    document = read_table_schema(output)
    assert document.missing_values == ("", "NA", "-9")
    assert document.fields[1].kind == "continuous"


def test_faults_leave_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("id,x\n1,2,3\n")
    result = call(path, "-o", tmp_path / "s.yaml")
    assert isinstance(result.exception, InputError)
    assert list(tmp_path.iterdir()) == [path]
    path.write_text("id,x\n1,2\n")
    result = call(path, "-o", tmp_path / "new" / "s.yaml")
    assert isinstance(result.exception, ConfigurationError)
    assert "there is no folder" in str(result.exception)
    assert list(tmp_path.iterdir()) == [path]


def test_a_data_dictionary_is_used(tmp_path: Path) -> None:
    path, dictionary = tmp_path / "t.csv", tmp_path / "d.csv"
    path.write_text("record_id,sex\n" + "\n".join(f"{i},{i % 2 + 1}" for i in range(30)))
    dictionary.write_text(
        "field_name,field_type,field_label,select_choices_or_calculations\n"
        'record_id,text,Record,\nsex,radio,Sex,"1, f | 2, m"\n'
    )
    assert call(path, "-o", tmp_path / "s.yaml", "--redcap", dictionary).exit_code == 0
    assert read_table_schema(tmp_path / "s.yaml").fields[1].labels == {"1": "f", "2": "m"}
