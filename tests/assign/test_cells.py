"""Cells of new patients, read by the schema of the run's table: values, labels, gaps, faults."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest

from retina_vae.assign.cells import SchemaCells
from retina_vae.assign.screen import Screen, Screened
from retina_vae.assign.source import Chunk
from retina_vae.cohort import CohortSchema
from retina_vae.cohort.schema_file import cohort_schema
from retina_vae.cohort.table_schema import Category, SchemaField, TableSchema
from retina_vae.cohort.tables.dates import dates_needed
from tests.assign.clinic import CLINIC, CLINIC_TABLE, GAPS, as_clinic_writes, clinic_patients

GOOD = {
    **{"record": "N1", "ward": "1", "smoker": "2", "grade": "0", "pressure": "120,5", "serum ferritin": "1.080,5"},
    **{"fluid": "0", "visits": "3", "symptoms": "27"},
}


def chunk(*rows: dict[str, str], point: bool = False) -> Chunk:
    records = [GOOD | {"record": f"N{number}"} | row for number, row in enumerate(rows, start=1)]
    return Chunk(np.arange(1, len(rows) + 1), pd.DataFrame(records, dtype="str"), [], 1.0, point)


def screen(found: Chunk, gaps: Sequence[str] = GAPS) -> Screened:
    return Screen(CLINIC, gaps, SchemaCells(CLINIC_TABLE)).check(found)


def test_the_clinics_table_is_what_the_clinic_is() -> None:
    assert cohort_schema(CLINIC_TABLE, "t") == CLINIC


@pytest.mark.parametrize("codes", [True, False])
@pytest.mark.parametrize("commas", [True, False])
def test_patients_come_back_from_codes_and_from_labels(codes: bool, commas: bool) -> None:
    """Numbers with a point are read where the format itself stores numbers."""
    patients = clinic_patients(200, seed=8)
    cells = as_clinic_writes(patients, codes=codes, commas=commas)
    numbers = {} if commas else {c.name: cells[c.name] != "-99" for c in CLINIC.inputs if c.numeric}
    stored = {name: mask.to_numpy() for name, mask in numbers.items()}
    rows, found, faults = screen(Chunk(np.arange(1, 201), cells, [], 1.0, not commas, stored))
    assert (rows.tolist(), faults) == (list(range(1, 201)), [])
    for column in CLINIC.inputs:
        values = patients[column.name]
        expected = values if column.numeric else pd.Series(pd.Categorical(values, categories=list(column.categories)))
        pd.testing.assert_series_equal(found[column.name], expected, rtol=1e-12, check_names=False)


def test_a_column_may_hold_codes_and_labels() -> None:
    rows, found, _ = screen(chunk({"ward": "2"}, {"ward": "B"}, {"ward": "02"}, {"ward": "2.0"}, {"grade": "-99"}))
    assert (rows.tolist(), found["ward"].tolist()) == ([1, 2, 3, 4, 5], ["B", "B", "B", "B", "A"])
    assert found["grade"].isna().tolist() == [False, False, False, False, True]


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        *(
            ("ward", "4"),
            ("ward", "a"),
            ("smoker", "0"),
            ("grade", "grade 1"),
            ("pressure", "120.5"),
            ("visits", "1,5"),
        ),
        *(("pressure", "-1"), ("serum ferritin", "0"), ("fluid", "12.34"), ("visits", "none"), ("grade", "nan")),
        *(("symptoms", "28"), ("symptoms", "-1"), ("symptoms", "3,5")),
    ],
)
def test_what_is_neither_value_nor_label_is_a_fault(name: str, cell: str) -> None:
    rows, _, faults = screen(chunk({}, {name: cell}))
    assert rows.tolist() == [1]
    assert [(fault.row, fault.column, fault.expected, fault.found) for fault in faults] == [
        (2, name, CLINIC[name].expectation, repr(cell))
    ]


@pytest.mark.parametrize("empty", ["", "-99", "-99.0"])
def test_a_gap_is_refused_where_the_cohort_had_none(empty: str) -> None:
    cell = {"visits": empty}
    assert screen(chunk(cell)).faults == []
    (fault,) = screen(chunk(cell), gaps=["ward"]).faults
    assert fault.found == "nothing, and no patient of the training cohort lacked it"
    (fault,) = screen(chunk({"pressure": empty})).faults
    assert (fault.column, fault.found) == ("pressure", "nothing, and no patient of the training cohort lacked it")


def test_identifiers_are_unique_not_missing_and_not_rounded() -> None:
    found = chunk({}, {"record": "-99"}, {"record": ""}, {"record": "N1"}, {"record": "007"}, {"record": "10"})
    rows, patients, faults = screen(found._replace(inexact={"record": np.arange(6) == 5}))
    assert (rows.tolist(), patients["record"].tolist()) == ([1, 5], ["N1", "007"])
    assert [(fault.row, fault.found) for fault in faults] == [
        (2, "nothing"),
        (3, "nothing"),
        (4, "an identifier that an earlier row has"),
        (6, "a number so long that the file may have rounded it"),
    ]


def test_a_chunk_without_rows_passes() -> None:
    empty = Chunk(np.arange(0), pd.DataFrame({name: pd.Series([], dtype="str") for name in GOOD}), [], 1.0)
    assert screen(empty).patients.empty


def one_column(categories: dict[str, str], missing: tuple[str, ...] = ("",), kind: str = "string") -> TableSchema:
    listed = tuple(Category(value=value, label=label) for value, label in categories.items())
    field = SchemaField(name="x", type=kind, role="input", kind="nominal", categories=listed)
    return TableSchema(fields=(SchemaField(name="id", role="identifier"), field), missing_values=missing)


@pytest.mark.parametrize(
    ("document", "cells", "expected"),
    [
        # Every text is a value; a label that is the value of another category is not read as a label.
        (one_column({"1": "0", "2": "1", "3": "none"}), ["1", "2", "0", "none"], ["0", "1", None, None]),
        (one_column({"1": "01", "2": "1"}, kind="integer"), ["1", "2", "01"], ["01", "1", "01"]),
        # A label that stands for a missing value is no label.
        (one_column({"1": "yes", "9": "NA"}, ("", "NA")), ["1", "9", "yes"], ["yes", "NA", None]),
        # A label that is the value of its own category is that.
        (one_column({"a": "a", "b": "B"}), ["a", "b", "B"], ["a", "B", "B"]),
    ],
)
def test_a_label_is_read_only_where_it_cannot_mean_anything_else(
    document: TableSchema, cells: list[str], expected: list[str | None]
) -> None:
    schema: CohortSchema = cohort_schema(document, "t")
    table = pd.DataFrame({"id": [f"N{row}" for row in range(len(cells))], "x": cells}, dtype="str")
    _, found, faults = Screen(schema, [], SchemaCells(document)).check(Chunk(np.arange(len(cells)), table, [], 1.0))
    assert found["x"].tolist() == [label for label in expected if label is not None]
    assert [fault.row for fault in faults] == [row for row, label in enumerate(expected) if label is None]


def test_days_are_read_with_the_column_from_which_they_are_measured() -> None:
    document = TableSchema(
        fields=(
            SchemaField(name="id", role="identifier"),
            SchemaField(name="birth", type="date", format="%d.%m.%Y", role="ignore"),
            SchemaField(name="seen", type="date", role="input", kind="positive", since="birth"),
        )
    )
    assert dates_needed({field.name: field for field in document.fields}, ["id", "seen"]) == ["birth"]
    rows = [("2020-01-01", "01.01.1960"), ("2020-01-01", "41.01.1960"), ("2020-01-01", ""), ("", "01.01.1960")]
    table = pd.DataFrame({"id": list("abcd"), "seen": [row[0] for row in rows], "birth": [row[1] for row in rows]})
    cells = Chunk(np.arange(1, 5), table.astype("str"), [], 1.0)
    schema: CohortSchema = cohort_schema(document, "t")
    found = Screen(schema, [], SchemaCells(document)).check(cells)
    assert found.patients["seen"].tolist() == [pytest.approx(21915 / 365.25)]
    assert [(fault.row, fault.column, fault.found) for fault in found.faults] == [
        (2, "birth", "'41.01.1960'"),
        (3, "seen", "nothing in 'birth'"),
        (4, "seen", "nothing, and no patient of the training cohort lacked it"),
    ]
    # Without a value in its only input a patient is refused, even where the cohort had gaps.
    assert [fault.column for fault in Screen(schema, ["seen"], SchemaCells(document)).check(cells).faults][1:] == [
        "",
        "",
    ]
