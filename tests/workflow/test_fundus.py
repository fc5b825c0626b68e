"""The workflow on fundus images, from factors that are known to a page that says which coordinate carries which."""

import sys
from pathlib import Path

import pandas as pd
import pytest
import yaml

from retina_vae.artefacts import artefacts_of
from retina_vae.config_files import load_configuration
from tests.workflow import forks


@pytest.fixture(scope="module")
def fundus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The smoke run of the study, in another folder."""
    folder = tmp_path_factory.mktemp("fundus")
    values = yaml.safe_load((forks.ROOT / "config/fundus-smoke.yaml").read_text())
    config = folder / "fundus.yaml"
    config.write_text(yaml.safe_dump(values | {"results": str(folder / "results")}))
    result = forks.run([sys.executable, "-m", "snakemake", "--cores", "2", "--configfile", str(config)])
    assert result.returncode == 0, result.stderr[-3000:]
    return folder / "results" / values["run"]


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
    settings = load_configuration(fundus / "config.yaml")
    for own in artefacts_of(settings):
        for path in own.paths(settings):
            assert own.optional or (fundus / path).is_file(), path
    factors = pd.read_csv(fundus / "latent/d3/factors.csv")
    assert {"drusen", "haemorrhage", "pigmentation"} <= set(factors["column"])
    page = (fundus / "report/report.html").read_text()
    assert 'id="images"' in page
    assert "Beside a coordinate stands the column that it carries most of" in page
