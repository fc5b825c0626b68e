"""The workflow on simulated sweeps, to a page with views from above and the classifiers beside their limit."""

import sys
from pathlib import Path

import pandas as pd
import pytest
import yaml

from retina_vae.artefacts import artefacts_of
from retina_vae.config_files import load_configuration
from tests.workflow import forks


@pytest.fixture(scope="module")
def terrain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The smoke run of the study, with fewer sweeps and in another folder."""
    folder = tmp_path_factory.mktemp("terrain")
    values = yaml.safe_load((forks.ROOT / "config/terrain-smoke.yaml").read_text())
    config = folder / "terrain.yaml"
    config.write_text(
        yaml.safe_dump(values | {"results": str(folder / "results"), "cohort": {"patients_per_group": 40}})
    )
    result = forks.run([sys.executable, "-m", "snakemake", "--cores", "2", "--configfile", str(config)])
    assert result.returncode == 0, result.stderr[-3000:]
    return folder / "results" / values["run"]


def test_every_artefact_is_there_and_the_limit_is_a_row_of_its_own(terrain: Path) -> None:
    settings = load_configuration(terrain / "config.yaml")
    for own in artefacts_of(settings):
        for path in own.paths(settings):
            assert own.optional or (terrain / path).is_file(), path
    classifiers = pd.read_csv(terrain / "evaluation/classifiers.csv")
    assert set(classifiers["model"]) == {"supervised VAE", "plain classifier", "limit"}
    limit = classifiers[classifiers["model"] == "limit"]
    assert 0.85 < limit["accuracy"].iloc[0] < 1


def test_the_page_speaks_of_sweeps_and_shows_the_terrains(terrain: Path) -> None:
    page = (terrain / "report/report.html").read_text()
    assert 'id="terrains"' in page
    assert "sweeps, simulated sweeps of a LiDAR between two crop rows" in page
    assert "The mean of its sweeps" in page or "the mean of its sweeps" in page
    assert "who knows how they are simulated is right" in page
