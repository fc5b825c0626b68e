from pathlib import Path

import pandas as pd
import pytest

from retina_vae.assign.outputs import refused_path
from retina_vae.assign.sink import write_faults, write_stream
from retina_vae.errors import ConfigurationError
from retina_vae.faults import Fault, describe_faults
from retina_vae.files import read_table

TABLE = pd.DataFrame({"patient_id": pd.Series(["=1+1", "P,2"], dtype=object), "mean_1": [-0.5, 1.25]})


def test_csv_is_streamed_and_formulas_become_text(tmp_path: Path):
    with write_stream(tmp_path / "a.csv") as write:
        write(TABLE)
        write(TABLE)
        assert not (tmp_path / "a.csv").exists()
    read = pd.read_csv(tmp_path / "a.csv")
    assert read["patient_id"].tolist() == ["'=1+1", "P,2"] * 2
    assert read["mean_1"].tolist() == [-0.5, 1.25] * 2


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r"])
def test_every_start_of_a_formula_is_caught(tmp_path: Path, sign: str):
    with write_stream(tmp_path / "a.csv") as write:
        write(pd.DataFrame({"patient_id": [f"{sign}1"]}))
    assert (tmp_path / "a.csv").read_bytes().split(b"\n", 1)[1].startswith(b"\"'" + sign.encode())


def test_the_streamed_table_is_read_back_as_it_was(tmp_path: Path):
    table = pd.DataFrame({"=id": ["=1", "'=1", "''-1", "P1", "'P1"], "mean_1": [-1.5, 2.5, 3.5, 4.5, 5.5]})
    with write_stream(tmp_path / "a.csv") as write:
        write(table)
    pd.testing.assert_frame_equal(read_table(tmp_path / "a.csv"), table)


def test_chunks_with_and_without_formulas_make_one_file(tmp_path: Path):
    names = [["P1", "P2"], ["=1", "P4"], ["P5", None]]
    with write_stream(tmp_path / "a.csv") as write:
        for own in names:
            write(pd.DataFrame({"patient_id": pd.Series(own, dtype=object)}))
    assert read_table(tmp_path / "a.csv")["patient_id"].tolist()[:5] == ["P1", "P2", "=1", "P4", "P5"]


def test_the_column_of_a_fault_is_no_formula(tmp_path: Path):
    with write_faults(tmp_path / "a.csv") as report:
        report([Fault(1, "=cost", "a number", "'=2+2'")])
    assert (tmp_path / "a.csv").read_text().splitlines()[1] == "1,'=cost,a number,'=2+2'"


def test_parquet_is_streamed_as_it_is(tmp_path: Path):
    with write_stream(tmp_path / "a.parquet") as write:
        write(TABLE)
        write(TABLE)
    assert pd.read_parquet(tmp_path / "a.parquet")["patient_id"].tolist() == ["=1+1", "P,2"] * 2


@pytest.mark.parametrize("name", ["a.csv", "a.parquet"])
def test_two_streams_into_one_file_do_not_mix(tmp_path: Path, name: str):
    path = tmp_path / name
    tables = [pd.DataFrame({"patient_id": [letter * 50] * 2000}) for letter in "ab"]
    with write_stream(path) as one:
        with write_stream(path) as other:
            for _ in range(5):
                one(tables[0])
                other(tables[1])
        read = pd.read_csv if name == "a.csv" else pd.read_parquet
        assert read(path)["patient_id"].tolist() == ["b" * 50] * 10_000
        one(tables[0])
    assert read(path)["patient_id"].tolist() == ["a" * 50] * 12_000


def test_two_files_of_faults_do_not_mix(tmp_path: Path):
    path = tmp_path / "a.refused.csv"
    with write_faults(path) as one:
        with write_faults(path) as other:
            for row in range(1, 2000):
                one([Fault(row, "a", "a number", "nothing")])
                other([Fault(row, "b", "a number", "nothing")])
        assert pd.read_csv(path)["column"].tolist() == ["b"] * 1999
    assert pd.read_csv(path)["column"].tolist() == ["a"] * 1999


@pytest.mark.parametrize("name", ["a.csv", "a.parquet"])
def test_a_fault_half_way_leaves_the_old_file(tmp_path: Path, name: str):
    def stop():
        with write_stream(tmp_path / name) as write:
            write(TABLE)
            raise RuntimeError

    (tmp_path / name).write_text("old")
    with pytest.raises(RuntimeError):
        stop()
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_text() == "old"


def test_faults_are_written_or_no_file_is_left(tmp_path: Path):
    path = refused_path(tmp_path / "a.csv")
    with write_faults(path) as report:
        report([Fault(3, "age", "a number", "'x'")])
    assert path.read_text() == "row,column,expected,found\n3,age,a number,'x'\n"
    with write_faults(path) as report:
        report([])
    assert not path.exists()
    assert path.name == "a.refused.csv"


def test_without_a_fault_the_file_of_another_run_is_not_replaced_first(tmp_path: Path):
    """Two runs with one output, neither with a fault, once removed the same file, and the second could not."""
    path = tmp_path / "a.refused.csv"
    with write_faults(path), write_faults(path):
        assert list(tmp_path.iterdir()) == []
    assert list(tmp_path.iterdir()) == []


def test_an_old_file_of_faults_that_cannot_be_removed_is_one_error(tmp_path: Path):
    (tmp_path / "a.refused.csv").mkdir()
    with (
        pytest.raises(ConfigurationError, match=r"a\.refused\.csv: expected no file"),
        write_faults(tmp_path / "a.refused.csv"),
    ):
        pass


def test_many_faults_are_cut():
    text = describe_faults([Fault(row, "", "2 cells", "3 cells") for row in range(1, 15)])
    assert len(text.splitlines()) == 11
    assert "and 4 more" in text
