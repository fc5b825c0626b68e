"""``retina-vae impute`` as a user runs it, in this process: files, messages, exit codes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from tests.assign.clinic import CLINIC, GAPS, clinic_patients
from tests.assign.runs import TYPED, make_run

Call = Callable[..., tuple[int, str]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("impute")
    return make_run(home, clinic_patients(60, seed=1), TYPED, "importance", "means", schema=CLINIC)


@pytest.fixture
def call(folder: Path, command: Call) -> Call:
    return lambda *arguments: command("impute", "--run", folder, *arguments)


def test_without_a_table_the_patients_of_the_run_are_filled(call: Call, tmp_path: Path) -> None:
    code, said = call("-o", tmp_path / "f.csv")
    gaps = int(clinic_patients(60, seed=1)[GAPS].isna().sum().sum())
    assert code == 0
    assert f"impute: {gaps} gaps of 60 patients filled in {tmp_path / 'f.csv'}" in said
    assert pd.read_csv(tmp_path / "f.csv", keep_default_na=False, na_values="")[GAPS].notna().all(axis=None)


def test_refused_rows_are_counted_and_no_patient_is_in_the_log(call: Call, tmp_path: Path) -> None:
    table = clinic_patients(20, seed=2).assign(note="x").astype({"visits": object})
    table.loc[3, "visits"] = "??"
    table.to_csv(tmp_path / "new.csv", index=False)
    code, said = call(tmp_path / "new.csv", "-o", tmp_path / "f.csv")
    assert code == 3
    assert said.splitlines()[-1].endswith(f"impute: 1 of 20 rows refused (see {tmp_path / 'f.refused.csv'})")
    assert "columns that were not read: ['note']" in said
    assert not any(name in said for name in table["record"])
    assert len(pd.read_csv(tmp_path / "f.csv")) == 19


def test_the_same_call_gives_the_same_file(call: Call, tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv"):
        assert call("-o", tmp_path / name)[0] == 0
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["-o", "a.xlsx"], "--output: expected a file that ends in .csv or .parquet"),
        (["-o", "a.csv", "--interval", "1"], "--interval: expected a number between 0 and 1, such as 0.9, got 1."),
        (["nothing.csv", "-o", "a.csv"], "nothing.csv: expected a table of patients"),
    ],
)
def test_what_cannot_be_done_ends_with_code_2(
    call: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, options: list[str], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    code, said = call(*options)
    assert code == 2
    assert message in said
    assert list(tmp_path.iterdir()) == []
