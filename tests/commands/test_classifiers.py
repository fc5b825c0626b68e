"""The command `classifiers` on a run that is being made."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import yaml

from retina_vae.classifiers.artefacts import CLASSIFIERS, supervised_model
from retina_vae.commands.classifiers import classifiers
from retina_vae.config_files import parse_configuration
from retina_vae.errors import ConfigurationError
from retina_vae.opening import open_run
from tests.studies.digits.files import write_pictures

SUPERVISED = {"s": {"latent_dim": 2, "replicas": 2, "changes": {"objective": "supervised"}}}


def begun(tmp_path: Path, **values: object) -> Path:
    """A run whose pictures are there, by its configuration."""
    write_pictures(tmp_path / "pictures", count=24)
    own = {
        "study": "digits",
        "results": str(tmp_path / "results"),
        "cohort": {"source": "images", "folder": str(tmp_path / "pictures")},
        "vae": {"latent_dims": [2], "hidden_units": [4, 3], "epochs": 2},
        "held_out": {"folds": 2},
        **values,
    }
    path = tmp_path / "config.yaml"
    path.write_text(yaml.safe_dump(own))
    run = open_run(path)
    found = run.settings.source.load(run.settings.found_cohort, None)
    nothing = "column\n"
    contents = {"cohort/summary.csv": nothing, "cohort/outliers.csv": nothing}
    tables = {"cohort/patients.parquet": found.patients, "cohort/schema.yaml": found.schema.to_yaml()}
    run.write("cohort", contents | tables)
    return path


def test_the_table_stands_where_it_is_declared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = begun(tmp_path, family=SUPERVISED)
    classifiers(path)
    table = open_run(path).table(CLASSIFIERS)
    assert table["model"].tolist() == ["supervised VAE", "plain classifier"]
    assert table["known"].tolist() == [12, 12]
    assert np.isfinite(table["accuracy_gain"].iloc[0])
    assert "12 labels: supervised VAE" in capsys.readouterr().err


def test_a_run_without_a_supervised_model_is_told_so_and_has_no_table(tmp_path: Path) -> None:
    path = begun(tmp_path)
    with pytest.raises(ConfigurationError, match="expected a run of items with labels whose family has a member"):
        classifiers(path)
    assert not open_run(path).path(CLASSIFIERS).exists()


@pytest.mark.parametrize(("source", "expected"), [("digits", "s"), ("unlabelled_images", None)])
def test_the_supervised_model_is_a_member_of_the_family_and_needs_labels(source: str, expected: str | None) -> None:
    values = {"study": "digits", "cohort": {"source": source}, "family": {"plane": {"latent_dim": 2}, **SUPERVISED}}
    assert supervised_model(parse_configuration(values, "here")) == expected
