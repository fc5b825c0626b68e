"""The workflow on simulated sweeps, to a page with views from above and the classifiers beside their limit."""

from pathlib import Path

import pandas as pd
import pytest

from tests.workflow.smoke import assert_complete, smoke_run


@pytest.fixture(scope="module")
def terrain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The smoke run of the study, in another folder."""
    return smoke_run("terrain", tmp_path_factory.mktemp("terrain"), cohort={"patients_per_group": 40})


def test_every_artefact_is_there_and_the_limit_is_a_row_of_its_own(terrain: Path) -> None:
    assert_complete(terrain)
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
