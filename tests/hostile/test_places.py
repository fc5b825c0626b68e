"""What is no file with an end, in the place of every file that a command reads, is one error and never waited for."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.hostile.ending import require_good_ending


def make_loop(path: Path) -> None:
    path.symlink_to(path.with_name("back"))
    path.with_name("back").symlink_to(path)


PLACES: dict[str, Callable[[Path], None]] = {
    "pipe": os.mkfifo,
    "device": lambda path: path.symlink_to("/dev/zero"),
    "terminal": lambda path: path.symlink_to("/dev/stdin"),
    "loop": make_loop,
    "folder": Path.mkdir,
    "dangling": lambda path: path.symlink_to(path.with_name("nowhere")),
    "empty": Path.touch,
    "nothing": lambda path: None,
}

COMMANDS: dict[str, tuple[str, ...]] = {
    "init": ("init", "{}", "--folder", "made"),
    "dictionary": ("init", "{good}", "--redcap", "{}", "--folder", "made"),
    "draft": ("describe-table", "{}", "-o", "made/x.yaml"),
    "cohort": ("cohort", "--config", "{}"),
    "vae": ("vae", "--config", "{}", "--model", "d2"),
    "report": ("report", "--config", "{}"),
    "patients": ("assign", "{}", "--run", "made", "-o", "made/x.csv"),
    "run": ("assign", "{good}", "--run", "{}", "-o", "made/x.csv"),
    "part": ("assign-gather", "{}", "-o", "made/x.csv"),
    "compare": ("compare", "{}", "{}"),
}

SUFFIXES = dict.fromkeys(("init", "draft", "patients"), (".csv", ".parquet", ".xlsx", ".sav")) | {
    "dictionary": (".csv",)
}


@pytest.mark.parametrize("place", PLACES)
def test_what_is_no_file_is_one_error(place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "good.csv").write_text("id,age\n1,50\n2,60\n")
    for number, (name, words) in enumerate(COMMANDS.items()):
        for suffix in SUFFIXES.get(name, (".yaml",)):
            path = tmp_path / f"{number}{suffix}" / f"given{suffix}"
            path.parent.mkdir()
            PLACES[place](path)
            started = time.perf_counter()
            given = [word.format(path, good=tmp_path / "good.csv") for word in words]
            code = require_good_ending(*given, folder=tmp_path, makes=())
            # An empty configuration is one with every default, which lacks a table; an empty table is none.
            assert (code, name) == (2, name), (name, suffix)
            assert time.perf_counter() - started < 10
    assert not (tmp_path / "made").exists()
