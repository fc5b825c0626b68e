import pandas as pd

from retina_vae.studies.macular.audit.errata import find_errata, packaged_errata
from retina_vae.studies.macular.audit.partition import apply_rules
from retina_vae.studies.macular.audit.printed import printed_table
from retina_vae.studies.macular.schema import MACULAR


def test_the_printed_table_has_five_numbers_that_its_patients_contradict(published_patients, rules):
    errata = find_errata(published_patients, apply_rules(published_patients, rules), MACULAR)
    assert list(errata.itertuples(index=False, name=None)) == [
        (1, "age_median", 56, 58),
        (1, "drusen_with", 189, 60),
        (1, "drusen_without", 60, 189),
        (3, "other", 0, 26),
        (11, "age_max", 75, 79),
    ]


def test_the_packaged_errata_are_those_of_the_published_patients(published_patients, rules):
    found = find_errata(published_patients, apply_rules(published_patients, rules), MACULAR)
    pd.testing.assert_frame_equal(packaged_errata(), found)


def test_the_printed_counts_of_the_whole_cohort_show_the_misprinted_ones(published_patients):
    """No rule is needed to see that row 1's drusen counts and row 3's races are misprinted."""
    printed = printed_table().sum()
    with_drusen = (published_patients["drusen"] == "present").sum()
    assert printed["drusen_with"] - with_drusen == 189 - 60
    assert (published_patients["race"] == "other").sum() - printed["other"] == 26


def test_moving_a_patient_shows_in_both_rows(published_patients, rules):
    rows = apply_rules(published_patients, rules)
    rows[rows[rows == 12].index[0]] = 10
    errata = find_errata(published_patients, rows, MACULAR)
    sizes = errata[errata["column"] == "size"]
    assert sizes[["row", "printed", "derived"]].to_numpy().tolist() == [[10, 154, 155], [12, 69, 68]]


def test_a_row_without_patients_is_all_errata(published_patients):
    rows = pd.Series(1, index=published_patients.index)
    errata = find_errata(published_patients, rows, MACULAR)
    assert (errata.loc[errata["column"] == "size", "derived"] == [3000] + [0] * 13).all()
