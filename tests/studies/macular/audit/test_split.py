import numpy as np
import pandas as pd
import pytest

from retina_vae.cohort import MACULAR
from retina_vae.studies.macular.audit.printed import derive_rows
from retina_vae.studies.macular.audit.split import shortest_split


@pytest.fixture(scope="module")
def cell(simulated_patients):
    return simulated_patients.query(
        "polyps == 'present' and sex == 'male' and race in ['Black', 'Caucasian']", engine="python"
    )


def printed_rows(patients, text):
    first = np.asarray(patients.eval(text, engine="python"))
    return first, derive_rows(patients, pd.Series(np.where(first, 1, 2), index=patients.index), MACULAR)


@pytest.mark.parametrize(
    ("text", "atoms"),
    [
        ("race == 'Black'", 1),
        ("age <= 52.5", 1),
        ("race == 'Black' and age > 61", 2),
        ("race == 'Black' or (drusen == 'absent' and srh == 'present')", 3),
        ("srh == 'present' or (race == 'Caucasian' and age <= 58)", 3),
    ],
)
def test_a_known_split_is_found_again(cell, text, atoms):
    first, printed = printed_rows(cell, text)
    split = shortest_split(cell, printed, MACULAR, most_atoms=4)
    assert split.mismatches == 0
    assert np.array_equal(split.members, first)
    assert split.first.atoms == split.second.atoms == atoms
    assert np.array_equal(cell.eval(split.first.text, engine="python"), first)
    assert np.array_equal(cell.eval(split.second.text, engine="python"), ~first)


def test_a_misprint_costs_one_and_hides_nothing(cell):
    first, printed = printed_rows(cell, "race == 'Black' and age > 61")
    printed.loc[2, "srh_with"] += 1
    split = shortest_split(cell, printed, MACULAR, most_atoms=3)
    assert split.mismatches == 1
    assert np.array_equal(split.members, first)


def test_two_rows_are_needed(cell):
    _, printed = printed_rows(cell, "race == 'Black'")
    with pytest.raises(ValueError, match="two printed rows"):
        shortest_split(cell, printed.loc[[1]], MACULAR)
