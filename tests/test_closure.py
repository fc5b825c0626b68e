from pathlib import Path

import pytest

from retina_vae.closure import code_fingerprint, import_closure
from retina_vae.files import write_text

SOURCES = {
    "__init__.py": "",
    "low.py": "X = 1\n",
    "lazy.py": "",
    "typed.py": "",
    "steps.py": "from house import other\n",
    "other.py": "",
    "room/__init__.py": "",
    "room/words.txt": "hello",
    "room/command.py": (
        "from typing import TYPE_CHECKING\n"
        "from house.low import X\n"
        "import house.steps\n"
        "if TYPE_CHECKING:\n    from house import typed\n"
        "def run():\n    from house import lazy\n"
    ),
}


@pytest.fixture
def house(tmp_path: Path) -> Path:
    for name, text in SOURCES.items():
        write_text(text, tmp_path / "house" / name)
    return tmp_path / "house"


def test_a_closure_holds_what_is_imported_when_it_runs_and_the_packages_above(house: Path) -> None:
    closure = import_closure("house.room.command", house)
    assert closure == ["house", "house.lazy", "house.low", "house.room", "house.room.command"]


def test_a_module_that_is_not_there_is_no_command(house: Path) -> None:
    with pytest.raises(ValueError, match=r"expected a module below .*, got 'house\.none'"):
        import_closure("house.none", house)


@pytest.mark.parametrize(
    ("name", "text", "same"),
    [
        ("low.py", "X = 2\n", False),
        ("lazy.py", "Y = 1\n", False),
        ("room/words.txt", "bye", False),
        ("low.py", '"""What X is."""\n\nX = 1  # one\n', True),
        ("typed.py", "Y = 1\n", True),
        ("other.py", "Y = 1\n", True),
    ],
)
def test_a_fingerprint_follows_what_a_command_runs_alone(house: Path, tmp_path: Path, name: str, text: str, same: bool):
    """Modules are looked at once, so the edited house is another one of the same name."""
    edited = tmp_path / "edited" / "house"
    for own, content in SOURCES.items():
        write_text(text if own == name else content, edited / own)
    before, after = (code_fingerprint(import_closure("house.room.command", root), root) for root in (house, edited))
    assert (before == after) == same


def test_every_command_of_a_step_has_the_filter_and_the_options_that_it_imports() -> None:
    closure = import_closure("retina_vae.commands.describe")
    assert {"retina_vae.commands.describe", "retina_vae.commands.options", "retina_vae.run"} <= set(closure)
    assert not [name for name in closure if name.startswith(("retina_vae.report", "retina_vae.studies.macular"))]
