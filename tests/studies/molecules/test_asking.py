"""What a run says of one molecule, on a model whose code is the molecule."""

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("rdkit", reason='pip install "retina_vae[molecules]"')
pytest.importorskip("selfies")

from retina_vae.cli import main
from retina_vae.errors import InputError
from retina_vae.studies.molecules.asking import Asked
from retina_vae.studies.molecules.measures import Spread
from retina_vae.studies.molecules.wording import model_table, moved_table, neighbour_sentences, sentences
from tests.studies.molecules.small import MOLECULES, known_model


@pytest.fixture(scope="module")
def asked() -> Asked:
    model = known_model()
    return Asked(model, Spread(model.codes_of(MOLECULES)), frozenset(MOLECULES))


def test_similar_ones_have_their_properties_and_whether_they_are_known(asked: Asked) -> None:
    table, valid = asked.similar("CCO", [1.0], seed=1, count=5)
    assert 0 < len(table) <= 5
    assert "CCO" not in set(table["smiles"])
    assert valid == 1
    assert table["in_cohort"].equals(table["smiles"].isin(MOLECULES))
    assert {"similarity", "radius", "weight", "logp", "qed", "heavy_atoms", "rings"} <= set(table)


def test_a_path_begins_and_ends_at_the_molecules(asked: Asked) -> None:
    table = asked.path("CCO", "c1ccoc1", 5)
    assert table["smiles"].iloc[[0, -1]].tolist() == ["CCO", "c1ccoc1"]
    assert table["similarity_start"].iloc[0] == table["similarity_end"].iloc[-1] == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("C1CC", "--molecule: expected a molecule in SMILES that RDKit can read, found 'C1CC'. Check the text."),
        ("CBr", "--molecule: CBr: expected symbols of the alphabet of .*, found .Br.. The model knows no other"),
        ("CCCCCCCCCCC", "--molecule: CCCCCCCCCCC: expected at most 7 symbols, found 11"),
    ],
)
def test_a_molecule_that_the_model_cannot_read_is_said(asked: Asked, text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        asked.molecule(text, "--molecule")


def test_selfies_are_read_too(asked: Asked) -> None:
    assert asked.molecule("[O][C][C]", "--molecule") == asked.molecule("OCC", "--molecule") == "CCO"


@pytest.mark.parametrize("command", ["similar", "path", "measure"])
def test_the_commands_are_there(
    command: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["retina-vae", "molecules", command, "--help"])
    with pytest.raises(SystemExit) as stopped:
        main()
    assert stopped.value.code == 0
    assert "molecule" in capsys.readouterr().out


NAMES = {"ae": "autoencoder (ae)", "d2": "VAE (d2)"}


def neighbours(gain: float) -> pd.DataFrame:
    """Of an autoencoder and a VAE whose neighbours are so much more alike, and of random pairs."""
    rows = [
        {"model": model, "replica": 1, "unit": unit, "radius": radius, "similarity": 0.5 - radius / 4 + more}
        for model, more in (("ae", 0.0), ("d2", gain))
        for unit in ("codes", "distance")
        for radius in (0.1, 0.5)
    ]
    pairs = {"model": "", "replica": 0, "unit": "", "radius": np.nan, "similarity": 0.08}
    return pd.DataFrame([*rows, pairs]).assign(similarity_error=0.01, similarity_of_others=0.3)


@pytest.mark.parametrize(
    ("gain", "said"),
    [
        (0.2, "of the VAE (d2) are more like the molecule than those of the autoencoder"),
        (-0.2, "of the VAE (d2) are less like the molecule than those of the autoencoder"),
        (0.0, "are as much like the molecule, within two standard errors, as those of the autoencoder"),
    ],
)
def test_the_sentence_on_neighbours_follows_the_numbers(gain: float, said: str) -> None:
    found = neighbour_sentences(neighbours(gain), NAMES)
    assert said in found[-1]
    assert "it falls with the radius: 0.4" in found[1]


@pytest.mark.parametrize(
    ("apart", "said"),
    [
        ([0.2], "are more like the molecule at some distances than those of the autoencoder"),
        ([-0.2], "are less like the molecule at some distances than those of the autoencoder"),
        ([0.2, 0.2, 0.2], "are more like the molecule than those of the autoencoder"),
        ([0.2, -0.2], "are more like the molecule at some distances, and less at others, than those of the"),
    ],
)
def test_what_holds_at_some_distances_is_not_said_of_all(apart: list[float], said: str) -> None:
    table = neighbours(0.0)
    rows = table.index[table["model"] == "d2"][: len(apart)]
    table.loc[rows, "similarity"] += apart
    assert said in neighbour_sentences(table, NAMES)[-1]


def test_moved_properties_stand_in_the_order_of_their_steps() -> None:
    rows = [
        {"model": "d2", "property": "logp", "step": step, "mean": 1.0 + step, "replica": 1} for step in (1.0, -1.0, 0.0)
    ]
    table = moved_table(pd.DataFrame(rows), NAMES)
    assert table.heads == ["Property", "Model", "-1", "0", "+1"]
    assert table.rows == [["logP", "VAE (d2)", "0.00", "1.00", "2.00"]]


def test_the_table_of_the_models_averages_replicas() -> None:
    row = {"held_out": 10, "reconstruction_trained": 1.0, "draws": 100, "valid": 1.0, "unique": 0.9, "novel": 0.8}
    models = pd.DataFrame([{"model": "d2", "replica": r, "reconstruction": r / 4} | row for r in (1, 2)])
    (cells,) = model_table(models, NAMES).rows
    assert [cell.replace("\N{NO-BREAK SPACE}", " ") for cell in cells] == [
        *("VAE (d2)", "37.5 %", "100.0 %", "100.0 %", "90.0 %", "80.0 %")
    ]
    (said,) = sentences(models, NAMES)
    assert said.replace("\N{NO-BREAK SPACE}", " ").startswith(
        "Of 10 molecules that no model has seen, the VAE (d2) writes 37.5 % again exactly."
    )
