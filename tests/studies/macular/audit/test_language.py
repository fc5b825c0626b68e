from itertools import product

import numpy as np
import pandas as pd
import pytest

from retina_vae.cohort import MACULAR
from retina_vae.studies.macular.audit.formulas import AgeCondition
from retina_vae.studies.macular.audit.language import Language, pack, patient_kinds, unpack


@pytest.fixture(scope="module")
def cell():
    """Twelve patients: every combination of three races, drusen and haemorrhage."""
    table = pd.DataFrame(
        list(product(["Black", "Caucasian", "other"], ["absent", "present"], ["absent", "present"])),
        columns=["race", "drusen", "srh"],
    )
    return table.assign(age=50.0, polyps="present", sex="male")


@pytest.fixture(scope="module")
def language(cell):
    language = Language(patient_kinds(cell, MACULAR))
    for _ in range(3):
        language.lengthen()
    return language


def shortest_lengths(atoms, longest):
    """Length of the shortest and/or formula of every function that has one, by closure rather than by level."""
    lengths = dict.fromkeys(atoms, 1)
    for length in range(2, longest + 1):
        found = {
            f(a, b)
            for a in lengths
            for b in lengths
            if lengths[a] + lengths[b] == length
            for f in (int.__and__, int.__or__)
        }
        lengths |= {mask: length for mask in found if mask not in lengths}
    return lengths


def test_a_kind_is_a_combination_of_the_columns_that_vary(cell):
    kinds = patient_kinds(cell, MACULAR)
    assert kinds.count == 12
    assert sorted(kinds.of_patient) == list(range(12))
    for mask, condition in kinds.conditions.items():
        met = [bool(mask >> kind & 1) for kind in kinds.of_patient]
        assert met == cell[condition.column].isin(condition.categories).tolist()


def test_lengths_are_shortest(language):
    expected = shortest_lengths(list(language.kinds.conditions), 4)
    del expected[0], expected[language.kinds.everyone]
    assert {int(m): n for n in range(1, 5) for m in language.plain[n]} == expected


def test_pairs_with_an_age_condition_have_ordered_halves_and_are_new(language):
    seen = np.concatenate(language.aged)
    assert len(np.unique(seen)) == len(seen)
    always, possibly = unpack(seen)
    assert ((always & possibly) == always).all()


@pytest.mark.parametrize("length", [1, 2, 3, 4])
def test_worded_masks_mean_themselves(language, cell, length):
    for mask in language.plain[length][::40]:
        formula = language.word_plain(int(mask), length)
        met = np.asarray(cell.eval(formula.text, engine="python"))
        assert formula.atoms == length
        assert met.tolist() == [bool(int(mask) >> kind & 1) for kind in language.kinds.of_patient]


@pytest.mark.parametrize("length", [1, 2, 3, 4])
def test_worded_pairs_mean_themselves_on_both_sides_of_the_threshold(language, cell, length):
    for pair in language.aged[length][::100]:
        formula = language.word_aged(int(pair), length, AgeCondition("<=", 60.0))
        assert formula.atoms == length
        for age, mask in zip((70.0, 50.0), unpack(int(pair)), strict=True):
            met = np.asarray(cell.assign(age=age).eval(formula.text, engine="python"))
            assert met.tolist() == [bool(mask >> kind & 1) for kind in language.kinds.of_patient]


def test_packing_is_reversible():
    masks = np.array([0, 1, 5, 2**32 - 1], dtype=np.uint64)
    always, possibly = unpack(pack(masks, masks[::-1]))
    assert np.array_equal(always, masks)
    assert np.array_equal(possibly, masks[::-1])


def test_too_many_kinds_are_refused(simulated_patients):
    with pytest.raises(ValueError, match="at most 32"):
        patient_kinds(simulated_patients, MACULAR)
