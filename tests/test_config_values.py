from __future__ import annotations

from pathlib import Path

import pytest

from retina_vae.config_files import load_configuration
from retina_vae.config_values import check_configuration_files, merged, merged_files
from retina_vae.errors import ConfigurationError


def test_what_snakemake_would_take_for_something_else_is_refused(tmp_path: Path) -> None:
    plain, twice, sexagesimal = (tmp_path / name for name in ("plain.yaml", "twice.yaml", "sexagesimal.yaml"))
    plain.write_text("vae: {epochs: many}")
    twice.write_text("vae: {epochs: 1, epochs: 2}")
    sexagesimal.write_text("run: 190:20:30")
    check_configuration_files([plain, str(plain)])
    with pytest.raises(ConfigurationError, match=r"twice\.yaml: line 1, column 18: .* the key 'epochs' twice"):
        check_configuration_files([plain, twice])
    with pytest.raises(ConfigurationError, match=r"'190:20:30', which YAML takes for another number"):
        check_configuration_files([sexagesimal])
    with pytest.raises(ConfigurationError, match=r"the key 'epochs' twice"):
        load_configuration(twice)


def test_each_file_changes_keys_of_those_before_it(tmp_path: Path) -> None:
    first, second = tmp_path / "first.yaml", tmp_path / "second.yaml"
    first.write_text("run: one\nvae:\n  epochs: 3\n  seed: 4\n")
    second.write_text("vae:\n  epochs: 5\n")
    assert merged_files([first, second]) == {"run": "one", "vae": {"epochs": 5, "seed": 4}}
    assert merged({"a": {"b": 1}}, {"a": 2}) == {"a": 2}
