"""The workflow on pictures, from files of nobody to a page with what the models draw."""

from pathlib import Path

import pandas as pd
import pytest

from tests.workflow.smoke import assert_complete, smoke_run


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The smoke run of the study, in another folder."""
    return smoke_run("digits", tmp_path_factory.mktemp("digits"))


def test_every_artefact_is_there_and_has_its_columns(digits: Path) -> None:
    assert_complete(digits)
    quality = pd.read_csv(digits / "pictures/quality.csv")
    assert set(quality["model"].dropna()) == {"autoencoder", "unregularised", "d4"}
    assert quality["sharpness"].gt(0).all()
    classifiers = pd.read_csv(digits / "evaluation/classifiers.csv")
    assert set(classifiers["model"]) == {"supervised VAE", "plain classifier"}


def test_tables_and_page_are_about_measures_and_images(digits: Path) -> None:
    profiles = pd.read_csv(digits / "clusters/profiles.csv")
    assert not profiles["column"].str.startswith("pixel").any()
    assert {"brightness", "contrast", "label"} <= set(profiles["column"])
    page = (digits / "report/report.html").read_text()
    assert 'id="images"' in page
    assert "images, the handwritten digits of scikit-learn" in page
    assert "nobody sets the pixels of a picture in a form" in page
    assert "first 12 principal components of the pixels" in page
    drawn = {path.stem for path in (digits / "report/figures").glob("images_*.png")}
    assert drawn == {
        f"images_{name}" for name in ("clusters", "paths", "plane", "prior", "reconstructions", "traversals")
    }
