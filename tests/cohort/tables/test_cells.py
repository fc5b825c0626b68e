"""From cells to values: what is matched, what is missing, what is a fault."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from retina_vae.cohort.schema_file import cohort_schema
from retina_vae.cohort.table_schema import Category, SchemaField, TableSchema
from retina_vae.cohort.tables.cells import Values, read_values, require_same_columns
from retina_vae.cohort.tables.raw import Cells, RawTable, make_raw_table
from retina_vae.errors import InputError

ID = SchemaField(name="id", role="identifier")
GAPS = {"not_applicable": ["n/a", "-8"]}


def raw(columns: dict[str, Sequence[str]], *, point: bool = False, rows: Sequence[int] | None = None) -> RawTable:
    length = len(next(iter(columns.values())))
    found = Cells(list(columns), list(columns.values()), rows or range(1, length + 1))
    return make_raw_table("t.csv", found, point=point, comma=True)


def read(cells: Sequence[str], missing: tuple[str, ...] = ("",), *, point: bool = False, **properties) -> Values:
    field = SchemaField(name="x", **{"role": "input", **properties})
    document = TableSchema(fields=(ID, field), missing_values=missing)
    table = raw({"id": [f"P{i}" for i in range(len(cells))], "x": cells}, point=point)
    return read_values(table, document, cohort_schema(document, "s.yaml"))


def categories(*pairs: tuple[str, str]) -> tuple[Category, ...]:
    return tuple(Category(value=value, label=label) for value, label in pairs)


def test_categories_are_matched_by_value_and_shown_by_label() -> None:
    found = read(["0", "1", "", "no"], kind="binary", categories=categories(("0", "no"), ("1", "yes")))
    assert found.patients["x"].tolist()[:2] == ["no", "yes"]
    assert found.patients["x"].isna().tolist() == [False, False, True, True]
    fault = found.faults[0]
    assert (fault.row, fault.column, fault.expected, fault.found) == (4, "x", "one of ['no', 'yes']", "'no'")


def test_text_is_matched_as_it_stands_and_integers_by_their_digits() -> None:
    listed = categories(("01", "one"), ("2", "two"))
    assert [fault.row for fault in read(["01", "1", "2", "2.0"], kind="nominal", categories=listed).faults] == [2, 4]
    integers = read(["01", "1", "2", "2.0", "1.5"], kind="nominal", type="integer", categories=listed)
    assert integers.patients["x"].tolist()[:4] == ["one", "one", "two", "two"]
    assert [fault.row for fault in integers.faults] == [5]


def test_numbers_are_read_as_the_field_says_they_are_written() -> None:
    found = read(["1,5", "1.234,5", "1.5"], kind="continuous", decimal_char=",", group_char=".")
    np.testing.assert_array_equal(found.patients["x"], [1.5, 1234.5, np.nan])
    assert found.faults[0].found == "'1.5'"
    stored = read(["1.5", "2"], kind="continuous", decimal_char=",", point=True)
    np.testing.assert_array_equal(stored.patients["x"], [1.5, 2])


def test_a_stored_number_is_itself_among_texts_with_groups_of_three() -> None:
    field = SchemaField(name="x", role="input", kind="continuous", decimal_char=",", group_char=".")
    document = TableSchema(fields=(ID, field))
    table = raw({"id": ["a", "b", "c", "d"], "x": ["1.234", "1.234", "1.234,5", ""]}, point=True)
    stored = replace(table, stored_numbers={"x": np.array([True, False, False, False])})
    found = read_values(stored, document, cohort_schema(document, "s.yaml"))
    np.testing.assert_array_equal(found.patients["x"], [1.234, 1234, 1234.5, np.nan])


def test_missing_values_are_gaps_unless_the_column_is_required() -> None:
    codes = ("", "NA", "-9")
    found = read(["1", "NA", "-9", "-9.0", ""], codes, kind="continuous", type="number")
    np.testing.assert_array_equal(found.patients["x"], [1, np.nan, np.nan, np.nan, np.nan])
    assert found.faults == []
    own = read(["1", "NA", "7"], codes, kind="continuous", missing_values=("7",))
    assert [fault.row for fault in own.faults] == [2]
    required = read(["1", "NA"], codes, kind="continuous", constraints={"required": True})
    assert [(fault.row, fault.found) for fault in required.faults] == [(2, "nothing")]


@pytest.mark.parametrize(
    ("cell", "more", "expected"),
    [
        ("-1", {"constraints": {"minimum": 0, "maximum": 10}}, "a finite number from 0 to 10"),
        ("abc", {}, "a finite number"),
        ("1e309", {}, "a finite number"),
        ("inf", {}, "a finite number"),
        ("=1+1", {}, "a finite number"),
        ("0", {"kind": "positive"}, "a number above 0"),
        ("1.5", {"kind": "count"}, "a whole number from 0"),
        ("-1", {"kind": "zero_inflated"}, "a finite number from 0"),
    ],
)
def test_cells_that_are_no_number_of_the_kind_are_faults(cell: str, more: dict, expected: str) -> None:
    fault = read(["1", cell], **{"kind": "continuous", **more}).faults[0]
    assert (fault.row, fault.expected, fault.found) == (2, expected, repr(cell))


def test_identifiers_stay_text_and_faults_show_none_of_them() -> None:
    document = TableSchema(fields=(ID, SchemaField(name="x", kind="continuous", role="input")))
    schema = cohort_schema(document, "s")
    table = raw({"id": ["007", "123456789012345678", "", "007"], "x": ["1", "2", "3", "4"]}, rows=[1, 3, 4, 6])
    found = read_values(table, document, schema)
    assert found.patients["id"].tolist()[:2] == ["007", "123456789012345678"]
    assert [(fault.row, fault.found) for fault in found.faults] == [(4, "nothing"), (6, "the identifier of row 1")]
    rounded = RawTable(table.source, table.cells, table.rows, True, True, inexact=frozenset({"id"}))
    assert "may have rounded" in read_values(rounded, document, schema).faults[0].found


def test_a_message_of_some_faults_shows_as_many_columns_as_it_can() -> None:
    fields = [SchemaField(name=name, kind="continuous", role="input") for name in ("a", "b")]
    document = TableSchema(fields=(ID, *fields))
    table = raw({"id": ["1", "2", "3"], "a": ["x", "y", "z"], "b": ["1", "2", "w"]})
    faults = read_values(table, document, cohort_schema(document, "s")).faults
    assert [(fault.column, fault.row) for fault in faults] == [("a", 1), ("b", 3), ("a", 2), ("a", 3)]


def test_schema_and_table_must_have_the_same_columns() -> None:
    document = TableSchema(fields=(ID, SchemaField(name="x", role="ignore")))
    require_same_columns(raw({"x": ["1"], "id": ["1"]}), document, "s.yaml")
    with pytest.raises(InputError) as error:
        require_same_columns(raw({"id": ["1"], "X": ["1"]}), document, "s.yaml")
    assert "['x']: in the schema, not in the table; the table has ['id', 'X']" in str(error.value)
    assert "['X']: in the table, not in the schema" in str(error.value)


def said(found: Values, name: str = "x") -> list[str]:
    remarks = found.patients[f"{name} (remark)"]
    return remarks.astype(object).where(remarks.notna(), "").tolist()


def test_limits_are_read_in_every_notation() -> None:
    cells = ["<0,1", "< 0,1", "≤ 0,5", "<=0,5", "0,7", ">1.200", "≥2", ">= 2,5", ""]
    found = read(cells, kind="positive", decimal_char=",", group_char=".", censored=True)
    assert found.faults == []
    np.testing.assert_array_equal(found.patients["x"], [0.1, 0.1, 0.5, 0.5, 0.7, 1200, 2, 2.5, np.nan])
    assert said(found) == ["below"] * 4 + [""] + ["above"] * 3 + [""]
    assert list(found.patients) == ["id", "x", "x (remark)"]
    points = read(["<0.1", ">200 mg", "7 mg"], kind="continuous", bare_number=False, censored=True)
    np.testing.assert_array_equal(points.patients["x"], [0.1, 200, 7])
    assert said(points) == ["below", "above", ""]


def test_what_is_no_limit_is_a_fault_and_so_is_a_limit_where_none_may_be() -> None:
    found = read(["<0", "<", "< x", "<<1", "<0.1>", "-<1", "<0.2"], kind="positive", censored=True)
    assert [fault.row for fault in found.faults] == [1, 2, 3, 4, 5, 6]
    assert said(found)[-1] == "below"
    plain = read(["<0.1", "1"], kind="positive")
    assert [fault.found for fault in plain.faults] == ["'<0.1'"]
    # What stands around a number may be left out, but not what makes it a limit.
    units = read(["<5 mg", "5 mg"], kind="positive", bare_number=False)
    assert [fault.found for fault in units.faults] == ["'<5 mg'"]


def test_the_bounds_of_a_column_hold_for_its_limits() -> None:
    constraints = {"minimum": 1, "maximum": 10}
    found = read(["<0.5", ">11", "<1", ">10"], kind="continuous", censored=True, constraints=constraints)
    assert [fault.row for fault in found.faults] == [1, 2]
    assert said(found)[2:] == ["below", "above"]


def test_a_stored_number_is_no_limit() -> None:
    field = SchemaField(name="x", role="input", kind="continuous", censored=True, decimal_char=",")
    document = TableSchema(fields=(ID, field))
    table = replace(raw({"id": ["a", "b"], "x": ["1.5", "<2,5"]}), stored_numbers={"x": np.array([True, False])})
    found = read_values(table, document, cohort_schema(document, "s"))
    np.testing.assert_array_equal(found.patients["x"], [1.5, 2.5])
    assert said(found) == ["", "below"]


def test_what_does_not_apply_is_no_missing_value_and_satisfies_a_required_column() -> None:
    found = read(["1", "n/a", "NA", "-8.0"], ("", "NA", "n/a"), kind="continuous", type="number", **GAPS)
    assert found.faults == []
    np.testing.assert_array_equal(found.patients["x"], [1, np.nan, np.nan, np.nan])
    assert said(found) == ["", "not applicable", "", "not applicable"]
    required = read(["1", "n/a", "NA"], ("", "NA"), kind="continuous", constraints={"required": True}, **GAPS)
    assert [(fault.row, fault.found) for fault in required.faults] == [(3, "nothing")]
    listed = categories(("0", "no"), ("1", "yes"))
    groups = read(["1", "n/a", ""], kind="binary", categories=listed, **GAPS)
    assert groups.faults == []
    assert said(groups) == ["", "not applicable", ""]
