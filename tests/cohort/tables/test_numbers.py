"""Numbers as people write them, and what only looks like one."""

import numpy as np
import pandas as pd
import pytest

from retina_vae.cohort.tables.numbers import Notation, parse_limits, parse_numbers


@pytest.mark.parametrize(
    ("text", "number"),
    [("1", 1), ("-1.5", -1.5), ("+.5", 0.5), ("5.", 5), ("1e-3", 0.001), ("1E5", 1e5), ("007", 7), ("1e308", 1e308)],
)
def test_numbers(text: str, number: float) -> None:
    assert Notation().number(text) == number


@pytest.mark.parametrize(
    "text", ["", "x", "1,5", "1_000", "inf", "nan", "0x10", "1e309", "1 000", "--1", "1.2.3", "١", "1e", "5%", "<5"]
)
def test_no_numbers(text: str) -> None:
    assert np.isnan(Notation().number(text))


@pytest.mark.parametrize(
    ("text", "number"),
    [("1,5", 1.5), ("-0,25", -0.25), ("1.234,5", 1234.5), ("1.234.567", 1234567), ("12", 12), ("1,5e3", 1500)],
)
def test_decimal_commas_with_groups(text: str, number: float) -> None:
    assert Notation(",", ".").number(text) == number


@pytest.mark.parametrize("text", ["1.23,5", "12345.678,9", "1.5", "1,5,5", ".123"])
def test_groups_have_three_digits(text: str) -> None:
    assert np.isnan(Notation(",", ".").number(text))


def test_a_point_is_no_decimal_comma_unless_the_format_stores_numbers() -> None:
    assert np.isnan(Notation(",").number("1.234"))
    assert Notation(",", point=True).number("1.234") == 1.234
    assert Notation(",", point=True).number("1,234") == 1.234
    assert np.isnan(Notation(",", ".", point=True).number("1.5"))


@pytest.mark.parametrize(("text", "number"), [("45 %", 45), ("€1,234.5", 1234.5), ("-3mg", -3), ("5", 5)])
def test_numbers_with_something_around_them(text: str, number: float) -> None:
    assert Notation(".", ",", bare=False).number(text) == number


def test_a_column_is_read_at_once() -> None:
    found = parse_numbers(pd.Series(["1", "x", "1", "", "2.5"], dtype="str"), Notation())
    np.testing.assert_array_equal(found, [1, np.nan, 1, np.nan, 2.5])


def test_a_limit_is_no_number_however_it_is_written() -> None:
    for notation in (Notation(), Notation(bare=False), Notation(",", "."), Notation(point=True)):
        assert all(np.isnan(notation.number(text)) for text in ("<5", "> 5", "≤5 mg", ">=5"))


def test_limits_have_a_side_and_their_number() -> None:
    texts = pd.Series(["<0,5", ">1.000", "2,5", "< ", "<>1", "≤0,5", "-1", "<-1", None])
    numbers, sides = parse_limits(texts, Notation(",", "."))
    np.testing.assert_array_equal(numbers, [0.5, 1000, 2.5, np.nan, np.nan, 0.5, -1, -1, np.nan])
    assert sides.tolist() == [-1, 1, 0, 0, 0, -1, 0, -1, 0]
