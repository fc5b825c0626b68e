from itertools import combinations, product

import numpy as np
import pandas as pd
import pytest

from retina_vae.clusters.description.conditions import Conjunction, Interval, OneOf
from retina_vae.errors import InputError
from retina_vae.studies.macular.audit.partition import apply_rules
from retina_vae.studies.macular.audit.printed import AGE_COLUMNS, COUNT_COLUMNS, derive_rows, printed_table
from retina_vae.studies.macular.audit.printed_rules import packaged_rules, parse_rule, parse_rules
from retina_vae.studies.macular.schema import MACULAR

AGE, RACE, SEX = (MACULAR[name] for name in ("age", "race", "sex"))


@pytest.fixture(scope="module")
def grid():
    """Every combination of categories and of ages on both sides of, and at, the thresholds used below."""
    ages = (0.0, 39.5, 61.0, 61.5, 120.0)
    names = [column.name for column in MACULAR.inputs]
    return pd.DataFrame(list(product(*(column.categories or ages for column in MACULAR.inputs))), columns=names)


@pytest.fixture(scope="module")
def derived(published_patients, rules):
    return derive_rows(published_patients, apply_rules(published_patients, rules), MACULAR)


def test_the_published_patients_have_the_printed_numbers_under_the_rules(derived):
    """233 of the 238 printed numbers, all 14 sizes among them; the other five are the errata."""
    printed = printed_table()
    assert derived["size"].tolist() == printed["size"].tolist()
    wrong = [(row, name) for row, name in product(printed.index, printed.columns) if (derived != printed)[name][row]]
    assert wrong == [(1, "age_median"), (1, "drusen_with"), (1, "drusen_without"), (3, "other"), (11, "age_max")]


def test_the_packaged_table_says_how_well_its_rules_fit(derived):
    packaged, printed = packaged_rules().set_index("row"), printed_table()
    wrong = derived != printed
    assert packaged["size"].tolist() == derived["size"].tolist()
    assert packaged["printed_size"].tolist() == printed["size"].tolist()
    assert packaged["exact"].tolist() == (~wrong[list(COUNT_COLUMNS)].any(axis=1)).tolist()
    assert packaged["mismatches"].tolist() == wrong.sum(axis=1).tolist()
    assert packaged.index[~packaged["exact"]].tolist() == [1, 3]


def test_twelve_rows_are_conjunctions_without_age(rules):
    plain = [row for row, rule in rules.items() if len(rule.alternatives) == 1]
    assert plain == [1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12, 14]
    assert not any("age" in rules[row].alternatives[0].by_column for row in plain)


def test_the_rules_mean_what_pandas_reads(rules, grid):
    for row, text in packaged_rules()[["row", "rule"]].itertuples(index=False):
        assert np.array_equal(rules[row].holds(grid), grid.eval(text, engine="python"))


def test_the_rules_name_every_possible_patient_once(rules, grid):
    assert set(apply_rules(grid, rules)) == set(range(1, 15))


def test_rows_7_and_13_are_each_others_rest(rules, grid):
    cell = parse_rule("race != 'Asian' and sex == 'male' and polyps == 'present'", MACULAR).holds(grid)
    first, second = rules[7].holds(grid), rules[13].holds(grid)
    assert np.array_equal(first | second, cell)
    assert not (first & second).any()


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


def test_the_rule_of_row_7_takes_the_seven_youngest_of_the_ten(published_patients, rules):
    text = "race == 'Caucasian' and drusen == 'absent' and srh == 'present' and sex == 'male' and polyps == 'present'"
    open_patients = published_patients.query(text)
    youngest = open_patients["age"].rank() <= 7
    assert rules[7].holds(open_patients).tolist() == youngest.tolist()
    assert rules[13].holds(open_patients).tolist() == (~youngest).tolist()


@pytest.mark.parametrize(
    ("text", "alternatives"),
    [
        ("race == 'Asian'", [[OneOf(RACE, frozenset({"Asian"}))]]),
        ("sex != 'male'", [[OneOf(SEX, frozenset({"female"}))]]),
        ("race in ['Black', 'other']", [[OneOf(RACE, frozenset({"Black", "other"}))]]),
        ("age <= 61", [[Interval(AGE, high=61, closed="right")]]),
        ("age > 39.5", [[Interval(AGE, low=39.5, closed="right")]]),
        (
            "sex == 'male' and (age > 61 or race == 'Asian')",
            [
                [OneOf(SEX, frozenset({"male"})), Interval(AGE, low=61, closed="right")],
                [OneOf(SEX, frozenset({"male"})), OneOf(RACE, frozenset({"Asian"}))],
            ],
        ),
    ],
)
def test_a_rule_is_read_as_alternatives(text, alternatives, grid):
    rule = parse_rule(text, MACULAR)
    assert rule.alternatives == tuple(Conjunction(tuple(conditions)) for conditions in alternatives)
    assert np.array_equal(rule.holds(grid), grid.eval(text, engine="python"))


def test_nested_alternatives_are_multiplied_out(grid):
    text = "(sex == 'male' or polyps == 'present') and (race == 'Asian' or (drusen == 'absent' and age <= 39.5))"
    rule = parse_rule(text, MACULAR)
    assert [len(alternative.conditions) for alternative in rule.alternatives] == [2, 3, 2, 3]
    assert np.array_equal(rule.holds(grid), grid.eval(text, engine="python"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("race == 'Martian'", r"'race': expected one of its categories .*\['Martian'\]"),
        ("race in ['Asian', 'Martian']", r"\['Martian'\]"),
        ("weight > 61", "comparisons of the columns .*'weight > 61'"),
        ("not race == 'Asian'", "not race"),
        ("race > 61", "'race': .*Gt and 61"),
        ("age == 61", "'age': .*Eq and 61"),
        ("20 < age", "'20 < age'"),
        ("race in [sex]", "In and"),
        ("race ==", "'race =='"),
        ("race == 'Asian' and (race == 'Asian' or sex == 'male')", r"each column once .*\['race', 'race'\]"),
    ],
)
def test_a_rule_that_cannot_be_read_is_refused_with_its_row(text, message):
    with pytest.raises(InputError, match=f"rule of row 4: .*{message}"):
        parse_rules(pd.DataFrame({"row": [4], "rule": [text]}), MACULAR)
