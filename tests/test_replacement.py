"""Which finished run a changed configuration would replace, and by which keys they differ."""

import json
from pathlib import Path

import pytest

from retina_vae.config import Configuration
from retina_vae.config_files import parse_configuration
from retina_vae.hashes import RUN_FORMAT
from retina_vae.replacement import changed_keys, replacement_warning


@pytest.fixture
def finish(tmp_path: Path):
    """Leaves the manifest of a finished run with these settings, as nobody but the manifest remembers them."""

    def write(values: dict, **changes: object) -> Configuration:
        settings = parse_configuration({"run": "r", "results": str(tmp_path)} | values, "x")
        manifest = {"format": RUN_FORMAT, "artefacts": {}, "configuration": settings.model_dump(mode="json")}
        (tmp_path / "r").mkdir(exist_ok=True)
        (tmp_path / "r" / "manifest.json").write_text(json.dumps(manifest | changes))
        return settings

    return write


def settings_of(tmp_path: Path, values: dict) -> Configuration:
    return parse_configuration({"run": "r", "results": str(tmp_path)} | values, "x")


def test_the_keys_that_differ_are_named_with_both_values(finish, tmp_path: Path) -> None:
    family = {"plain": {"latent_dim": 2, "changes": {"kl_weight": 0.0}}}
    finish({"clusters": {"k": 14}, "family": family})
    now = settings_of(tmp_path, {"clusters": {"k": 12}, "vae": {"epochs": 7}})
    said = replacement_warning(now)
    assert said is not None
    first, *lines = said.splitlines()
    assert first.startswith(f"{tmp_path}/r holds a finished run of another configuration")
    epochs = Configuration().vae.epochs
    assert lines[:3] == [
        f"  vae.epochs: {epochs} there, 7 now",
        "  family: nothing there, {} now",
        "  clusters.k: 14 there, 12 now",
    ]
    assert "  family.plain.latent_dim: 2 there, nothing now" in lines
    assert lines[-1].startswith("  To keep both, give this one another name: `run: other-name`")


def test_what_decides_no_result_is_no_difference(finish, tmp_path: Path) -> None:
    finish({"device": "cpu", "vae": {"chunks": 1}, "stability": {"chunks": 1}})
    now = settings_of(tmp_path, {"device": "auto", "vae": {"chunks": 4}, "stability": {"chunks": 3}})
    assert replacement_warning(now) is None


def test_where_nothing_is_finished_nothing_is_replaced(finish, tmp_path: Path) -> None:
    now = settings_of(tmp_path, {"clusters": {"k": 12}})
    assert replacement_warning(now) is None
    same = finish({"clusters": {"k": 12}})
    assert replacement_warning(same) is None
    for damaged in ({"format": -1}, {"configuration": None}):
        finish({"clusters": {"k": 14}}, **damaged)
        assert replacement_warning(now) is None
    (tmp_path / "r" / "manifest.json").write_text("{")
    assert replacement_warning(now) is None


def test_a_key_that_an_earlier_version_lacked_had_its_default(finish, tmp_path: Path) -> None:
    settings = finish({}).model_dump(mode="json")
    del settings["clusters"]["patients"]
    finish({}, configuration=settings)
    assert replacement_warning(settings_of(tmp_path, {})) is None
    assert replacement_warning(settings_of(tmp_path, {"clusters": {"patients": 5000}})) is not None
    # One that this version does not know any more is all that can be said of it.
    finish({}, configuration=settings | {"speed": 3})
    said = replacement_warning(settings_of(tmp_path, {}))
    assert said is not None
    assert "  speed: 3 there, nothing now" in said


def test_a_long_list_is_cut() -> None:
    made = {f"key{number}": number for number in range(30)}
    assert len(changed_keys(made, {})) == 30
    assert changed_keys({"a": {"b": 1, "c": [1]}}, {"a": {"b": 1, "c": [2]}}) == [("a.c", "[1]", "[2]")]
