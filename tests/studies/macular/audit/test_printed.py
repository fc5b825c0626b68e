import numpy as np
import pandas as pd
import pytest

from retina_vae.studies.macular.audit.partition import apply_rules
from retina_vae.studies.macular.audit.printed import (
    AGE_COLUMNS,
    BLOCKS,
    NUMBERS,
    count_columns,
    derive_rows,
    numbers_of,
    printed_table,
)
from retina_vae.studies.macular.schema import MACULAR


def four_patients():
    return pd.DataFrame(
        {
            "race": ["Asian", "Black", "Asian", "other"],
            "age": [39.2, 40.0, 61.5, 13.3],
            "polyps": ["present", "absent", "present", "absent"],
            "drusen": ["absent", "absent", "present", "absent"],
            "srh": ["absent", "present", "absent", "absent"],
            "sex": ["male", "female", "male", "female"],
        }
    )


def test_the_printed_rows_share_all_patients():
    table = printed_table()
    assert list(table.index) == list(range(1, 15))
    assert table["size"].sum() == 3000


def test_only_the_races_of_row_3_do_not_add_up():
    table = printed_table()
    wrong = [
        (row, block[0])
        for block in BLOCKS
        for row in table.index
        if table.loc[row, list(block)].sum() != table["size"][row]
    ]
    assert wrong == [(3, "asian")]


def test_numbers_of_a_group_counted_by_hand():
    patients = four_patients()
    numbers = dict(
        zip(NUMBERS, numbers_of(count_columns(patients, MACULAR).to_numpy(), patients["age"].to_numpy()), strict=True)
    )
    by_hand = {"size": 4, "asian": 2, "black": 1, "caucasian": 0, "hispanic": 0, "other": 1, "male": 2, "female": 2}
    by_hand |= {"polyps_with": 2, "polyps_without": 2, "drusen_with": 1, "drusen_without": 3}
    by_hand |= {"srh_with": 1, "srh_without": 3, "age_min": 14, "age_median": 40, "age_max": 62}
    assert numbers == by_hand


def test_a_group_without_patients_has_no_ages():
    nobody = four_patients().iloc[:0]
    numbers = numbers_of(count_columns(nobody, MACULAR).to_numpy(), nobody["age"].to_numpy())
    assert (numbers[:-3] == 0).all()
    assert np.isnan(numbers[-3:]).all()


def test_rows_are_derived_from_their_own_patients():
    table = derive_rows(four_patients(), pd.Series([7, 2, 7, 2]), MACULAR)
    assert list(table.index) == [2, 7]
    assert list(table.columns) == list(printed_table().columns)
    assert table.loc[7, ["size", "asian", "age_min", "age_median", "age_max"]].tolist() == [2, 2, 40, 51, 62]


@pytest.mark.parametrize(("rounding", "agreeing"), [(np.ceil, 40), (np.round, 20), (np.floor, 0)])
def test_rounding_up_explains_the_printed_ages_best(published_patients, rules, rounding, agreeing):
    rows = apply_rules(published_patients, rules)
    ages = rounding(published_patients["age"].groupby(rows.to_numpy()).agg(["min", "median", "max"]))
    assert (ages.to_numpy() == printed_table()[list(AGE_COLUMNS)].to_numpy()).sum() == agreeing
