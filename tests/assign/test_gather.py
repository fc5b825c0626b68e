"""Parts of a table, assigned one by one, become the bytes of one run."""

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from retina_vae.assign import TrainedRun, assign_file
from retina_vae.assign.gather import gather_parts
from retina_vae.assign.outputs import refused_path
from retina_vae.assign.parts import Part, parse_part
from retina_vae.assign.source import Chunk
from retina_vae.errors import ConfigurationError, InputError

ROWS = 20
"""Rows of a chunk."""


def assign(run: TrainedRun, source: Path, output: Path, part: Part | None = None) -> Path:
    assign_file(run, source, output, lambda done, note="": None, part=part, rows_per_chunk=ROWS)
    return output


def assign_in_parts(run: TrainedRun, source: Path, folder: Path, total: int) -> list[Path]:
    numbers = range(1, total + 1)
    return [assign(run, source, folder / f"{number}.parquet", Part(number, total)) for number in numbers]


@pytest.fixture
def table(fresh: pd.DataFrame) -> pd.DataFrame:
    """With identifiers that come again, in the same chunk, in a later part and on a row that is refused itself."""
    table = fresh.iloc[:170].astype(object).reset_index(drop=True)
    table.loc[0, "patient_id"] = "=1+1"
    table.loc[[5, 90, 165], "patient_id"] = table.loc[3, "patient_id"]
    table.loc[[40, 120], "age"] = "old"
    table.loc[150, "patient_id"] = table.loc[40, "patient_id"]
    return table


def write(table: pd.DataFrame, path: Path) -> Path:
    table.to_csv(path, index=False) if path.suffix == ".csv" else table.astype(str).to_parquet(path)
    return path


@pytest.mark.parametrize("total", [1, 3, 5, 16])
@pytest.mark.parametrize(("read", "written"), [("csv", "csv"), ("csv", "parquet"), ("parquet", "csv")])
def test_parts_become_the_bytes_of_one_run(
    either: TrainedRun, table: pd.DataFrame, tmp_path: Path, read: str, written: str, total: int
):
    """Also of more parts than chunks, of which some are empty."""
    source = write(table, tmp_path / f"new.{read}")
    whole = assign(either, source, tmp_path / f"whole.{written}")
    parts = assign_in_parts(either, source, tmp_path, total)
    output = tmp_path / f"gathered.{written}"
    assert gather_parts(parts[::-1], output) == (170 - 6, 6)
    assert output.read_bytes() == whole.read_bytes()
    assert refused_path(output).read_bytes() == refused_path(whole).read_bytes()


def test_without_faults_no_table_of_faults_is_left(typed: TrainedRun, fresh: pd.DataFrame, tmp_path: Path):
    source, output = write(fresh.iloc[:60], tmp_path / "new.csv"), tmp_path / "a.csv"
    refused_path(output).write_text("old")
    gather_parts(assign_in_parts(typed, source, tmp_path, 2), output)
    assert not refused_path(output).exists()


def test_every_chunk_is_in_one_part_and_those_before_it_are_told():
    shares = [0.1, 0.35, 0.5, 0.9, 1.0, 1.0]
    chunks = [Chunk(None, None, [], share) for share in shares]
    own = [[chunk for chunk, own in Part(number, 4).select(chunks) if own] for number in (1, 2, 3, 4)]
    assert [[chunk.share for chunk in part] for part in own] == [[0.1, 0.35], [0.5], [0.9], [1.0, 1.0]]
    assert [own for _, own in Part(3, 4).select(chunks)] == [False, False, False, True]


def test_a_part_that_is_missing_twice_or_of_another_table_is_refused(
    typed: TrainedRun, fresh: pd.DataFrame, tmp_path: Path
):
    for name, rows in (("a", slice(0, 100)), ("b", slice(100, 190))):
        (tmp_path / name).mkdir()
        write(fresh.iloc[rows], tmp_path / f"{name}.csv")
    a, b = (assign_in_parts(typed, tmp_path / f"{name}.csv", tmp_path / name, 3) for name in "ab")
    two = assign_in_parts(typed, tmp_path / "a.csv", tmp_path, 2)
    whole = assign(typed, tmp_path / "a.csv", tmp_path / "whole.parquet")
    for parts, message in (
        (a[:2], r"expected all 3 parts, found none of \['3/3'\]"),
        ([*a, a[1]], "expected another part of the same table"),
        ([a[0], b[1], a[2]], "expected another part of the same table"),
        ([*a, two[1]], "expected another part of the same table"),
        ([whole], "expected a part that"),
        ([tmp_path / "none.parquet"], "No such file|expected"),
    ):
        with pytest.raises(InputError, match=message):
            gather_parts(parts, tmp_path / "out.csv")
    assert not (tmp_path / "out.csv").exists()


def test_a_patient_in_two_parts_is_refused(typed: TrainedRun, fresh: pd.DataFrame, tmp_path: Path):
    """As where the table was exchanged between two parts for one of the same size."""
    source = write(fresh.iloc[:80], tmp_path / "new.csv")
    parts = assign_in_parts(typed, source, tmp_path, 2)
    second = pq.read_table(parts[1])
    pq.write_table(pq.read_table(parts[0]).replace_schema_metadata(second.schema.metadata), parts[1])
    with pytest.raises(InputError, match=r"2\.parquet: expected patients that no other part holds"):
        gather_parts(parts, tmp_path / "out.csv")
    assert not (tmp_path / "out.csv").exists()


def test_parts_without_any_patient_are_refused(typed: TrainedRun, fresh: pd.DataFrame, tmp_path: Path):
    source = write(fresh.iloc[:30].assign(sex="?"), tmp_path / "new.csv")
    with pytest.raises(InputError, match="expected a patient in one of the 2 parts"):
        gather_parts(assign_in_parts(typed, source, tmp_path, 2), tmp_path / "out.csv")


@pytest.mark.parametrize("text", ["0/3", "4/3", "1", "a/b", "1/0", "-1/3", "1/3/5", "1.0/2", "٣/٤"])
def test_what_names_no_part_is_refused(text: str):
    with pytest.raises(ConfigurationError, match="--part: expected a part such as 3/16"):
        parse_part(text)
    assert parse_part("03/16") == Part(3, 16)


@pytest.mark.parametrize(
    "about", [b"", b"\xff", b"[1]", b'{"number": 1}', b'{"number": "1", "total": 1, "bytes": 1}', b"[" * 5000]
)
def test_a_damaged_part_is_refused(tmp_path: Path, about: bytes):
    rows = pa.table({"id": ["P1"]}, metadata={b"retina_vae.part": about})
    pq.write_table(rows, tmp_path / "1.parquet")
    with pytest.raises(InputError, match="found a damaged one"):
        gather_parts([tmp_path / "1.parquet"], tmp_path / "all.csv")
    assert not (tmp_path / "all.csv").exists()
