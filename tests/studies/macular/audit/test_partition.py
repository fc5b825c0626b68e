import pandas as pd
import pytest

from retina_vae.errors import InputError
from retina_vae.studies.macular.audit.partition import apply_rules, match_rows, numbered_like
from retina_vae.studies.macular.audit.printed_rules import parse_rules
from retina_vae.studies.macular.schema import MACULAR


def rules_of(*texts):
    return parse_rules(pd.DataFrame({"row": range(1, len(texts) + 1), "rule": texts}), MACULAR)


def test_patients_take_the_row_of_their_rule_and_zero_without_one():
    patients = pd.DataFrame({"age": [10.0, 50.0, 90.0]}, index=[5, 3, 9])
    rows = apply_rules(patients, rules_of("age > 80", "age <= 20"))
    assert rows.tolist() == [2, 0, 1]
    assert rows.index.tolist() == [5, 3, 9]


def test_simulated_patients_are_all_named(simulated_patients, rules):
    rows = apply_rules(simulated_patients, rules)
    assert set(rows) == set(range(1, 15))
    asian = simulated_patients[rows.isin([1, 4, 6, 8, 11, 12])]
    assert set(asian["race"]) == {"Asian"}
    assert len(asian) == (simulated_patients["race"] == "Asian").sum()


def test_rules_that_overlap_are_refused():
    with pytest.raises(InputError, match=r"row 2.*1 patients are also in row 1"):
        apply_rules(pd.DataFrame({"age": [10.0, 50.0]}), rules_of("age > 20", "age > 40"))


def test_patients_without_the_papers_columns_are_refused():
    with pytest.raises(InputError, match=r"row 1.*'race'"):
        apply_rules(pd.DataFrame({"age": [10.0]}), rules_of("race == 'Asian'"))


def test_clusters_take_the_numbers_of_the_rows_that_they_match() -> None:
    partition = pd.Series([1, 1, 1, 3, 3, 14, 14, 14])
    clusters = pd.Series([2, 2, 2, 1, 1, 3, 3, 4])
    assert numbered_like(clusters, partition).tolist() == [1, 1, 1, 3, 3, 14, 14, 2]


def test_a_cluster_too_many_gets_a_number_above_the_rows() -> None:
    assert numbered_like(pd.Series([1, 1, 2, 3]), pd.Series([1, 1, 2, 2])).tolist() == [1, 1, 2, 3]


def test_rows_are_matched_so_that_most_patients_agree_and_nobody_is_matched_with_strangers():
    partition = pd.Series([1, 1, 1, 2, 2, 3, 3, 0])
    clusters = pd.Series([2, 2, 1, 1, 1, 3, 3, 3])
    found = match_rows(clusters, partition)
    assert found["row"].tolist() == [1, 2, 3]
    assert found["cluster"].tolist() == [2, 1, 3]
    # A patient without a row is in the cluster all the same.
    assert found["jaccard"].tolist() == pytest.approx([2 / 3, 2 / 3, 2 / 3])
    fewer = match_rows(pd.Series([1, 1, 1, 1, 1, 2, 2, 2]), partition)
    assert fewer["cluster"].isna().tolist() == [False, True, False]
    strangers = match_rows(pd.Series([1, 1, 1, 1, 1, 2, 2, 3]), partition)
    assert strangers.loc[1, ["cluster", "jaccard"]].isna().all()
