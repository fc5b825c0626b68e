"""``retina-vae assign`` as a user runs it, in this process: files, messages, exit codes."""

import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from retina_vae.cli import main
from tests.assign.runs import PAPER, TYPED, make_run

Call = Callable[..., tuple[int, str]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, simulated_patients: pd.DataFrame) -> Path:
    patients = simulated_patients.iloc[::50].reset_index(drop=True)
    return make_run(tmp_path_factory.mktemp("cli"), patients, TYPED, "importance", "means")


@pytest.fixture
def patients(simulated_patients: pd.DataFrame, tmp_path: Path) -> Path:
    path = tmp_path / "new.csv"
    simulated_patients.iloc[::50].to_csv(path, index=False)
    return path


@pytest.fixture
def call(folder: Path, command: Call) -> Call:
    def run(*arguments: object, run: Path = folder) -> tuple[int, str]:
        return command("assign", "--run", run, *arguments)

    return run


def test_the_training_cohort_gets_its_assignments_back(call: Call, folder: Path, patients: Path, tmp_path: Path):
    code, said = call(patients, "-o", tmp_path / "assigned.csv")
    assert code == 0
    assert "60 patients" in said
    assert "60 of the training cohort keep their assignment" in said
    expected = pd.read_parquet(folder / "clusters" / "assignments.parquet")
    assigned = pd.read_csv(tmp_path / "assigned.csv")
    assert assigned[["patient_id", "cluster"]].equals(expected[["patient_id", "cluster"]].astype(assigned.dtypes[:2]))


def test_why_a_patient_is_here_is_told_in_words_and_numbers(
    call: Call, patients: Path, tmp_path: Path, simulated_patients: pd.DataFrame
):
    code, said = call(patients, "-o", tmp_path / "a.csv", "--explain", "2")
    assert code == 0, said
    table = pd.read_csv(tmp_path / "a.csv")
    assert table["why"].str.contains(r"sizes [+-]\d").all()
    assert table["why"].str.contains(r"\w+ = \w").mean() > 0.9
    plain = make_run(tmp_path / "plain", simulated_patients.iloc[::50].reset_index(drop=True), PAPER, "none", "means")
    code, said = call(patients, "-o", tmp_path / "b.csv", "--explain", "2", run=plain)
    assert code == 2
    assert "--explain: expected a run whose model has a density" in said
    assert not (tmp_path / "b.csv").exists()


def test_how_sure_the_model_is_stands_in_two_columns_and_is_summed_up(
    call: Call, patients: Path, tmp_path: Path, simulated_patients: pd.DataFrame
):
    """Of 60 patients of the cohort the weights disagree on 3 more than on 95 in a hundred."""
    code, said = call(patients, "-o", tmp_path / "a.csv", "--sure")
    assert code == 0, said
    assert "assign: of 3 patients the model is less sure than of 95 in 100 of the cohort, 3.0 expected" in said
    assert "by 2 weights on 60" in said
    assert pd.read_csv(tmp_path / "a.csv")["sure"].value_counts().loc["sure"] == 57
    alone = TYPED | {"weights": "point"}
    single = make_run(tmp_path, simulated_patients.iloc[::50].reset_index(drop=True), alone, "importance", "means")
    code, said = call(patients, "-o", tmp_path / "b.csv", "--sure", run=single)
    assert code == 2
    assert "sure: expected a run with several weights" in said
    assert not (tmp_path / "b.csv").exists()


def test_refused_rows_are_counted_and_no_patient_is_in_the_log(call: Call, patients: Path, tmp_path: Path):
    table = pd.read_csv(patients, dtype=str).assign(note="x")
    table.loc[3, "age"] = "??"
    table.loc[5, "age"] = "33.25"
    table.to_csv(patients, index=False)
    code, said = call(patients, "-o", tmp_path / "assigned.csv")
    assert code == 3
    assert said.splitlines()[-1].endswith(f"assign: 1 of 60 rows refused (see {tmp_path / 'assigned.refused.csv'})")
    assert len(pd.read_csv(tmp_path / "assigned.csv")) == 59
    assert "columns that were not read: ['note']" in said
    assert "1 row carries the identifier of a training patient with other values; it was assigned as new" in said
    assert not any(name in said for name in table["patient_id"])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["-o", "a.xlsx"], "--output: expected a file that ends in .csv or .parquet"),
        (["-o", "a.csv", "--strict"], "row 4, column 'age': expected a finite number from 0 to 120 years, found '??'"),
        (["-o", "new.csv"], "expected another file than the one that is read"),
        (["-o", "new.csv/a.csv"], "--output: expected a file that can be written"),
    ],
)
def test_a_refused_file_ends_with_code_2(
    call: Call, patients: Path, monkeypatch: pytest.MonkeyPatch, options: list[str], message: str
):
    monkeypatch.chdir(patients.parent)
    table = pd.read_csv(patients, dtype=str)
    table.loc[3, "age"] = "??"
    table.to_csv(patients, index=False)
    code, said = call("new.csv", *options)
    assert code == 2
    assert message in said
    assert [path.name for path in patients.parent.iterdir()] == ["new.csv"]


def test_a_missing_run_or_file_ends_with_code_2(call: Call, patients: Path, tmp_path: Path):
    code, said = call(patients, "-o", tmp_path / "a.csv", run=tmp_path / "nothing")
    assert (code, "expected the folder of a run" in said) == (2, True)
    code, said = call(tmp_path / "none.csv", "-o", tmp_path / "a.csv")
    assert (code, "there is no such file" in said) == (2, True)


def test_rows_that_a_killed_process_left_are_removed_though_table_or_run_be_bad(
    call: Call, patients: Path, tmp_path: Path
):
    output = tmp_path / "out" / "a.csv"
    output.parent.mkdir()
    left = [output.parent / f".{stem}-0123456789abcdef-part.csv" for stem in ("a", "a.refused")]
    for arguments in ({"run": tmp_path / "nothing"}, {}):
        for path in left:
            path.write_text("P7,1,0.98")
        code, _ = call(patients if arguments else tmp_path / "none.csv", "-o", output, **arguments)
        assert (code, list(output.parent.iterdir())) == (2, [])


def test_the_folder_of_the_run_is_kept_as_it_is(call: Call, folder: Path, patients: Path):
    path = folder / "cohort" / "patients.parquet"
    before = path.read_bytes()
    code, said = call(patients, "-o", path)
    assert (code, "expected a file outside the folder of a run" in said) == (2, True)
    assert path.read_bytes() == before


@pytest.mark.parametrize("percent", ["-1", "101", "nan"])
def test_a_threshold_that_is_no_percentile_is_refused(call: Call, patients: Path, tmp_path: Path, percent: str):
    code, _ = call(patients, "-o", tmp_path / "a.csv", "--unlike-below", percent)
    assert code == 2


def test_the_threshold_decides_who_is_flagged(call: Call, patients: Path, tmp_path: Path):
    """Of 60 patients as new ones the 5 least typical, whose p-values are 2 / 61 to 6 / 61; of known ones none."""
    _, said = call(patients, "-o", tmp_path / "a.csv", "--unlike-below", "10", "--as-new")
    assert pd.read_csv(tmp_path / "a.csv")["unlike"].sum() == 5
    assert "of 60 new patients 5 flagged at 10 %, 6.0 expected by chance; 0 with a q-value of at most 0.1" in said
    assert "p-values among 60 patients that the model was trained on, so they are too small for fresh patients" in said
    _, said = call(patients, "-o", tmp_path / "a.csv", "--as-new")
    assert "none can be: with 60 patients to compare with no p-value is below 0.016" in said
    _, said = call(patients, "-o", tmp_path / "a.csv", "--unlike-below", "10")
    assert pd.read_csv(tmp_path / "a.csv")["unlike"].sum() == 0
    assert "new patient" not in said


def test_a_sheet_of_a_workbook_is_named(call: Call, patients: Path, tmp_path: Path):
    table, path = pd.read_csv(patients), tmp_path / "new.xlsx"
    with pd.ExcelWriter(path) as book:
        table.iloc[:10].to_excel(book, sheet_name="May", index=False)
        table.iloc[10:30].to_excel(book, sheet_name="June", index=False)
    code, said = call(path, "-o", tmp_path / "a.csv", "--sheet", "June")
    assert (code, "assign: 20 patients" in said) == (0, True)
    code, said = call(path, "-o", tmp_path / "a.csv")
    assert (code, "expected the name of a sheet (--sheet)" in said) == (2, True)
    code, said = call(patients, "-o", tmp_path / "a.csv", "--sheet", "June")
    assert (code, "expected no name of a sheet for a file that has none" in said) == (2, True)


def test_the_exit_code_says_whether_rows_were_refused(call: Call, patients: Path, tmp_path: Path):
    table = pd.read_csv(patients, dtype=str).head(5)
    for faults, ending in ((0, 0), (4, 3), (5, 2)):
        spoilt = table.copy()
        spoilt.loc[: faults - 1, "age"] = "old" if faults else spoilt["age"]
        spoilt.to_csv(patients, index=False)
        code, said = call(patients, "-o", tmp_path / "a.csv")
        assert (code, (tmp_path / "a.csv").is_file()) == (ending, faults < 5), said
        assert ("4 of 5 rows refused (see" in said.splitlines()[-1]) == (ending == 3)
        (tmp_path / "a.csv").unlink(missing_ok=True)
    assert "each of 5 rows has a fault" in said


def test_gathered_parts_say_what_all_of_them_refused(
    call: Call, patients: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    table = pd.read_csv(patients, dtype=str)
    table.loc[[1, 40], "age"] = "old"
    table.loc[40, "sex"] = "?"
    table.to_csv(patients, index=False)
    codes = [call(patients, "-o", tmp_path / f"{part}.parquet", "--part", f"{part}/2")[0] for part in (1, 2)]
    # A part holds whole chunks, and these are the rows of one.
    assert sorted(codes) == [0, 3]
    parts = [str(tmp_path / f"{part}.parquet") for part in (1, 2)]
    monkeypatch.setattr(sys, "argv", ["retina-vae", "assign-gather", *parts, "-o", str(tmp_path / "all.csv")])
    with pytest.raises(SystemExit) as stop:
        main()
    said = capsys.readouterr().err
    assert stop.value.code == 3
    assert "assign-gather: 58 patients of 2 parts" in said
    # One of the two rows has two faults.
    assert len(pd.read_csv(tmp_path / "all.refused.csv")) == 3
    assert said.splitlines()[-1].endswith(f"2 of 60 rows refused (see {tmp_path / 'all.refused.csv'})")
