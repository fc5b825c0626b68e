from itertools import product
from math import inf

import numpy as np
import pandas as pd
import pytest

from retina_vae.clusters.description.conditions import (
    Condition,
    Conjunction,
    Disjunction,
    Grades,
    Interval,
    OneOf,
    join,
)
from retina_vae.studies.macular.schema import MACULAR
from tests.clusters.description.clinic import CLINIC

STAGE = CLINIC["stage"]
AGE, RACE, POLYPS, SEX = (MACULAR[name] for name in ("age", "race", "polyps", "sex"))


def races(*names: str) -> OneOf:
    return OneOf(RACE, frozenset(names))


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        (Interval(AGE, 63, 79), "age 63 to under 79 years"),
        (Interval(AGE, high=50), "age under 50 years"),
        (Interval(AGE, low=50.5), "age 50.5 years or more"),
        (Interval(AGE, 63, 79, closed="right"), "age over 63 to 79 years"),
        (Interval(AGE, high=61, closed="right"), "age 61 years or less"),
        (Interval(AGE, low=61, closed="right"), "age over 61 years"),
        (OneOf(POLYPS, frozenset({"present"})), "polyps present"),
        (OneOf(SEX, frozenset({"female"})), "sex is female"),
        (races("Asian"), "race is Asian"),
        (races("Asian", "other"), "race is Asian or other"),
        (races("Black", "Caucasian", "Hispanic", "other"), "race is not Asian"),
        (races("Caucasian", "Hispanic", "other"), "race is neither Asian nor Black"),
    ],
)
def test_words(condition: Condition, words: str) -> None:
    assert str(condition) == words


def test_a_conjunction_in_words() -> None:
    assert str(Conjunction((races("Asian"), Interval(AGE, high=50)))) == "race is Asian and age under 50 years"
    assert str(Conjunction()) == "all patients"


def test_an_interval_holds_from_its_lower_end_to_below_its_upper() -> None:
    found = Interval(AGE, 50, 60).holds(pd.Series([49.99, 50, 59.99, 60, np.nan]))
    assert found.tolist() == [False, True, True, False, False]


def test_an_interval_closed_on_the_right_holds_from_above_its_lower_end_to_its_upper() -> None:
    values = pd.Series([49.99, 50, 50.01, 60, 60.01, np.nan])
    assert Interval(AGE, 50, 60, closed="right").holds(values).tolist() == [False, False, True, True, False, False]
    everyone = Interval(AGE, high=60, closed="right").holds(values) | Interval(AGE, low=60, closed="right").holds(
        values
    )
    assert everyone.tolist() == [True] * 5 + [False]


def test_one_alternative_of_a_disjunction_is_enough() -> None:
    patients = pd.DataFrame({"race": ["Asian", "Asian", "Black", None], "age": [39.0, np.nan, 39.0, 80.0]})
    either = Disjunction((Conjunction((races("Asian"), Interval(AGE, high=50))), Conjunction((Interval(AGE, low=70),))))
    assert either.holds(patients).tolist() == [True, False, False, True]
    assert str(either) == "race is Asian and age under 50 years; or age 70 years or more"


def test_a_disjunction_of_nothing_means_nobody_and_one_of_everyone_everybody() -> None:
    patients = pd.DataFrame({"age": [39.0, np.nan]})
    assert not Disjunction().holds(patients).any()
    assert Disjunction((Conjunction(),)).holds(patients).all()
    assert str(Disjunction()) == "no patients"


def test_a_category_that_is_not_observed_meets_no_condition() -> None:
    values = pd.Series(pd.Categorical(["Asian", None, "other"], categories=list(RACE.categories)))
    assert races("Asian").holds(values).tolist() == [True, False, False]
    assert races("Black", "other").holds(values).tolist() == [False, False, True]


@pytest.mark.parametrize(
    ("a", "b", "joined"),
    [
        ((Interval(AGE, high=40),), (Interval(AGE, 40, 60),), (Interval(AGE, high=60),)),
        ((Interval(AGE, high=40),), (Interval(AGE, 41, 60),), None),
        ((Interval(AGE, high=40),), (Interval(AGE, low=40),), ()),
        ((Interval(AGE, high=40, closed="right"),), (Interval(AGE, low=40, closed="right"),), ()),
        ((Interval(AGE, high=40),), (Interval(AGE, low=40, closed="right"),), None),
        ((Interval(AGE, 20, 30, "right"),), (Interval(AGE, 30, 40, "right"),), (Interval(AGE, 20, 40, "right"),)),
        ((Interval(AGE, 10, 50),), (Interval(AGE, 20, 30),), (Interval(AGE, 10, 50),)),
        ((races("Asian"),), (races("Black"),), (races("Asian", "Black"),)),
        ((races("Asian"),), (races("Black", "Caucasian", "Hispanic", "other"),), ()),
        ((races("Asian"), Interval(AGE, high=40)), (races("Black"), Interval(AGE, low=40)), None),
        ((races("Asian"), Interval(AGE, high=40)), (races("Asian"),), (races("Asian"),)),
        ((races("Asian"),), (races("Asian"),), (races("Asian"),)),
        ((races("Asian"),), (Interval(AGE, low=40),), None),
    ],
)
def test_joining(a: tuple[Condition, ...], b: tuple[Condition, ...], joined: tuple[Condition, ...] | None) -> None:
    for first, second in ((a, b), (b, a)):
        found = join(Conjunction(first), Conjunction(second))
        assert (None if found is None else found.conditions) == joined


def test_a_join_means_the_patients_of_either() -> None:
    """Whatever is joined, over all pairs of boxes of a small grid."""
    ages = [(-inf, 30), (30, 60), (60, inf), (-inf, inf)]
    groups = [("Asian",), ("Black", "other"), RACE.categories]
    boxes = []
    for (low, high), names in product(ages, groups):
        conditions: tuple[Condition, ...] = () if low == -inf and high == inf else (Interval(AGE, low, high),)
        boxes.append(Conjunction(conditions + (() if len(names) == 5 else (races(*names),))))
    grid = pd.DataFrame(list(product(RACE.categories, [10.0, 30.0, 59.0, 60.0, 90.0])), columns=["race", "age"])
    joined = 0
    for a, b in product(boxes, repeat=2):
        found = join(a, b)
        if found is not None:
            joined += 1
            np.testing.assert_array_equal(found.holds(grid), a.holds(grid) | b.holds(grid))
    assert joined > len(boxes)


@pytest.mark.parametrize(
    ("low", "high", "words", "holding"),
    [
        (2, 3, "stage II or more", "II III"),
        (0, 1, "stage I or less", "0 I"),
        (1, 1, "stage is I", "I"),
        (3, 3, "stage is III", "III"),
        (1, 2, "stage I to II", "I II"),
    ],
)
def test_grades_in_words_and_for_whom_they_hold(low: int, high: int, words: str, holding: str) -> None:
    grades = Grades(STAGE, low, high)
    values = pd.Series(pd.Categorical([*STAGE.categories, None], categories=list(STAGE.categories)))
    assert str(grades) == words
    assert values[grades.holds(values)].tolist() == holding.split()


def test_grades_join_where_no_grade_lies_between_them() -> None:
    def joined(a: Grades, b: Grades) -> tuple[Condition, ...] | None:
        found = join(Conjunction((a,)), Conjunction((b,)))
        return None if found is None else found.conditions

    assert joined(Grades(STAGE, 0, 0), Grades(STAGE, 1, 2)) == (Grades(STAGE, 0, 2),)
    assert joined(Grades(STAGE, 0, 0), Grades(STAGE, 2, 3)) is None
    assert joined(Grades(STAGE, 0, 1), Grades(STAGE, 2, 3)) == ()
    assert joined(Grades(STAGE, 0, 1), OneOf(STAGE, frozenset({"II"}))) is None
