"""The workflow on molecules, from the extract to a page with drawn molecules."""

from pathlib import Path

import pandas as pd
import pytest

pytest.importorskip("rdkit", reason='pip install "retina_vae[molecules]"')
pytest.importorskip("selfies")

from retina_vae.artefacts import artefacts_of
from retina_vae.config_files import load_configuration
from tests.workflow.smoke import assert_complete, smoke_run


@pytest.fixture(scope="module")
def molecules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The smoke run of the study, in another folder."""
    return smoke_run("molecules", tmp_path_factory.mktemp("molecules"), latent={"draws": 4, "proposals": 64})


def test_every_artefact_is_there_and_has_its_columns(molecules: Path) -> None:
    assert_complete(molecules)
    for own in artefacts_of(load_configuration(molecules / "config.yaml")):
        if own.path.startswith("molecules/"):
            assert list(pd.read_csv(molecules / own.path, nrows=1)) == own.column_names, own.path
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
