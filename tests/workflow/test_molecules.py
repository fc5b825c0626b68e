"""The workflow on molecules, from the extract to a page with drawn molecules."""

import sys
from pathlib import Path

import pandas as pd
import pytest
import yaml

pytest.importorskip("rdkit", reason='pip install "retina_vae[molecules]"')
pytest.importorskip("selfies")

from retina_vae.artefacts import artefacts_of
from retina_vae.config_files import load_configuration
from tests.workflow import forks


@pytest.fixture(scope="module")
def molecules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The smoke run of the study, in another folder."""
    folder = tmp_path_factory.mktemp("molecules")
    values = yaml.safe_load((forks.ROOT / "config/molecules-smoke.yaml").read_text())
    config = folder / "molecules.yaml"
    config.write_text(yaml.safe_dump(values | {"results": str(folder / "results")}))
    command = [sys.executable, "-m", "snakemake", "--cores", "2", "--configfile", str(config)]
    result = forks.run(command)
    assert result.returncode == 0, result.stderr[-3000:]
    return folder / "results" / values["run"]


def test_every_artefact_is_there_and_has_its_columns(molecules: Path) -> None:
    settings = load_configuration(molecules / "config.yaml")
    for own in artefacts_of(settings):
        for path in own.paths(settings):
            assert own.optional or (molecules / path).is_file(), path
            if path.startswith("molecules/"):
                assert list(pd.read_csv(molecules / path, nrows=1)) == own.column_names, path
    models = pd.read_csv(molecules / "molecules/models.csv")
    assert models["model"].tolist() == ["autoencoder", "d4", "d4"]
    # Every sequence of SELFIES is a molecule, however little a model has learned.
    assert models["valid"].gt(0.99).all()


def test_tables_and_page_are_about_properties_and_molecules(molecules: Path) -> None:
    profiles = pd.read_csv(molecules / "clusters/profiles.csv")
    assert not profiles["column"].str.startswith("symbol").any()
    assert {"logp", "weight"} <= set(profiles["column"])
    page = (molecules / "report/report.html").read_text()
    assert 'id="molecules"' in page
    assert "molecules, from an extract of QM9" in page
    assert "nobody sets the symbols of a molecule in a form" in page
    assert "first 12 principal components of the symbols" in page
    assert "pixels of" not in page
