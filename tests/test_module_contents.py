import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from retina_vae import module_contents
from retina_vae.module_contents import Contents, contents_of, remember


@pytest.fixture
def memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An own memory, of a process that has read nothing yet."""
    path = tmp_path / "memory.json"
    monkeypatch.setattr(module_contents, "_memory", lambda: path)
    monkeypatch.setattr(module_contents, "_NEW", {})
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    forget()
    yield path
    forget()


def forget() -> None:
    module_contents._remembered.cache_clear()
    contents_of.cache_clear()


def module(folder: Path, text: str) -> Path:
    path = folder / "own.py"
    path.write_text(text)
    return path


def test_names_in_functions_count_and_those_for_type_checkers_do_not(memory: Path, tmp_path: Path) -> None:
    text = "import a.b\nif TYPE_CHECKING:\n    import c\nelse:\n    import d\ndef f():\n    from e import g\n"
    assert contents_of(module(tmp_path, text)).names == ["a.b", "d", "e", "e.g"]


def test_a_later_process_remembers_and_reads_what_was_edited(memory: Path, tmp_path: Path, monkeypatch) -> None:
    first = contents_of(module(tmp_path, "import a\nX = 1\n"))
    remember()
    forget()
    with monkeypatch.context() as patch:
        patch.setattr(module_contents.ast, "parse", None)
        assert contents_of(module(tmp_path, "import a\nX = 1\n")) == first
    forget()
    edited = contents_of(module(tmp_path, "import b\nX = 1\n"))
    assert edited.names == ["b"]
    assert edited.meaning != first.meaning


@pytest.mark.parametrize("spoiled", ["", "[1, 2]", '{"a": 3}', '{"a": ["m"]}', "\ufffd{"])
def test_a_spoiled_memory_is_none(memory: Path, tmp_path: Path, spoiled: str) -> None:
    memory.write_text(spoiled)
    assert contents_of(module(tmp_path, "import a\n")).names == ["a"]
    remember()
    forget()
    assert list(module_contents._remembered().values()) == [contents_of(module(tmp_path, "import a\n"))]


def test_what_was_edited_often_is_forgotten(memory: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module_contents, "_MOST", 1)
    for name in "abc":
        contents_of(module(tmp_path, f"import {name}\n"))
        remember()
        forget()
    assert [own.names for own in module_contents._remembered().values()] == [["c"]]


def test_where_python_writes_no_bytecode_nothing_is_written(memory: Path, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert isinstance(contents_of(module(tmp_path, "import a\n")), Contents)
    remember()
    assert not memory.exists()


def test_where_nothing_can_be_written_the_plan_goes_on(memory: Path, tmp_path: Path, monkeypatch) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_text("a file")
    monkeypatch.setattr(module_contents, "_memory", lambda: blocked / "memory.json")
    contents_of(module(tmp_path, "import a\n"))
    remember()
    assert blocked.read_text() == "a file"
