"""Names of columns and texts of values."""

from datetime import date, datetime, time
from decimal import Decimal

import pytest

from retina_vae.cohort.tables.raw import Cells, cell_text, make_raw_table, may_be_rounded
from retina_vae.errors import InputError


def table(*header: str, rows: int = 1, cells: str = "x"):
    columns = [[cells] * rows for _ in header]
    return make_raw_table("t.csv", Cells(header, columns, range(1, rows + 1)), point=True, comma=True)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (float("nan"), ""),
        ("007", "007"),
        (123456789012345678, "123456789012345678"),
        (1.0, "1"),
        (-0.0, "0"),
        (1e15, "1000000000000000"),
        (1e300, "1e+300"),
        (0.1 + 0.2, "0.30000000000000004"),
        (False, "false"),
        (datetime(2020, 1, 2), "2020-01-02"),
        (datetime(2020, 1, 2, 3, 4), "2020-01-02 03:04:00"),
        (date(2020, 1, 2), "2020-01-02"),
        (time(3, 4), "03:04:00"),
        (Decimal("1E+3"), "1000"),
    ],
)
def test_a_value_is_the_text_that_a_reader_expects(value: object, text: str) -> None:
    assert cell_text(value) == text


def test_names_lose_line_breaks_and_blanks_and_the_reader_is_told() -> None:
    found = table(" Blood\n pressure ", "age")
    assert found.columns == ["Blood pressure", "age"]
    assert found.notes == ("names of columns without line breaks and blanks at their ends: ['Blood pressure']",)


def test_cells_lose_blanks_at_their_ends() -> None:
    assert table("a", cells=" x y\xa0").cells["a"].tolist() == ["x y"]


def test_a_column_without_a_name_is_refused_unless_it_is_empty() -> None:
    with pytest.raises(InputError, match=r"found none in column 2 \(B\), column 28 \(AB\)\. Give each"):
        table("a", "", *(f"c{i}" for i in range(25)), " ")
    empty = make_raw_table("t", Cells(["a", ""], [["x"], [""]], [1]), point=True, comma=True)
    assert empty.columns == ["a"]


def test_two_columns_of_one_name_are_refused_with_their_places() -> None:
    with pytest.raises(InputError, match=r"found 'a b' in column 1 \(A\), column 3 \(C\)\. Rename or delete one"):
        table("a b", "x", " a\nb")


def test_a_table_without_rows_is_refused() -> None:
    with pytest.raises(InputError, match="expected one row per patient below the names of the columns, found no row"):
        table("a", rows=0)


def test_large_whole_numbers_in_floating_point_may_be_rounded() -> None:
    assert may_be_rounded([1.0, None, 2.0**53])
    assert not may_be_rounded([2**60, "9" * 20, 2.0**53 - 1, 0.5])
    assert may_be_rounded([1e15], 1e15)
