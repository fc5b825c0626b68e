"""The workflow on fundus images, from factors that are known to a page that says which coordinate carries which."""

from pathlib import Path

import pandas as pd
import pytest

from tests.workflow.smoke import assert_complete, smoke_run


@pytest.fixture(scope="module")
def fundus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The smoke run of the study, in another folder."""
    return smoke_run("fundus", tmp_path_factory.mktemp("fundus"))


def test_a_run_knows_the_factors_of_its_images_and_the_limit_of_its_classifiers(fundus: Path) -> None:
    classifiers = pd.read_csv(fundus / "evaluation/classifiers.csv")
    limit = classifiers[classifiers["model"] == "limit"]
    assert len(limit) == 1
    assert 0.6 < limit["accuracy"].item() < 0.95
    assert classifiers.loc[classifiers["model"] == "supervised VAE", "accuracy_gap"].notna().all()
    told = pd.read_csv(fundus / "cohort/summary.csv")["column"]
    assert {"drusen", "haemorrhage", "pigmentation"} <= set(told)
    assert not told.str.startswith("pixel").any()


def test_every_artefact_is_there_and_the_coordinates_are_measured_against_the_factors(fundus: Path) -> None:
    assert_complete(fundus)
    factors = pd.read_csv(fundus / "latent/d3/factors.csv")
    assert {"drusen", "haemorrhage", "pigmentation"} <= set(factors["column"])
    page = (fundus / "report/report.html").read_text()
    assert 'id="images"' in page
    assert "Beside a coordinate stands the column that it carries most of" in page
