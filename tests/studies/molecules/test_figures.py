"""The molecules that are drawn, and how."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import LineCollection

pytest.importorskip("rdkit", reason='pip install "retina_vae[molecules]"')
pytest.importorskip("selfies")

from retina_vae.studies.molecules.chemistry import measure_molecules
from retina_vae.studies.molecules.depiction import depict
from retina_vae.studies.molecules.examples import SHOWN_RADII, drawn_molecules
from retina_vae.studies.molecules.figures import draw_molecules, draw_similarity
from tests.studies.molecules.small import MOLECULES, known_model

NAMES = {"ae": "autoencoder"}


@pytest.fixture(scope="module")
def drawn() -> pd.DataFrame:
    model = known_model()
    written = [model.alphabet.notation.write(smiles) for smiles in MOLECULES]
    trained = model.alphabet.codes(written), measure_molecules(MOLECULES)
    return drawn_molecules([model], MOLECULES, trained, seed=1)


def test_every_set_is_drawn_and_begins_with_its_molecule(drawn: pd.DataFrame) -> None:
    assert drawn["set"].unique().tolist() == ["neighbours", "prior", "path", "moved"]
    near = drawn[drawn["set"] == "neighbours"]
    center = near["smiles"].iloc[0]
    assert near.groupby("row")["smiles"].first().tolist() == [center] * len(SHOWN_RADII)
    assert not near.loc[near["place"] > 1, "smiles"].eq(center).any()
    assert drawn.loc[drawn["set"] == "path", "smiles"].iloc[0] == center
    assert drawn.loc[(drawn["set"] == "moved") & drawn["caption"].str.startswith("0:"), "smiles"].tolist() == [center]


def test_a_picture_has_the_lines_of_all_its_molecules(drawn: pd.DataFrame) -> None:
    shown = drawn[drawn["set"] == "path"].fillna("")
    figure = draw_molecules(shown, NAMES)
    (axes,) = figure.axes
    lines = sum(len(own.get_segments()) for own in axes.collections if isinstance(own, LineCollection))
    assert lines == sum(len(depict(smiles).lines) for smiles in shown["smiles"] if smiles)
    assert "Autoencoder" in [text.get_text() for text in axes.texts]
    low, high = axes.get_xlim()
    ends = np.concatenate([np.concatenate(own.get_segments()) for own in axes.collections if len(own.get_segments())])
    assert ((ends[:, 0] >= low) & (ends[:, 0] <= high)).all()


def test_where_no_molecule_is_decoded_none_is_written() -> None:
    own = pd.DataFrame([{"model": "ae", "row": 1, "place": 1, "smiles": "", "caption": ""}])
    assert "none" in [text.get_text() for text in draw_molecules(own, NAMES).axes[0].texts]


def test_similarity_has_a_panel_for_each_unit_and_a_line_for_each_model() -> None:
    rows = [
        {"model": "ae", "replica": 1, "unit": unit, "radius": radius, "similarity": 1 - radius, "similarity_error": 0.1}
        for unit in ("codes", "distance")
        for radius in (0.1, 0.5)
    ]
    pairs = {"model": "", "replica": 0, "unit": "", "radius": np.nan, "similarity": 0.08, "similarity_error": 0.01}
    figure = draw_similarity(pd.DataFrame([*rows, pairs]), NAMES)
    assert len(figure.axes) == 2
    assert [text.get_text() for text in figure.legends[0].get_texts()] == [
        "two molecules at random",
        "autoencoder",
    ]
