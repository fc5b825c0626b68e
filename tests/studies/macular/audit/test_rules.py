from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from retina_vae.cohort import MACULAR
from retina_vae.errors import InputError
from retina_vae.studies.macular.audit.partition import apply_rules
from retina_vae.studies.macular.audit.printed import AGE_COLUMNS, derive_rows, printed_table
from retina_vae.studies.macular.audit.rules import find_rules, packaged_rules


@pytest.fixture(scope="module")
def found(published_patients):
    return find_rules(published_patients, MACULAR)


def test_the_packaged_rules_are_those_that_the_search_finds(found):
    pd.testing.assert_frame_equal(found, packaged_rules())


def test_the_sizes_are_those_printed(found):
    assert found["size"].tolist() == printed_table()["size"].tolist() == found["printed_size"].tolist()


def test_twelve_rows_are_exact_and_two_have_misprinted_counts(found):
    assert found.loc[~found["exact"], "row"].tolist() == [1, 3]
    assert found.loc[found["mismatches"] > 0, ["row", "mismatches"]].to_numpy().tolist() == [[1, 3], [3, 1], [11, 1]]


def test_mismatches_are_those_of_the_rule_as_written(found, published_patients):
    for row, rule, wrong in found[["row", "rule", "mismatches"]].itertuples(index=False):
        group = published_patients.query(rule, engine="python")
        derived = derive_rows(group, pd.Series(row, index=group.index), MACULAR).loc[row]
        assert (derived != printed_table().loc[row]).sum() == wrong


def test_twelve_rows_are_conjunctions_without_age(found):
    plain = found[~found["rule"].str.contains("age|or ")]
    assert plain["row"].tolist() == [1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12, 14]


def test_rows_7_and_13_are_each_others_rest(found, published_patients):
    first, second = (found.set_index("row")["rule"][row] for row in (7, 13))
    cell = published_patients.query("race != 'Asian' and sex == 'male' and polyps == 'present'")
    met = cell.eval(first, engine="python")
    assert np.array_equal(cell.eval(second, engine="python"), ~met)
    assert set(cell[met & (cell["race"] == "Caucasian")]["drusen"]) == {"absent"}


def test_any_seven_of_the_ten_open_patients_have_the_printed_ages(published_patients):
    cell = published_patients.query("race != 'Asian' and sex == 'male' and polyps == 'present'")
    certain = (cell["race"] == "Black") | ((cell["race"] == "Caucasian") & (cell["drusen"] == "absent"))
    open_patients = cell.index[
        (cell["race"] == "Caucasian") & (cell["drusen"] == "absent") & (cell["srh"] == "present")
    ]
    assert len(open_patients) == 10
    for left_out in combinations(open_patients, 3):
        in_row_7 = certain & ~cell.index.isin(left_out)
        ages = np.ceil(cell["age"].groupby(np.where(in_row_7, 7, 13)).agg(["min", "median", "max"]))
        assert ages.to_numpy().tolist() == printed_table().loc[[7, 13], list(AGE_COLUMNS)].to_numpy().tolist()


def test_the_rules_name_every_possible_patient_once():
    ages = np.arange(0.0, 121.0, 0.5)
    grid = pd.MultiIndex.from_product(
        [column.categories or ages for column in MACULAR.inputs], names=[column.name for column in MACULAR.inputs]
    ).to_frame(index=False)
    rows = apply_rules(grid, packaged_rules())
    assert set(rows) == set(range(1, 15))


def test_other_patients_are_refused(simulated_patients):
    with pytest.raises(InputError, match="printed Table 1"):
        find_rules(simulated_patients, MACULAR)
