from pathlib import Path

import pandas as pd
import pytest

from retina_vae.errors import ConfigurationError, InputError
from retina_vae.files import atomic_path, read_table, require_writable, sha256, write_table, write_text


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    write_text("old", path)

    def fail() -> None:
        with atomic_path(path) as temporary:
            temporary.write_text("half")
            raise RuntimeError("stopped")

    with pytest.raises(RuntimeError, match="stopped"):
        fail()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_folders_are_made(tmp_path: Path) -> None:
    write_text("text", tmp_path / "a/b/c.txt")
    assert (tmp_path / "a/b/c.txt").read_text() == "text"


def test_a_folder_that_cannot_be_written_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "results").write_text("a file where the folder should be")
    with pytest.raises(ConfigurationError, match=r"results/run: expected a folder .*results is a file"):
        require_writable(tmp_path / "results/run")
    with pytest.raises(ConfigurationError, match=r"expected a folder that can be written.*Set `results`"):
        write_text("text", tmp_path / "results/run/x.txt")


def test_a_folder_that_does_not_exist_yet_is_checked_without_being_made(tmp_path: Path) -> None:
    require_writable(tmp_path / "a/b")
    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize("name", ["t.csv", "t.parquet"])
def test_the_same_table_is_the_same_bytes(tmp_path: Path, name: str) -> None:
    table = pd.DataFrame({"a": [1, 2], "b": [0.1, 1 / 3], "c": ["x", "ü"]})
    digests = []
    for folder in ("one", "two"):
        write_table(table, tmp_path / folder / name)
        digests.append(sha256(tmp_path / folder / name))
    assert digests[0] == digests[1]
    pd.testing.assert_frame_equal(read_table(tmp_path / "one" / name), table)


def test_missing_and_damaged_tables_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere\.csv: expected a table of an earlier stage"):
        read_table(tmp_path / "nowhere.csv")
    (tmp_path / "bad.parquet").write_bytes(b"PAR1")
    with pytest.raises(InputError, match=r"bad\.parquet"):
        read_table(tmp_path / "bad.parquet")
    write_table(pd.DataFrame({"a": [1]}), tmp_path / "t.csv")
    with pytest.raises(InputError, match=r"expected the columns \['a', 'b'\], but \['b'\] are missing"):
        read_table(tmp_path / "t.csv", ["a", "b"])


def test_sha256_is_the_standard_one(tmp_path: Path) -> None:
    write_text("abc", tmp_path / "abc")
    assert sha256(tmp_path / "abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
