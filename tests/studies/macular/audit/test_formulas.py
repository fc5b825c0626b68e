import pandas as pd
import pytest

from retina_vae.cohort import MACULAR
from retina_vae.studies.macular.audit.formulas import AgeCondition, Condition, conditions_of, join, plain_number_between

RACES = MACULAR["race"].categories


@pytest.mark.parametrize(
    ("categories", "text"),
    [
        (("Asian",), "race == 'Asian'"),
        (("Black", "Caucasian", "Hispanic", "other"), "race != 'Asian'"),
        (("Black", "Caucasian"), "race in ['Black', 'Caucasian']"),
    ],
)
def test_a_condition_is_worded_with_the_fewest_categories(categories, text):
    assert Condition("race", categories, RACES).text == text


def test_every_condition_splits_the_categories():
    conditions = conditions_of(MACULAR["race"])
    assert len({condition.categories for condition in conditions}) == len(conditions) == 2**5 - 2


def test_conditions_on_the_categories_that_are_left():
    assert {c.categories for c in conditions_of(MACULAR["race"], ("Asian", "Black"))} == {("Asian",), ("Black",)}


def test_brackets_keep_the_meaning_of_nested_formulas():
    asian, male = Condition("race", ("Asian",), RACES), Condition("sex", ("male",), ("male", "female"))
    formula = join("and", join("or", asian, male), AgeCondition("<=", 61.0))
    patients = pd.DataFrame(
        {"race": ["Asian", "Asian", "Black", "Black"], "sex": ["female"] * 3 + ["male"], "age": [61.0, 61.1, 50, 20]}
    )
    assert formula.text == "age <= 61 and (race == 'Asian' or sex == 'male')"
    assert patients.eval(formula.text, engine="python").tolist() == [True, False, False, True]
    assert formula.atoms == 3


def test_joining_needs_no_brackets_where_the_operator_is_the_same():
    parts = [AgeCondition(">", years) for years in (1.0, 2.0, 3.0)]
    assert join("or", join("or", *parts[:2]), parts[2]) == join("or", *parts)


@pytest.mark.parametrize(("low", "high"), [(60.29, 61.87), (1.0, 2.0), (61.519, 61.5191), (0.3, 0.30000000000000004)])
def test_a_plain_number_separates_the_ages_around_it(low, high):
    number = plain_number_between(low, high)
    assert low <= number < high
    assert AgeCondition("<=", number).text == f"age <= {number}".removesuffix(".0")


def test_nothing_lies_between_equal_ages():
    with pytest.raises(ValueError, match="low < high"):
        plain_number_between(3.0, 3.0)
