"""The workflow on pictures, from files of nobody to a page with what the models draw."""

import sys
from pathlib import Path

import pandas as pd
import pytest
import yaml

from retina_vae.artefacts import artefacts_of
from retina_vae.config_files import load_configuration
from tests.workflow import forks


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The smoke run of the study, in another folder."""
    folder = tmp_path_factory.mktemp("digits")
    values = yaml.safe_load((forks.ROOT / "config/digits-smoke.yaml").read_text())
    config = folder / "digits.yaml"
    config.write_text(yaml.safe_dump(values | {"results": str(folder / "results")}))
    command = [sys.executable, "-m", "snakemake", "--cores", "2", "--configfile", str(config)]
    result = forks.run(command)
    assert result.returncode == 0, result.stderr[-3000:]
    return folder / "results" / values["run"]


def test_every_artefact_is_there_and_has_its_columns(digits: Path) -> None:
    settings = load_configuration(digits / "config.yaml")
    for own in artefacts_of(settings):
        for path in own.paths(settings):
            assert own.optional or (digits / path).is_file(), path
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
