"""Molecules as symbols: SELFIES and SMILES, and the alphabet of a cohort."""

import numpy as np
import pytest

pytest.importorskip("rdkit", reason='pip install "retina_vae[molecules]"')
pytest.importorskip("selfies")

from retina_vae.studies.molecules.notation import NOTATIONS, Alphabet
from tests.studies.molecules.small import MOLECULES


@pytest.mark.parametrize("name", NOTATIONS)
def test_what_is_written_is_read_again(name: str) -> None:
    own = NOTATIONS[name]
    for smiles in [*MOLECULES, "C[NH2+]CC(=O)[O-]", "FC(Cl)Br"]:
        assert own.read(own.write(smiles)) == smiles


def test_symbols_of_smiles_keep_atoms_whole() -> None:
    assert NOTATIONS["smiles"].write("C[NH3+]Cl%12Br") == ["C", "[NH3+]", "Cl", "%12", "Br"]


def test_every_sequence_of_selfies_is_a_molecule_and_few_of_smiles_are() -> None:
    rng = np.random.default_rng(0)
    shares = {}
    for name, own in NOTATIONS.items():
        alphabet = Alphabet.of(own, [own.write(smiles) for smiles in MOLECULES])
        # The first symbol is one, so that no sequence is empty.
        codes = rng.integers(0, len(alphabet.symbols) - 1, (300, alphabet.length))
        shares[name] = np.mean([found is not None for found in alphabet.molecules(codes)])
    assert shares["selfies"] == 1
    assert shares["smiles"] < 0.5


def test_a_sequence_stops_at_its_end_and_an_empty_one_is_no_molecule() -> None:
    alphabet = Alphabet.of(NOTATIONS["selfies"], [["[C]", "[O]"]])
    assert alphabet.symbols == ("[C]", "[O]", "(end)")
    assert alphabet.molecules(np.array([[0, 2], [2, 0], [0, 1]])) == ["C", None, "CO"]


def test_codes_come_back_and_what_has_none_is_said() -> None:
    own = NOTATIONS["selfies"]
    alphabet = Alphabet.of(own, [own.write(smiles) for smiles in MOLECULES])
    assert alphabet.molecules(alphabet.codes([own.write(smiles) for smiles in MOLECULES])) == MOLECULES
    with pytest.raises(ValueError, match=r"expected symbols of the alphabet of \d+ .*, found \[F\]"):
        alphabet.codes([["[C]", "[F]"]])
    with pytest.raises(ValueError, match="expected at most 7 symbols, found 40"):
        alphabet.codes([["[C]"] * 40])
