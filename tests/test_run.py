"""The settings of a run whose number of clusters was left to it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from retina_vae.cluster_settings import ClusterSettings
from retina_vae.errors import InputError
from retina_vae.files import write_table, write_text
from retina_vae.opening import open_run


def write_configuration(home: Path, **clusters: Any) -> Path:
    values = {"run": "r", "study": "macular", "results": str(home), "clusters": {"latent_dim": 3, **clusters}}
    write_text(yaml.safe_dump(values), home / "r" / "config.yaml")
    return home / "r" / "config.yaml"


def test_the_found_number_takes_the_place_of_auto(tmp_path: Path) -> None:
    path = write_configuration(tmp_path, k="auto")
    write_table(pd.DataFrame([{"answer": "groups", "k": 4}]), tmp_path / "r" / "clusters" / "latent_structure.csv")
    assert open_run(path).numbered().settings.clusters.number == 4


def test_a_number_that_was_set_needs_no_table(tmp_path: Path) -> None:
    assert open_run(write_configuration(tmp_path, k=1)).numbered().settings.clusters.number == 1


def test_without_its_table_the_number_is_not_known(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"latent_structure\.csv"):
        open_run(write_configuration(tmp_path, k="auto")).numbered()


def test_no_number_is_taken_before_it_is_found() -> None:
    with pytest.raises(ValueError, match="expected the number that the run found, got 'auto'"):
        assert ClusterSettings().number
    assert ClusterSettings(k=7).number == 7


def write_chosen(home: Path, dims: dict[int, bool]) -> Path:
    values = {"run": "r", "results": str(home), "cohort": {"table": "t.csv", "schema": "t.yaml"}, "clusters": {"k": 2}}
    write_text(yaml.safe_dump(values), home / "r" / "config.yaml")
    table = pd.DataFrame({"latent_dim": list(dims), "chosen": list(dims.values())})
    write_table(table, home / "r" / "vae" / "held_out.csv")
    return home / "r" / "config.yaml"


def test_the_chosen_dimension_takes_the_place_of_auto_and_the_model_keeps_its_name(tmp_path: Path) -> None:
    run = open_run(write_chosen(tmp_path, {1: False, 2: True, 3: False}))
    assert run.settings.models == ["chosen"]
    for settled in (run.dimensioned(), run.numbered()):
        assert settled.settings.latent_dim == settled.settings.clusters.dimension == 2
        assert settled.settings.model("chosen").latent_dim == 2
        assert settled.clustered == "chosen"
    with pytest.raises(ValueError, match="expected the dimension that the run chose, got 'auto'"):
        assert run.settings.latent_dim


def test_a_table_that_chooses_two_dimensions_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="expected one chosen dimension, got 2"):
        open_run(write_chosen(tmp_path, {1: True, 2: True})).dimensioned()


def test_a_dimension_that_was_set_needs_no_table(tmp_path: Path) -> None:
    assert open_run(write_configuration(tmp_path, k=1)).dimensioned().settings.latent_dim == 3
