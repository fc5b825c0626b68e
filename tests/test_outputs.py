"""Where a command may write what its user asked for."""

import errno
import os
from pathlib import Path

import pytest

from retina_vae.errors import ConfigurationError
from retina_vae.files import write_text
from retina_vae.outputs import require_output, writing


def refusal(path: Path) -> str:
    with pytest.raises(ConfigurationError) as error:
        require_output(path, (".csv", ".parquet"))
    return str(error.value)


def test_what_can_be_written_passes_and_nothing_is_made(tmp_path: Path) -> None:
    require_output(tmp_path / "a.csv", (".csv", ".parquet"))
    (tmp_path / "there.csv").touch()
    require_output(tmp_path / "there.csv", (".csv",))
    assert [path.name for path in tmp_path.iterdir()] == ["there.csv"]


def test_a_file_in_the_folder_where_one_is_needs_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    require_output(Path("a.csv"), (".csv",))


def test_each_obstacle_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (
        refusal(tmp_path / "a.txt") == f"--output: expected a file that ends in .csv or .parquet, got {tmp_path}/a.txt."
    )
    begin = f"--output: expected a file that can be written, got {tmp_path}"
    assert refusal(tmp_path / "new" / "a.csv") == f"{begin}/new/a.csv: there is no folder {tmp_path}/new."
    (tmp_path / "file").touch()
    assert refusal(tmp_path / "file" / "a.csv") == f"{begin}/file/a.csv: {tmp_path}/file is no folder."
    (tmp_path / "folder.csv").mkdir()
    assert refusal(tmp_path / "folder.csv") == f"{begin}/folder.csv: it is a folder."
    # Root may write everywhere, so the system is asked in its place.
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    assert refusal(tmp_path / "a.csv") == f"{begin}/a.csv: nothing may be written into the folder {tmp_path}."
    assert not (tmp_path / "new").exists()


def test_what_fails_later_is_said_of_the_output_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, *arguments: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))

    monkeypatch.setattr(os, "open", full)
    with pytest.raises(ConfigurationError) as error, writing(tmp_path / "a.csv"):
        write_text("x", tmp_path / "a.csv")
    assert str(error.value) == (
        f"--output: expected a file that can be written, got {tmp_path}/a.csv: No space left on device."
    )
    with pytest.raises(ConfigurationError, match="another fault"), writing(tmp_path / "a.csv"):
        raise ConfigurationError("another fault")
