"""What is measured of a model of molecules, on one whose code is the molecule, and in closed form."""

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("rdkit", reason='pip install "retina_vae[molecules]"')
pytest.importorskip("selfies")

from retina_vae.studies.molecules.chemistry import canonical, measure_molecules, similarities
from retina_vae.studies.molecules.decoding import interpolated
from retina_vae.studies.molecules.depiction import depict
from retina_vae.studies.molecules.measures import Spread, generated, reconstructed
from retina_vae.studies.molecules.neighbours import near, neighbourhood_rows, random_pairs, similar_table
from retina_vae.studies.molecules.properties import fit_direction, moved_rows, regression_rows
from tests.studies.molecules.small import MOLECULES, known_model


def test_properties_of_known_molecules() -> None:
    found = measure_molecules(["CCO", "c1ccccc1"])
    np.testing.assert_allclose(found["weight"], [46.069, 78.114], atol=1e-3)
    assert found["heavy_atoms"].tolist() == [3, 6]
    assert found["rings"].tolist() == [0, 1]
    # Wildman and Crippen (1999): six aromatic CH of 0.1581 and six hydrogens of 0.1230.
    assert found["logp"].iloc[1] == pytest.approx(6 * (0.1581 + 0.1230))
    assert found["qed"].between(0, 1).all()


def test_the_same_molecule_is_the_same_text_and_alike() -> None:
    assert canonical("OCC") == canonical("C(O)C") == "CCO"
    assert canonical("C1CC") is None
    assert canonical("") is None
    assert similarities("CCO", ["CCO", None, "c1ccccc1"]).tolist() == [1, 0, 0]
    assert 0 < similarities("CCO", ["CCCO"])[0] < 1


@pytest.mark.parametrize("notation", ["selfies", "smiles"])
def test_a_code_that_is_the_molecule_is_decoded_as_it(notation: str) -> None:
    model = known_model(notation)
    assert reconstructed(model, MOLECULES).all()
    # Bromine is not in the alphabet, and hexane is longer than its longest sequence.
    assert reconstructed(model, ["CBr", *MOLECULES[:1]]).tolist() == [False, True]
    codes = model.codes_of(MOLECULES[:2])
    assert model.molecules(interpolated(codes[0], codes[1], 3)[[0, 2]]) == MOLECULES[:2]


def test_what_is_drawn_is_counted_as_moses_counts() -> None:
    found = generated(["C", "C", "N", "O", None], cohort={"C"}, others={"O"})
    assert found == {"draws": 5, "valid": 0.8, "unique": 0.75, "novel": 2 / 3, "rediscovered": 1 / 3}
    nothing = generated([None], set(), set())
    assert nothing["valid"] == 0
    assert np.isnan(nothing["unique"])


@pytest.mark.parametrize("unit", ["codes", "distance"])
def test_steps_are_as_long_on_average_in_both_units(unit: str) -> None:
    rng = np.random.default_rng(0)
    codes = rng.standard_normal((5000, 3)) @ np.array([[2.0, 1.0, 0.0], [0.0, 0.5, 0.0], [0.0, 0.0, 0.1]])
    spread = Spread(codes)
    steps = spread.steps(np.random.default_rng(1), 20_000, unit)
    assert (steps**2).sum(axis=1).mean() == pytest.approx(np.trace(spread.covariance), rel=0.05)
    if unit == "codes":
        np.testing.assert_allclose(np.cov(steps.T), spread.covariance, atol=0.15)
    else:
        np.testing.assert_allclose(np.cov(steps.T), np.eye(3) * np.trace(spread.covariance) / 3, atol=0.15)


def test_steps_as_codes_are_spread_do_not_change_with_a_linear_map_of_the_latent_space() -> None:
    codes = np.random.default_rng(0).standard_normal((2000, 2))
    there = np.array([[3.0, 0.5], [0.0, 0.2]])
    own = Spread(codes).steps(np.random.default_rng(1), 5000, "codes") @ there.T
    mapped = Spread(codes @ there.T).steps(np.random.default_rng(2), 5000, "codes")
    np.testing.assert_allclose(np.cov(own.T), np.cov(mapped.T), atol=0.35)


def test_near_by_is_the_molecule_itself_and_farther_away_are_others() -> None:
    model = known_model()
    spread = Spread(model.codes_of(MOLECULES))
    codes = model.codes_of(MOLECULES[:3])
    assert near(model, spread, codes, 0.01, "codes", 4, seed=1) == [[own] * 4 for own in MOLECULES[:3]]
    table = pd.DataFrame(neighbourhood_rows(model, spread, MOLECULES, 5, seed=1))
    first, last = (table[(table["unit"] == "distance") & (table["radius"] == radius)].iloc[0] for radius in (0.1, 1.0))
    assert (first["similarity"], first["same"]) == (1, 1)
    assert last["similarity"] < 1
    assert table["valid"].eq(1).all()
    pairs = random_pairs(MOLECULES, 5, seed=1)
    assert pairs["similarity"] < 0.6


def test_no_molecule_is_paired_with_itself_and_two_have_one_similarity() -> None:
    pairs = random_pairs(MOLECULES, 200, seed=1)
    assert pairs["same"] == 0
    two = random_pairs(["CCO", "CCN"], 3, seed=1)
    assert two["similarity"] == pytest.approx(similarities("CCO", ["CCN"])[0])


def test_similar_ones_come_in_order_without_the_given_one() -> None:
    table = similar_table("CCO", ["CCO", "CCN", "CCCO", None, "CCN"], [0.1, 0.3, 0.2, 0.1, 0.2])
    assert set(table["smiles"]) == {"CCN", "CCCO"}
    assert table["similarity"].is_monotonic_decreasing
    assert table.set_index("smiles").loc["CCN", ["radius", "times"]].tolist() == [0.2, 2]


def test_a_property_that_is_linear_in_the_code_is_found_with_its_direction() -> None:
    rng = np.random.default_rng(0)
    codes = rng.standard_normal((500, 3)) * [1.0, 2.0, 0.5]
    values = 3.0 * codes[:, 1]
    direction = fit_direction(codes, values)
    np.testing.assert_allclose(np.abs(direction.unit), [0, 1, 0], atol=0.1)
    assert direction.slope == pytest.approx(6, rel=0.1)
    np.testing.assert_allclose(direction.moved(np.zeros((1, 3)), 1.0)[0, 1], 2, rtol=0.1)
    properties = pd.DataFrame(dict.fromkeys(("logp", "qed", "weight"), values))
    rows = pd.DataFrame(regression_rows("d3", 1, (codes[:400], properties[:400]), (codes[400:], properties[400:])))
    assert rows["r2"].gt(0.999).all()


def test_a_molecule_that_does_not_move_keeps_its_properties() -> None:
    model = known_model()
    trained = model.codes_of(MOLECULES), measure_molecules(MOLECULES)
    rows = pd.DataFrame(moved_rows(model, trained, MOLECULES))
    still = rows[rows["step"] == 0].set_index("property")
    for name in still.index:
        assert still.loc[name, "mean"] == pytest.approx(trained[1][name].mean())
        assert still.loc[name, "predicted"] == pytest.approx(trained[1][name].mean())


@pytest.mark.parametrize(
    ("smiles", "lines", "letters"),
    [
        ("CCC", 2, []),
        ("C=C", 2, []),
        ("C#N", 3, ["N"]),
        ("c1ccccc1", 9, []),
        ("N", 0, ["NH₃"]),
        ("C[NH3+]", 1, ["NH₃⁺"]),
        ("CC(=O)[O-]", 4, ["O", "O⁻"]),
    ],
)
def test_a_drawing_has_a_line_for_each_bond_and_letters_where_no_carbon_is(
    smiles: str, lines: int, letters: list[str]
) -> None:
    own = depict(smiles)
    assert len(own.lines) == lines
    assert sorted("".join(sorted(label.text)) for label in own.labels) == sorted(
        "".join(sorted(own)) for own in letters
    )
    assert np.isfinite(own.lines).all()


def test_hydrogens_stand_away_from_the_bonds() -> None:
    first, last = sorted(depict("NCCCCN").labels, key=lambda label: label.x)
    assert (first.text, last.text) == ("H₂N", "NH₂")
